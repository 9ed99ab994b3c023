import { ArgumentError } from "../../errors.ts";
import type { Parameter } from "../../graph/parameter.ts";
import {
  checkOptions,
  either,
  flag,
  fn,
  integer,
  type Kind,
  type KindsOf,
  listNames,
  listOf,
  nested,
  nonNegative,
  numberWithin,
  positive,
  required,
  show,
} from "../../options.ts";
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
  /** Adds the gradient of l1 · Σ|w| (0 where w is 0) to that of the loss; the loss that is reported is without it. 0. */
  readonly l1?: number;
  /** Adds the gradient of l2 · Σw², as Keras's, to that of the loss; the loss that is reported is without it. 0. */
  readonly l2?: number;
  /** What norms of them are brought back to after each update. */
  readonly constraint?: NormConstraint;
  /** They are not trained at all: no gradient, no update, and so nothing else of the group's; false. */
  readonly frozen?: boolean;
}

/**
 * Bounds of norms (Srivastava et al. 2014), as Keras's constraints: `{ maxNorm: 2 }`, `{ minNorm: 1, maxNorm: 1 }` for norms of 1,
 * or both. Vectors whose norm is within the bounds, or 0, stay as they are.
 */
export interface NormConstraint {
  /** The least norm; 0. */
  readonly minNorm?: number;
  /** The largest norm; none unless given. */
  readonly maxNorm?: number;
  /** How far a norm is moved towards the nearest bound at each update, above 0; 1: all the way. */
  readonly rate?: number;
  /**
   * Axis along which the norms are, or several that lie side by side. Unless given all but the first: of weights [out, in] the norm
   * of each unit's inputs (Keras's axis 0 of [in, out]); of vectors the only one.
   */
  readonly axis?: number | readonly number[];
}

const constraintKinds: KindsOf<NormConstraint> = {
  minNorm: nonNegative,
  maxNorm: positive,
  rate: numberWithin("a number above 0, up to 1", (value) => value > 0 && value <= 1),
  axis: either(integer, listOf(integer, "integers")),
};

/** How parameters are trained: without meaning where they are not. */
const ofTraining: KindsOf<Omit<ParameterGroup, "parameters" | "frozen">> = {
  learningRate: either(nonNegative, fn),
  rateFactor: nonNegative,
  weightDecay: nonNegative,
  l1: nonNegative,
  l2: nonNegative,
  constraint: nested(constraintKinds),
};

const groupKinds: KindsOf<ParameterGroup> = { parameters: required(patternKind), ...ofTraining, frozen: flag };

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
    const where = `${op}: groups[${i}]`;
    checkOptions(where, group, groupKinds);
    const idle = Object.entries(group).filter(([name, value]) => name in ofTraining && value !== undefined);
    if (group.frozen && idle.length > 0) {
      throw new ArgumentError(
        `${where}: frozen is true and ${listNames(idle.map(([name]) => name))} would do nothing, expected parameters alone`,
      );
    }
    const { constraint: { minNorm, maxNorm = Number.POSITIVE_INFINITY } = { minNorm: 0 } } = group;
    if (minNorm === undefined && maxNorm === Number.POSITIVE_INFINITY) {
      throw new ArgumentError(`${where}: constraint has no bound, expected minNorm, maxNorm or both`);
    }
    if ((minNorm ?? 0) > maxNorm) {
      throw new ArgumentError(
        `${where}: constraint.minNorm is ${minNorm}, expected at most maxNorm, which is ${maxNorm}`,
      );
    }
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
