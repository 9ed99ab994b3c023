// Milliseconds of a plan by its dispatches, bytes and instructions: a model, not a measurement.
import type { Row } from "../table.ts";
import {
  CACHE_CYCLES,
  CACHE_SPEED,
  type Card,
  ISSUED,
  LANES,
  REGISTERS,
  STREAMED,
  THREADS,
  WAIT,
} from "./constants.ts";
import type { Planned } from "./plan.ts";

/** Of a kernel's instructions, what the model takes: by Tint for navi31, in place of the card's own. */
export type Instructions = Pick<Row, "issued" | "multiplyAdds" | "vgprs">;

export type InstructionsOf = (kernel: string, variant: string) => Instructions | undefined;

/** What takes the time of a dispatch, in microseconds. */
export interface Parts {
  readonly wait: number;
  /** Of the instructions on the multiprocessor that has the most workgroups. */
  readonly issue: number;
  /** Of the bytes: from the cache where they fit in, else from memory. */
  readonly stream: number;
  /** Of a thread's loads, each of which is waited for once in a round of its loop. */
  readonly chain: number;
}

/** One dispatch. It takes the wait and the longest of the others. */
export function partsOf(card: Card, planned: Planned, instructionsOf: InstructionsOf): Parts {
  const { kernel, variant, workgroups, threads, flops, bytes } = planned;
  const cyclesPerMicrosecond = card.gigahertz * 1e3;
  const cached = bytes <= card.cache * 1e6;
  const stream = bytes / (card.bandwidth * 1e3 * STREAMED * (cached ? CACHE_SPEED : 1));
  const row = instructionsOf(kernel, variant);
  if (!row || row.multiplyAdds === 0 || flops === 0) return { wait: WAIT, issue: 0, stream, chain: 0 };
  const each = flops / 2 / workgroups;
  const most = Math.ceil(workgroups / card.processors);
  const issue = (most * each * row.issued) / row.multiplyAdds / (LANES * ISSUED * cyclesPerMicrosecond);
  const together = Math.max(1, Math.min(Math.floor(REGISTERS / (row.vgprs * threads)), Math.floor(THREADS / threads)));
  const rounds = each / threads / row.multiplyAdds;
  const chain = (Math.ceil(most / together) * rounds * CACHE_CYCLES) / cyclesPerMicrosecond;
  return { wait: WAIT, issue, stream, chain };
}

/** What a training step is made of. */
export const groups = ["forward steps", "backward steps", "products", "other"] as const;
export type Group = (typeof groups)[number];

const groupOf = ({ kernel }: Planned): Group => {
  if (/_(lanes|tiles|sequence)\w*_forward/.test(kernel)) return "forward steps";
  if (/_(lanes|tiles|sequence)\w*_backward/.test(kernel)) return "backward steps";
  return kernel.startsWith("matmul") ? "products" : "other";
};

export interface Prediction {
  readonly dispatches: number;
  readonly milliseconds: Readonly<Record<Group, number>>;
  /** The wait of all dispatches, which is in the others. */
  readonly waiting: number;
  readonly total: number;
}

/** Of a whole step. */
export function predict(card: Card, plan: readonly Planned[], instructionsOf: InstructionsOf): Prediction {
  const milliseconds: Record<Group, number> = { "forward steps": 0, "backward steps": 0, products: 0, other: 0 };
  let waiting = 0;
  for (const planned of plan) {
    const { wait, issue, stream, chain } = partsOf(card, planned, instructionsOf);
    milliseconds[groupOf(planned)] += (planned.count * (wait + Math.max(issue, stream, chain))) / 1e3;
    waiting += (planned.count * wait) / 1e3;
  }
  const dispatches = plan.reduce((sum, { count }) => sum + count, 0);
  return { dispatches, milliseconds, waiting, total: groups.reduce((sum, group) => sum + milliseconds[group], 0) };
}
