import { ArgumentError } from "../../errors.ts";
import type { Parameter } from "../../graph/parameter.ts";
import { checkOptions, either, flag, fn, type Kind, listNames, nonNegative, required, show } from "../../options.ts";
import { isMeant, type NamePattern, patternKind } from "./pattern.ts";
import { at, type Schedule } from "./rate.ts";

/** Parameters that are trained otherwise than the rest. */
export interface ParameterGroup {
  /** Which ones, by name. A parameter belongs to the first group that means it. */
  readonly parameters: NamePattern;
  /** Their own learning rate, which `trainer.learningRate` leaves alone; otherwise the optimizer's. */
  readonly learningRate?: Schedule;
  /** What their learning rate, whosever it is, is multiplied by; 1. */
  readonly rateFactor?: number;
  /** Their own weight decay, whatever `decays` says; otherwise the optimizer's. */
  readonly weightDecay?: number;
  /** They are not trained at all: no gradient, no update; false. */
  readonly frozen?: boolean;
}

const groupKinds = {
  parameters: required(patternKind),
  learningRate: either(nonNegative, fn),
  rateFactor: nonNegative,
  weightDecay: nonNegative,
  frozen: flag,
};

export const groupsKind: Kind = { expected: "an array of groups, { parameters, … }", fits: Array.isArray };

/** What an optimizer says of parameters' names. */
export interface Grouping {
  readonly name: string;
  readonly learningRate: Schedule;
  readonly groups?: readonly ParameterGroup[] | undefined;
}

/** Rates beside the optimizer's own for which there is room. */
const MOST_GROUPS = 59;

/** Throws ArgumentError. */
export function checkGroups(op: string, groups: readonly ParameterGroup[]): void {
  if (groups.length > MOST_GROUPS) {
    throw new ArgumentError(`${op}: ${groups.length} groups, expected at most ${MOST_GROUPS}`);
  }
  groups.forEach((group, i) => {
    checkOptions(`${op}: groups[${i}]`, group, groupKinds);
  });
}

/** Number of the group that a parameter is in, or -1. */
export const groupOf = ({ groups = [] }: Grouping, name: string): number =>
  groups.findIndex(({ parameters }) => isMeant(parameters, name));

export const isFrozen = (optimizer: Grouping, { name }: Parameter): boolean =>
  optimizer.groups?.[groupOf(optimizer, name)]?.frozen ?? false;

/** Throws ArgumentError where a group has no parameter: its pattern is misspelt, or a group before it has them all. */
export function checkGroupsUsed(optimizer: Grouping, parameters: readonly Parameter[]): void {
  const { groups = [], name } = optimizer;
  const used = new Set(parameters.map((parameter) => groupOf(optimizer, parameter.name)));
  const idle = groups.findIndex((_, i) => !used.has(i));
  if (idle < 0) return;
  throw new ArgumentError(
    `${name}: groups[${idle}] (${show(groups[idle]?.parameters)}) has no parameter of the model that no group before it has, expected at least one of ${listNames(parameters.map((each) => each.name))}`,
  );
}

/** The learning rates of a step: the optimizer's, then the groups'. `base` is the former. */
export function ratesOf({ groups = [] }: Grouping, base: number, step: number): number[] {
  const own = groups.map(
    ({ learningRate, rateFactor = 1 }) => rateFactor * (learningRate === undefined ? base : at(learningRate, step)),
  );
  return [base, ...own];
}
