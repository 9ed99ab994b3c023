// What a machine with a GPU is asked: what the command takes, and that a session finds what it is given.
import { expect, test } from "vitest";
import { gpuCases } from "../../bench/cases/gpu.ts";
import { findCase } from "../../bench/cases/index.ts";
import { type GpuReport, tableOf } from "../../bench/gpu/measure.ts";
import { parseOptions, parts } from "../../bench/gpu/options.ts";
import { cardOf, millisecondsOf } from "../../bench/isa/model/beside.ts";
import { WAIT } from "../../bench/isa/model/constants.ts";
import { instructionTable } from "../../bench/isa/model/instructions.ts";

test("a session finds each case by its name, and does the same work", () => {
  for (const each of gpuCases) expect(findCase(each.name).work, each.name).toEqual(each.work);
  expect(new Set(gpuCases.map(({ name }) => name)).size).toBe(gpuCases.length);
  expect(gpuCases.filter(({ suite }) => !(parts as readonly string[]).includes(suite))).toEqual([]);
});

test("the model stands beside what was measured where it knows the card", () => {
  const table = instructionTable();
  const plan = [
    {
      kernel: "lstm_lanes_fours_forward",
      variant: "plain",
      count: 128,
      workgroups: 128,
      flops: 2 ** 24,
      bytes: 2 ** 20,
    },
    { kernel: "fill", variant: "default", count: 1, workgroups: 1, flops: 0, bytes: 1024 },
  ];
  const card = cardOf("NVIDIA H200 535.1 (hardware)");
  if (!card) throw new Error("the model knows no H200");
  const ms = millisecondsOf(card, plan, table) as number;
  expect(ms).toBeGreaterThan((129 * WAIT) / 1e3);
  // more instructions, more time
  const { issued, ...row } = table["lstm_lanes_fours_forward plain"] as (typeof table)[string];
  const slow = { ...table, "lstm_lanes_fours_forward plain": { ...row, issued: 100 * issued } };
  expect(millisecondsOf(card, plan, slow)).toBeGreaterThan(2 * ms);
  expect(millisecondsOf(card, [{ ...plan[0], kernel: "lstm_quads_forward" } as (typeof plan)[number]], table)).toBe(
    undefined,
  );
  const others = [
    "SwiftShader driver 5.0.0 (software)",
    "NVIDIA GH200 480GB",
    "NVIDIA H100 PCIe",
    "NVIDIA RTX 3060 Ti",
  ];
  expect(others.map(cardOf)).toEqual(others.map(() => undefined));
  expect(cardOf("NVIDIA H100 80GB HBM3")?.name).toBe("H100 SXM");
  expect(cardOf("NVIDIA GeForce RTX 3060")?.name).toBe("RTX 3060");

  const ours = { medianMs: 2, dispatches: 129 };
  const bench = { cases: [{ name: "lstm", results: { seqgrad: ours } }] };
  const report = { bench, model: { card: card.name, ms: { lstm: 1.234 } } } as unknown as GpuReport;
  expect(tableOf(report)).toMatch(/model, H200 SXM[\s\S]*lstm +2\.00 +129 +1\.23$/);
  expect(tableOf({ ...report, model: { missing: "none" } })).not.toMatch(/model/);
});

test("options", () => {
  expect(parseOptions([])).toMatchObject({ only: parts, names: [], budgetMs: 5000, as: undefined });
  expect(parseOptions(["--only", "torch,cases", "--case", "lstm,gru", "--budget", "0.5"])).toMatchObject({
    only: ["torch", "cases"],
    names: ["lstm", "gru"],
    budgetMs: 500,
  });
  expect(() => parseOptions(["--only", "layer"])).toThrow(/--only: expected cases, .*got "layer"/);
  expect(() => parseOptions(["--budget", "soon"])).toThrow(/--budget: expected seconds, got "soon"/);
  expect(() => parseOptions(["--as", "gpu"])).toThrow(/--as: expected software, hardware/);
  expect(() => parseOptions(["--quick"])).toThrow(/--quick/);
});
