/** Emits the dispatches of a fused loop, by the technique that suits the adapter. */
import type { Lowering } from "../../../graph/lowering.ts";
import { foldWorkgroups } from "../../dispatch/workgroups.ts";
import type { StepShape } from "../../recurrent/cells.ts";
import { type ChosenKernel, naiveKernel, stepsOfDispatch, type Ways } from "../../recurrent/dispatches.ts";
import { hardwareWays, isSmall, rowsInside } from "../../recurrent/hardware-ways.ts";
import { softwareWays } from "../../recurrent/software-ways.ts";
import type { Loop } from "../loop.ts";
import type { Width } from "./addresses.ts";
import { hashOf, kernelOf, type Technique } from "./kernels.ts";
import type { LoneNode } from "./lone-nodes.ts";
import type { Part } from "./part.ts";

/** What runs side by side in one dispatch of a step: a kernel, and nodes by themselves. */
export interface Level {
  readonly part: Part | undefined;
  readonly nodes: readonly LoneNode[];
}

/** `runNode` emits a node for the dispatch of a number. */
export function emit(
  loop: Loop,
  levels: readonly Level[],
  runNode: (node: LoneNode, round: number) => void,
  to: Lowering,
): void {
  const { length } = loop;
  const parts = levels.flatMap(({ part }) => part ?? []);
  const hash = hashOf(parts.flatMap(({ texts }) => texts("numbers")));
  const key = ["loop", hash, length, ...parts.flatMap(({ step: { batch, hidden } }) => [batch, hidden])].join(" ");
  const all = new Map(parts.map((part) => [part, waysOf(to, part)]));
  const nodes = levels.flatMap((level) => level.nodes);
  const last = Math.max(...parts.flatMap(({ phase }) => phase.stages), ...nodes.map(({ stage }) => stage));
  const rounds = length + last;
  const run = (kernels: ReadonlyMap<Part, ChosenKernel>, most: number) => {
    for (let first = 0; first < rounds; first += most) {
      const steps = Math.min(most, rounds - first);
      for (const { part, nodes } of levels) {
        const isAtWork = part?.phase.stages.some((stage) => first + steps > stage && first < length + stage);
        if (part && isAtWork) dispatch(part, kernels.get(part) as ChosenKernel, first, steps, to);
        for (const node of nodes) runNode(node, first);
      }
    }
  };
  const way = (name: string) => () => {
    const chosen = new Map([...all].map(([part, { ways }]) => [part, ways[name] ?? (ways.steps as ChosenKernel)]));
    const seconds = Math.max(...[...all.values()].map(({ secondsOfStep }) => secondsOfStep));
    run(chosen, Math.min(...[...chosen.values()].map((kernel) => stepsOfDispatch(kernel, seconds))));
  };
  const names = new Set([...all.values()].flatMap(({ ways }) => Object.keys(ways)));
  // steps of several dispatches cannot run inside one
  if (levels.length > 1 || nodes.length > 0) names.delete("sequence");
  const [heaviest] = [...parts].sort((a, b) => b.step.flops - a.step.flops) as [Part, ...Part[]];
  const { rule = "steps" } = all.get(heaviest) ?? {};
  const naive = new Map(parts.map((part) => [part, naiveOf(to, part)]));
  to.choose({
    key,
    ways: Object.fromEntries([...names].map((name) => [name, way(name)])),
    rule: names.has(rule) ? rule : "steps",
    naive: () => run(naive, 1),
  });
}

/** Sums beyond these are no longer shared by quads, or by as many threads as a workgroup has. */
const MOST_IN_QUADS = 4;
const MOST_IN_LANES = 32;

const naiveOf = ({ adapter }: Lowering, { step, phase }: Part): ChosenKernel =>
  phase.hasRows ? serialRows(step) : naiveKernel(adapter, step);

function waysOf(to: Lowering, part: Part): Ways {
  const { step, phase } = part;
  const { isApart } = phase;
  if (phase.hasRows) return { ways: { steps: rowsKernel(to, step) }, rule: "steps", secondsOfStep: 0 };
  if (to.adapter.kind === "hardware") {
    const { ways, secondsOfStep } = hardwareWays(to.adapter, step);
    const isShared = step.sums <= MOST_IN_LANES && step.flops > 0;
    const steps = isShared ? (ways.steps as ChosenKernel) : naiveKernel(to.adapter, step);
    const sequence = persistentKernel(part);
    return {
      ways: { steps, ...(sequence ? { sequence } : {}) },
      rule: sequence && isSmall(step) ? "sequence" : "steps",
      secondsOfStep,
    };
  }
  const found = softwareWays(to.adapter, step);
  if (step.flops === 0 && found.ways.sequence)
    return {
      ...found,
      ways: { sequence: found.ways.sequence, steps: found.ways.steps as ChosenKernel },
      rule: "sequence",
    };
  if (step.sums <= MOST_IN_QUADS && !isApart) return found;
  const ways = Object.fromEntries(Object.entries(found.ways).filter(([, { technique }]) => technique !== "quads"));
  return { ...found, ways, rule: ways[found.rule] ? found.rule : "steps" };
}

/** Of `kernels/recurrent/lib/persistent/tile.wgsl`: numbers that a thread holds, parts of all sums of a unit, threads. */
export const PERSISTENT = { part: 64, mostParts: 8, threads: 256 } as const;

function persistentKernel({ step: { batch, hidden }, phase: { sums } }: Part): ChosenKernel | undefined {
  const parts = sums.reduce((sum, { product: { k } }) => sum + Math.ceil(k / PERSISTENT.part), 0);
  // without products a unit takes a thread, too
  if (parts > PERSISTENT.mostParts || Math.max(1, parts) * hidden > PERSISTENT.threads) return undefined;
  const rows = rowsInside(batch);
  const variant = rows === 1 ? { variant: "row" } : {};
  return { technique: "persistent", ...variant, workgroups: Math.ceil(batch / rows) };
}

/** Threads of a workgroup that owns a row on GPUs; where rows have as many units, more. */
const WIDE = 256;

const rowsKernel = ({ adapter }: Lowering, step: StepShape): ChosenKernel => {
  if (adapter.kind === "software") return serialRows(step);
  const variant = step.hidden >= WIDE ? { variant: "wide" } : {};
  return { technique: "whole_rows_parallel", ...variant, workgroups: step.batch };
};

/** Threads of a workgroup whose threads own a row each. */
const FEW_ROWS = 4;

const serialRows = ({ batch }: StepShape): ChosenKernel => ({
  technique: "whole_rows_serial",
  variant: "few",
  workgroups: Math.ceil(batch / FEW_ROWS),
});

/** Techniques that read a number at a time. */
const NUMBERS: readonly ChosenKernel["technique"][] = ["naive", "lanes_numbers", "persistent"];

function dispatch(
  part: Part,
  { technique, variant, workgroups }: ChosenKernel,
  time: number,
  steps: number,
  to: Lowering,
): void {
  const width: Width = part.phase.hasRows || NUMBERS.includes(technique) ? "numbers" : "fours";
  const { step, bind, params, phase } = part;
  to.dispatch({
    kernel: kernelOf((phase.isApart ? `apart_${technique}` : technique) as Technique, part.texts(width)),
    ...(variant ? { variant } : {}),
    bind,
    params: { ...params, time, steps },
    workgroups: foldWorkgroups("scan", workgroups, to.adapter),
    flops: steps * step.flops,
    bytes:
      4 *
      (phase.sums.length * (phase.sums[0]?.product.k ?? 0) * step.hidden +
        steps * step.batch * step.hidden * phase.sources.length),
  });
}
