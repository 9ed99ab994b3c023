// What `npm run kernel -- NAME` takes for a name, and where the kernels occur that it times.
import { beforeAll, expect, test } from "vitest";
import { findKernels } from "../../harness/kernel/find.ts";
import { placesOf } from "../../harness/kernel/programs.ts";
import { readKernels } from "../../harness/kernels/read.ts";
import { loadAllKernels } from "../../src/kernels/later.ts";
import { adapterOf } from "../plan/support.ts";

const { manifests } = readKernels();
const found = (name: string) => findKernels(name, manifests).map((kernel) => kernel.name);

test("a kernel, the beginning of several, a template, a folder, a library", () => {
  expect(found("softmax_parallel_forward")).toEqual(["softmax_parallel_forward"]);
  expect(found("lstm_rows")).toEqual(["lstm_rows_backward", "lstm_rows_forward"]);
  expect(found("kernels/recurrent/rows.wgsl")).toContain("gru_rows_backward");
  expect(found("optimizer/")).toEqual(expect.arrayContaining(["adamw", "sgd"]));
  expect(found("recurrent/cells/lstm/forward.wgsl").every((name) => /^lstm_.*_forward$/.test(name))).toBe(true);
});

test("of a name that is none the nearest is told", () => {
  expect(() => found("lstm_row_forwrd")).toThrow(
    "kernel: no kernel or file is called lstm_row_forwrd; the nearest is lstm_rows_forward",
  );
});

beforeAll(loadAllKernels);

test.each([
  ["lstm_naive_forward", "recurrent"],
  ["lstm_rows_backward", "recurrent"],
  ["lstm_lanes_numbers_forward", "recurrent"],
  ["matmul_tiled_vectors", "matmul"],
  ["softmax_parallel_forward", "rows"],
])("%s is in a workload", (kernel, family) => {
  expect(placesOf(kernel, family, adapterOf("software")).length).toBeGreaterThan(0);
});
