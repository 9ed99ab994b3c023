// Which steps of a recurrence share what they load by quads, and how many rows a quad owns. Planned without a GPU.
import { describe, expect, test } from "vitest";
import type { AdapterProfile } from "../../src/graph/lowering.ts";
import { sum } from "../../src/index.ts";
import { gradients } from "../../src/ops/loop/gradients.ts";
import { gru } from "../../src/ops/recurrent/gru.ts";
import { lstm } from "../../src/ops/recurrent/lstm.ts";
import { rnn } from "../../src/ops/recurrent/rnn.ts";
import { buildProgram } from "../../src/plan/build.ts";
import { adapterOf, hyper, input } from "../plan/support.ts";

type Cell = "lstm" | "gru" | "gru_before" | "rnn";
const GATES = { lstm: 4, gru: 3, gru_before: 3, rnn: 1 } as const;
const LENGTH = 4;

const withSubgroups: AdapterProfile = { ...adapterOf("software"), features: new Set(["subgroups"]) };

function choicesOf(cell: Cell, adapter: AdapterProfile, batch: number, hidden: number) {
  const rows = GATES[cell] * hidden;
  const [projected, weight] = [input([LENGTH, batch, rows]), input([rows, hidden])];
  const [h0, c0] = [input([batch, hidden]), input([batch, hidden])];
  const made = {
    lstm: () => lstm(projected, weight, h0, c0),
    gru: () => gru(projected, weight, undefined, h0),
    gru_before: () => gru(projected, weight, undefined, h0, { resetAfter: false }),
    rnn: () => rnn(projected, weight, h0),
  }[cell]();
  const [dProjected] = gradients(sum(made.outputs), [projected]);
  if (!dProjected) throw new Error("no gradient");
  const inputs = [projected, weight, h0, ...(cell === "lstm" ? [c0] : [])];
  return buildProgram({ adapter, hyper, inputs, outputs: { dProjected }, locate: () => undefined });
}

/** The rule's ways, forward and backward. */
const rules = (cell: Cell, batch: number, hidden: number, adapter = withSubgroups) =>
  choicesOf(cell, adapter, batch, hidden)
    .choices.filter(({ key }) => key.startsWith(cell))
    .map(({ rule }) => rule);

const waysOf = (cell: Cell, batch: number, hidden: number, adapter = withSubgroups) =>
  choicesOf(cell, adapter, batch, hidden)
    .choices.filter(({ key }) => key.startsWith(cell))
    .flatMap(({ ways }) => ways);

describe.each(["lstm", "gru"] as const)("%s", (cell) => {
  test.each([
    [4, ["steps", "steps"]],
    [5, ["quads of 8", "quads of 8"]],
    [8, ["quads of 8", "quads of 8"]],
    [9, ["quads of 16", "quads of 16"]],
    [16, ["quads of 16", "quads of 16"]],
    [32, ["quads of 16", "quads of 32"]],
    [33, ["quads of 16", "quads of 16"]],
    [128, ["quads of 16", "quads of 32"]],
  ] as const)("a batch of %i at hidden 256", (batch, wanted) => {
    expect(rules(cell, batch, 256)).toEqual(wanted);
  });

  test("few workgroups are smaller, so that both cores work", () => {
    // 96 units are three blocks of 32: with 32 rows in each, one of two cores would wait
    expect(rules(cell, 32, 96)).toEqual(["quads of 16", "quads of 16"]);
  });

  test("small states still run as a sequence in one dispatch", () => {
    expect(rules(cell, 8, 16)).toEqual(["sequence", "sequence"]);
  });

  test("a quad that would be half empty is no way to try", () => {
    expect(waysOf(cell, 4, 256)).toEqual(["steps", "sequence", "steps", "sequence"]);
    expect(waysOf(cell, 8, 256)).toEqual(["steps", "quads of 8", "sequence", "steps", "quads of 8", "sequence"]);
    const forward = ["steps", "quads of 8", "quads of 16", "sequence"];
    expect(waysOf(cell, 16, 256)).toEqual([...forward, ...forward]);
    expect(waysOf(cell, 17, 256)).toContain("quads of 32");
  });

  test("every way is a dispatch per step of its kernel", () => {
    for (const rows of [8, 16, 32]) {
      const measured = new Map(
        ["forward", "backward"].map((direction) => [`${cell} ${direction} ${LENGTH} 33 64`, `quads of ${rows}`]),
      );
      const { dispatches, pipelines } = choicesOf(cell, { ...withSubgroups, measured }, 33, 64);
      for (const [direction, units] of [
        ["forward", 16],
        ["backward", 32],
      ] as const) {
        if (rows > 16 && direction === "forward") continue;
        const steps = dispatches.filter(({ pipeline }) => {
          const { kernel = "", variant = "" } = pipelines[pipeline] ?? {};
          const size = rows === 8 ? ["low"] : rows === 16 && direction === "backward" ? ["half"] : [];
          // these layers have no recurrent bias by itself, of which an LSTM's steps have a variant
          const plain = cell === "lstm" && direction === "forward" ? ["plain"] : [];
          const wanted = [...size, ...plain].join("_") || "default";
          return kernel === `${cell}_quads_${direction}` && variant === wanted;
        });
        expect(steps).toHaveLength(LENGTH);
        expect(steps[0]?.workgroups).toEqual([Math.ceil(33 / rows) * (64 / units), 1, 1]);
      }
    }
  });
});

test("no quads without subgroups, on GPUs, where rows are no multiple of four, or where a workgroup owns whole rows", () => {
  const hasQuads = (...args: Parameters<typeof waysOf>) => waysOf(...args).some((way) => way.startsWith("quads"));
  expect(hasQuads("lstm", 32, 64)).toBe(true);
  expect(hasQuads("lstm", 32, 64, adapterOf("software"))).toBe(false);
  expect(hasQuads("lstm", 32, 64, { ...withSubgroups, kind: "hardware" })).toBe(false);
  expect(hasQuads("lstm", 32, 66)).toBe(false);
  expect(hasQuads("rnn", 32, 64)).toBe(true);
  expect(hasQuads("gru_before", 32, 64)).toBe(false);
});

describe("a GRU that resets before the matmul", () => {
  test.each([
    [4, "steps"],
    [5, "sequence of 8"],
    [16, "sequence of 8"],
    [32, "sequence of 16"],
    [128, "sequence of 16"],
  ] as const)("a batch of %i: whole rows, %s", (batch, wanted) => {
    expect(rules("gru_before", batch, 64)).toEqual([wanted, wanted]);
  });

  test("a sequence is few dispatches", () => {
    const { dispatches, pipelines } = choicesOf("gru_before", withSubgroups, 40, 64);
    const names = dispatches.map(({ pipeline }) => pipelines[pipeline]?.kernel);
    for (const direction of ["forward", "backward"]) {
      expect(names.filter((name) => name === `gru_before_sequence_${direction}`)).toHaveLength(1);
    }
  });

  test("steps without subgroups, and where rows are no multiple of four; on GPUs both", () => {
    expect(waysOf("gru_before", 32, 64, adapterOf("software"))).toEqual(["steps", "steps"]);
    expect(waysOf("gru_before", 32, 64, { ...withSubgroups, kind: "hardware" })).toEqual([
      ...["steps", "sequence"],
      ...["steps", "sequence"],
    ]);
    expect(waysOf("gru_before", 32, 66)).toEqual(["steps", "steps"]);
  });
});
