// What rows of the table are held to. They tighten as kernels get better; a kernel that would pass one gets slower on GPUs.
import type { Row } from "./table.ts";

interface Bounds {
  /** Instructions of the hot loop for each multiply-add in it, by Tint and naga. */
  readonly ratio?: Readonly<Record<string, number>>;
  /** Vector registers of a thread. */
  readonly vgprs: number;
  /** Barriers in the hot loop. */
  readonly barriers?: number;
}

/** By names of kernels and variants, `lstm_lanes_fours_forward default`: the first that fits. */
const bounds: readonly (readonly [names: RegExp, bounds: Bounds])[] = [
  [/^matmul_tiled_strided float16/, { ratio: { tint: 1.5, naga: 1.75 }, vgprs: 128, barriers: 2 }],
  [/^matmul_tiled_strided/, { ratio: { tint: 1.4, naga: 1.65 }, vgprs: 128, barriers: 2 }],
  [/^matmul_tiled/, { ratio: { tint: 1.35, naga: 1.6 }, vgprs: 128, barriers: 2 }],
  [/^attention_tiled_\S+ narrow/, { ratio: { tint: 1.23, naga: 1.6 }, vgprs: 144, barriers: 2 }],
  // drawing random numbers beside the sums of 256 features; as many waves find room as with 168
  [/^attention_tiled_forward wide_dropout/, { ratio: { tint: 1.23, naga: 1.6 }, vgprs: 196, barriers: 2 }],
  [/^attention_tiled_/, { ratio: { tint: 1.23, naga: 1.6 }, vgprs: 168, barriers: 2 }],
  [
    /^attention_(forward|keys_backward|queries_backward)/,
    { ratio: { tint: 1.26, naga: 1.27 }, vgprs: 256, barriers: 0 },
  ],
  // of weights that fill the registers of 256 threads, for adapters that have no more, where tuning finds it faster
  [/_sequence_tiles_\S+ broad/, { ratio: { tint: 2, naga: 2 }, vgprs: 256, barriers: 0 }],
  [/_sequence_tiles_\S+ wide/, { ratio: { tint: 2.15, naga: 2.2 }, vgprs: 128, barriers: 0 }],
  [/_sequence_tiles_/, { ratio: { tint: 1.95, naga: 1.95 }, vgprs: 128, barriers: 0 }],
  // the hot loop is all of a step, with what it does behind its products and the barriers between
  [/_persistent_\S+ row/, { ratio: { tint: 2.75, naga: 3.05 }, vgprs: 128, barriers: 3 }],
  [/_persistent_/, { ratio: { tint: 2, naga: 2 }, vgprs: 128, barriers: 3 }],
  [/_lanes_fours_/, { ratio: { tint: 1.5, naga: 1.5 }, vgprs: 112, barriers: 0 }],
  [/^loop_lanes_numbers_/, { ratio: { tint: 2.6, naga: 2.7 }, vgprs: 128, barriers: 0 }],
  [/_lanes_/, { ratio: { tint: 2.6, naga: 2.6 }, vgprs: 128, barriers: 0 }],
  [/./, { vgprs: 128 }],
];

/** Bytes of workgroup memory that every adapter has. */
const MOST_SHARED = 16_384;

/** What passes its bound in a row, in words. */
export function problemsOf(row: Row): string[] {
  const [, { ratio, vgprs, barriers }] = bounds.find(([names]) =>
    names.test(`${row.kernel} ${row.variant}`),
  ) as (typeof bounds)[number];
  const problems: string[] = [];
  const atMost = (what: string, value: number, most: number) => {
    if (value > most) problems.push(`${what}: ${Number(value.toFixed(2))}, at most ${most}`);
  };
  atMost("spilled registers", row.spilled, 0);
  atMost("vector registers", row.vgprs, vgprs);
  if (!/^attention_.* wide/.test(`${row.kernel} ${row.variant}`))
    atMost("bytes of workgroup memory", row.shared, MOST_SHARED);
  if (barriers !== undefined) atMost("barriers in the hot loop", row.barriers, barriers);
  // where products and sums are not fused, what is one elsewhere is two
  if (ratio && row.gpu !== "vega10" && row.multiplyAdds > 0) {
    atMost("instructions per multiply-add", row.issued / row.multiplyAdds, ratio[row.compiler] as number);
  }
  return problems;
}
