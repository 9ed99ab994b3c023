/** What attention depends on of the kind of adapter, with the thresholds, and the choice of its ways. */
import type { AdapterProfile, Lowering } from "../../graph/lowering.ts";
import { LANES } from "../dispatch/vectors.ts";
import type { AttentionInputs, AttentionProblem } from "./problem.ts";

export type Way = "registers" | "tiled";

/** Rows (queries or keys) that a thread of the register kernels, or a workgroup of the tiled ones, owns. */
export const ROWS: Readonly<Record<Way, number>> = { registers: 8, tiled: 32 };

/** The widest head that threads of the tiled kernels have registers for. */
const WIDEST_HEAD = 256;

/** Tiles lie in workgroup memory, whose barriers software adapters emulate at a great price. */
export const fitsTiles = ({ kind }: AdapterProfile, { dim, valueDim }: AttentionProblem): boolean =>
  kind === "hardware" && Math.max(dim, valueDim) <= WIDEST_HEAD;

/** Whether scores are made of queries and keys alone, and everything can be read as vec4; what pays on software adapters. */
export function fitsProducts({ kind }: AdapterProfile, problem: AttentionProblem): boolean {
  const { heads, kvHeads, queries, keys, causal, alibi, lengths, dropout, softcap } = problem;
  // the last query sees all keys
  const fits = !causal || (causal === "lower-right" && keys >= queries) || (causal === "upper-left" && queries >= keys);
  const plain = fits && !alibi && !lengths && dropout === 0 && softcap === 0;
  return kind === "software" && plain && heads === kvHeads && keys % LANES === 0;
}

/** The combined backward pass has a handful of threads: nothing for a GPU. */
export const fitsCombined = ({ kind }: AdapterProfile): boolean => kind === "software";

/**
 * Queries to a cache up to which the keys are cut into parts; more give work enough by themselves. Measured on SwiftShader, 4
 * heads of 32, 1,000 keys, CPU time beside the tiles of 8 queries: one query 1.5 against 3.2 ms, four 3.4 against 3.1, eight 8.5
 * against 3.5. On GPUs, where a tile has 32 queries and the keys of a head are one workgroup's, it is a guess.
 */
const FEW_QUERIES = { software: 4, hardware: 16 } as const;

export const splitsKeys = ({ kind }: AdapterProfile, { queries }: AttentionProblem): boolean =>
  queries <= FEW_QUERIES[kind];

/** Whether a query of a recurrent decoder is one thread's, not a workgroup's with a tree. */
export const oneThreadPerQuery = ({ kind }: AdapterProfile): boolean => kind === "software";

/** Queries and keys from which on the matmuls have enough to do. */
const MANY = 64;

/** On software adapters matmuls win, then registers; on GPUs tiles. Combined, small blocks would be half empty. */
export function choose(
  to: Lowering,
  what: string,
  problem: AttentionProblem,
  { control }: AttentionInputs,
  ways: Partial<Record<Way | "combined" | "products", (() => void) | false | undefined>>,
): void {
  const { batch, heads, kvHeads, queries, keys, dim, valueDim, causal } = problem;
  const valid = Object.fromEntries(Object.entries(ways).filter(([, way]) => way)) as Record<string, () => void>;
  const least = Math.min(queries, keys);
  const preferred = [
    valid.tiled && "tiled",
    valid.products && least >= MANY && "products",
    valid.combined && least > ROWS.registers && "combined",
  ];
  const rule = preferred.find((way) => way) || "registers";
  const grouped = kvHeads === heads ? `${batch * heads}` : `${batch * heads}/${batch * kvHeads}`;
  const width = dim === valueDim ? `${dim}` : `${dim}/${valueDim}`;
  const order = causal === "upper-left" ? " upper-left" : causal ? " causal" : "";
  const key = `attention ${what} ${grouped} ${queries} ${keys} ${width}${order}`;
  const assume = control ? [{ slot: { ...control, offset: control.offset + 2, shape: [batch] }, value: keys }] : [];
  if (Object.keys(valid).length > 1) to.choose({ key, ways: valid, rule, assume });
  else valid[rule]?.();
}

/**
 * Operations of one dispatch, about a second's on a slow adapter of each kind: a browser resets a GPU that hangs for longer,
 * and a program is cut between dispatches only.
 */
const DISPATCH_FLOPS = { software: 1.5e9, hardware: 2e11 } as const;

/** Cuts `blocks` into runs of about equal length, each with its share of the operations. */
export function eachCut(
  { adapter }: Lowering,
  blocks: number,
  flops: number,
  emit: (first: number, count: number, flops: number) => void,
): void {
  const most = Math.max(1, Math.floor((blocks * DISPATCH_FLOPS[adapter.kind]) / flops));
  const longest = Math.ceil(blocks / Math.ceil(blocks / most));
  for (let first = 0; first < blocks; first += longest) {
    const count = Math.min(longest, blocks - first);
    emit(first, count, (flops * count) / blocks);
  }
}
