import { expect, test } from "vitest";
import { type Change, changesOf, editsOf } from "../../harness/mutate/wgsl/changes.ts";
import { isMadeOf } from "../../harness/uses/made.ts";
import type { KernelManifest } from "../../src/kernels/manifest.ts";

const source = `fn called(i: u32) -> u32 {
  return i + 1u; // i - 2u
}
fn left_out(i: u32) -> u32 {
  return i * 2u;
}
fn of_a_variant(i: u32) -> u32 {
  return i / 3u;
}
fn rewritten(i: u32) -> u32 { return i % 4u; } // @specialize
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.size) {
    return;
  }
  y[params.y_offset] = called(rewritten(id.x));
}
`;

const kernel = {
  name: "some",
  file: "kernels/some.wgsl",
  source,
  lines: [{ file: "kernels/some.wgsl", first: 1, count: 18 }],
  entryPoint: "main",
  variants: { default: {}, other: { rewritten: "of_a_variant(i)" } },
} as unknown as KernelManifest;

test("what a kernel calls is changed, in every variant, and nothing else", () => {
  expect(changesOf(kernel).map(({ where, before, after }) => `${where}: ${before} → ${after}`)).toEqual([
    "kernels/some.wgsl:2: return i + 1u; → return i - 1u;",
    "kernels/some.wgsl:2: return i + 1u; → return i + 2u;",
    "kernels/some.wgsl:8: return i / 3u; → return i * 3u;",
    "kernels/some.wgsl:8: return i / 3u; → return i / 4u;",
    "kernels/some.wgsl:13: if (id.x >= params.size) { return; } → nothing",
    "kernels/some.wgsl:13: if (id.x >= params.size) { → if (id.x > params.size) {",
    "kernels/some.wgsl:16: y[params.y_offset] = called(rewritten(id.x)); → y[0u] = called(rewritten(id.x));",
  ]);
});

test("changed kernels have as many lines as before", () => {
  for (const change of changesOf(kernel)) expect(change.source.split("\n").length).toBe(source.split("\n").length);
});

test("the lines that a change touches are told by their file", () => {
  const at = (where: string) => changesOf(kernel).find((change) => change.where === where) as Change;
  expect(editsOf(kernel, at("kernels/some.wgsl:8"))).toEqual([
    { file: "kernels/some.wgsl", line: 8, text: "  return i * 3u;" },
  ]);
  expect(editsOf(kernel, at("kernels/some.wgsl:13")).map(({ line }) => line)).toEqual([13, 14, 15]);
});

test("what programs make of a loop's template is of one technique", () => {
  expect(isMadeOf("loop_apart_naive_step", "loop_apart_naive_1h8xk2")).toBe(true);
  expect(isMadeOf("loop_whole_rows_serial_rows", "loop_whole_rows_serial_1h8xk2")).toBe(true);
  expect(isMadeOf("loop_apart_naive_step", "loop_apart_rows_1h8xk2")).toBe(false);
  expect(isMadeOf("loop_apart_rows_step", "loop_apart_rows_wide_1h8xk2")).toBe(false);
  expect(isMadeOf("lstm_rows_forward", "lstm_rows_backward")).toBe(false);
});
