// Which recurrences run as a loop inside their kernel, and in how many dispatches. Planned without a GPU.
import { describe, expect, test } from "vitest";
import { threadsOf } from "../../bench/isa/model/threads.ts";
import type { AdapterProfile } from "../../src/graph/lowering.ts";
import { sum, toFloat16 } from "../../src/index.ts";
import { kernels } from "../../src/kernels/generated/all.ts";
import { PERSISTENT } from "../../src/ops/loop/fused/emit.ts";
import { gradients } from "../../src/ops/loop/gradients.ts";
import { gru } from "../../src/ops/recurrent/gru.ts";
import { lstm } from "../../src/ops/recurrent/lstm.ts";
import { rnn } from "../../src/ops/recurrent/rnn.ts";
import { buildProgram } from "../../src/plan/build.ts";
import { adapterOf, hyper, input } from "../plan/support.ts";

type Cell = "lstm" | "gru" | "rnn";
const GATES = { lstm: 4, gru: 3, rnn: 1 } as const;

/** Dispatches of one recurrence and its gradient by kernel. */
function dispatches(
  cell: Cell,
  kind: AdapterProfile["kind"],
  [length, batch, hidden]: readonly [number, number, number],
  measured?: Readonly<Record<string, string>>,
  { threads = 256, float16 = false } = {},
): Map<string, number> {
  const rows = GATES[cell] * hidden;
  const [projected, whole] = [input([length, batch, rows]), input([rows, hidden])];
  const weight = float16 ? toFloat16(whole) : whole;
  const [h0, c0] = [input([batch, hidden]), input([batch, hidden])];
  const made = {
    lstm: () => lstm(projected, weight, h0, c0),
    gru: () => gru(projected, weight, undefined, h0),
    rnn: () => rnn(projected, weight, h0),
  }[cell]();
  const [dProjected] = gradients(sum(made.outputs), [projected]);
  if (!dProjected) throw new Error("no gradient");
  const { pipelines, dispatches: list } = buildProgram({
    adapter: {
      ...withThreads(adapterOf(kind), threads),
      ...(measured ? { measured: new Map(Object.entries(measured)) } : {}),
    },
    hyper,
    inputs: [projected, whole, h0, ...(cell === "lstm" ? [c0] : [])],
    outputs: { dProjected },
    locate: () => undefined,
  });
  const counts = new Map<string, number>();
  for (const { pipeline } of list) {
    const { kernel = "", variant } = pipelines[pipeline] ?? {};
    const name =
      variant === undefined || !/^(wide|broad)/.test(variant) ? kernel : `${kernel} ${variant.replace("_plain", "")}`;
    if (kernel.startsWith(cell)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

function withThreads(adapter: AdapterProfile, threads: number): AdapterProfile {
  const limits = { maxComputeInvocationsPerWorkgroup: threads, maxComputeWorkgroupSizeX: threads };
  return { ...adapter, limits: { ...adapter.limits, ...limits } };
}

describe.each(["lstm", "gru", "rnn"] as const)("%s", (cell) => {
  test.each([
    ["software", "sequence"],
    ["hardware", "sequence_tiles"],
  ] as const)("small states run as one dispatch each way (%s)", (kind, kernel) => {
    for (const size of [
      [32, 1, 64],
      [64, 8, 16],
      [2, 32, 16],
    ] as const) {
      const one = new Map([
        [`${cell}_${kernel}_forward`, 1],
        [`${cell}_${kernel}_backward`, 1],
      ]);
      expect(dispatches(cell, kind, size)).toEqual(one);
    }
  });

  test.each([
    ["software", "rows"],
    ["hardware", "lanes_fours"],
  ] as const)("large states and single steps run step by step (%s)", (kind, kernel) => {
    for (const size of [
      [16, 8, 132],
      [16, 256, 64],
      [1, 2, 8],
    ] as const) {
      const each = new Map([
        [`${cell}_${kernel}_forward`, size[0]],
        [`${cell}_${kernel}_backward`, size[0]],
      ]);
      expect(dispatches(cell, kind, size)).toEqual(each);
    }
  });

  test("what was measured counts more than the rule, each way by itself", () => {
    const measured = { [`${cell} forward 16 128 64`]: "sequence", [`${cell} backward 16 8 16`]: "steps" };
    expect(dispatches(cell, "software", [16, 128, 64], measured)).toEqual(
      new Map([
        [`${cell}_sequence_forward`, 1],
        [`${cell}_rows_backward`, 16],
      ]),
    );
    expect(dispatches(cell, "software", [16, 8, 16], measured)).toEqual(
      new Map([
        [`${cell}_sequence_forward`, 1],
        [`${cell}_rows_backward`, 16],
      ]),
    );
  });

  test("a long sequence is cut, so that no dispatch takes long", () => {
    const forward = (size: readonly [number, number, number]) => {
      const key = `${cell} forward ${size.join(" ")}`;
      return dispatches(cell, "software", size, { [key]: "sequence" }).get(`${cell}_sequence_forward`);
    };
    expect(forward([256, 1, 4])).toBe(1);
    expect(forward([257, 1, 4])).toBe(2);
    // 2 · gates · 64 · 256² operations a step are 17 ms and more for one core
    expect(forward([32, 64, 256])).toBeGreaterThanOrEqual(GATES[cell]);
  });
});

test("where a state is no multiple of four, a software adapter has no sequence kernel", () => {
  expect([...dispatches("lstm", "software", [4, 2, 30]).keys()]).toEqual(["lstm_naive_forward", "lstm_naive_backward"]);
  expect([...dispatches("lstm", "hardware", [4, 2, 30]).keys()]).toEqual([
    "lstm_sequence_tiles_forward",
    "lstm_sequence_tiles_backward",
  ]);
});

describe("more than 64 units on GPUs", () => {
  const MANY = 1024;
  const ways = (cell: Cell, size: readonly [number, number, number], options = {}, way = "wide sequence by row") => {
    const float16 = "float16" in options ? " float16" : "";
    const measured = Object.fromEntries(
      ["forward", "backward"].map((direction) => [`${cell} ${direction} ${size.join(" ")}${float16}`, way]),
    );
    return [...dispatches(cell, "hardware", size, measured, options).keys()];
  };
  const both = (kernel: string, variant: string) =>
    ["forward", "backward"].map((direction) => `${kernel}_${direction} ${variant}`);
  const steps = (cell: Cell) => ["forward", "backward"].map((direction) => `${cell}_lanes_fours_${direction}`);

  test("a workgroup with more than 256 threads runs all steps where that was measured to be faster", () => {
    expect(ways("lstm", [8, 4, 96], { threads: 768 })).toEqual(both("lstm_sequence_tiles", "wide_row"));
    expect(ways("gru", [8, 4, 96], { threads: 576 })).toEqual(both("gru_sequence_tiles", "wide_row"));
    expect(ways("lstm", [8, 5, 96], { threads: MANY }, "wide sequence")).toEqual(both("lstm_sequence_tiles", "wide"));
    expect(ways("lstm", [8, 4, 128], { threads: 512, float16: true })).toEqual(
      both("lstm_sequence_tiles", "wide_row_float16"),
    );
    expect([...dispatches("lstm", "hardware", [8, 4, 96], {}, { threads: MANY }).keys()]).toEqual(steps("lstm"));
  });

  test("where a workgroup has fewer threads, they have all gates of a unit", () => {
    expect(ways("lstm", [8, 4, 96], { threads: 767 })).toEqual(both("lstm_sequence_tiles", "broad_row"));
    expect(ways("gru", [8, 4, 96], { threads: 575 })).toEqual(both("gru_sequence_tiles", "broad_row"));
    expect(ways("lstm", [8, 4, 128], { threads: 511, float16: true })).toEqual(
      both("lstm_sequence_tiles", "broad_row_float16"),
    );
  });

  test("with more units than registers hold, or one step, there is no such kernel", () => {
    expect(ways("lstm", [8, 4, 100], { threads: MANY })).toEqual(steps("lstm"));
    expect(ways("gru", [8, 4, 100], { threads: MANY })).toEqual(steps("gru"));
    expect(ways("lstm", [8, 4, 132], { threads: MANY, float16: true })).toEqual(steps("lstm"));
    expect(ways("rnn", [8, 4, 132])).toEqual(steps("rnn"));
    expect(ways("lstm", [1, 4, 96], { threads: MANY })).toEqual(steps("lstm"));
  });

  test("where a workgroup may have as many threads as the kernel has", () => {
    for (const [cell, size, float16] of [
      ["lstm", [8, 4, 96], false],
      ["gru", [8, 4, 96], false],
      ["lstm", [8, 4, 128], true],
      ["gru", [8, 4, 128], true],
    ] as const) {
      const half = float16 ? "_float16" : "";
      const threads = threadsOf(`${cell}_sequence_tiles_backward`, `wide_row${half}`);
      const kernel = (most: number) => ways(cell, size, { threads: most, ...(float16 ? { float16 } : {}) })[1];
      expect(kernel(threads)).toBe(`${cell}_sequence_tiles_backward wide_row${half}`);
      expect(kernel(threads - 1)).toBe(`${cell}_sequence_tiles_backward broad_row${half}`);
      expect(threadsOf(`${cell}_sequence_tiles_backward`, `broad${half}`)).toBe(256);
    }
  });

  test("loops go by the figures of their kernel", () => {
    const { source } = kernels.loop_persistent_same.manifest;
    const figure = (name: string) => Number(new RegExp(`const ${name}: u32 = (\\d+);`).exec(source)?.[1]);
    expect(PERSISTENT).toEqual({
      part: figure("PART"),
      mostParts: figure("MOST_PARTS"),
      threads: figure("WORKGROUP_SIZE"),
    });
  });

  test("with one gate it is the rule, as for fewer units", () => {
    const names = (batch: number) => [...dispatches("rnn", "hardware", [16, batch, 128]).keys()];
    expect(names(32)).toEqual(both("rnn_sequence_tiles", "broad_row"));
    expect(names(33)).toEqual(both("rnn_sequence_tiles", "broad"));
    expect(names(65)).toEqual(steps("rnn"));
  });
});
