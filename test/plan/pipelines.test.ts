import { describe, expect, test } from "vitest";
import { matmul } from "../../src/index.ts";
import { buildProgram } from "../../src/plan/build.ts";
import { type PricedChoice, sharePipelines } from "../../src/plan/pipelines.ts";
import { adapterOf, hyper, input } from "./support.ts";

const ms = (pipeline: string, run: number, compile: number) => ({
  pipeline,
  seconds: run / 1000,
  compileSeconds: compile / 1000,
});

describe("pipelines are shared", () => {
  const large: PricedChoice = { key: "large", costs: { tall: ms("tall", 10, 100), low: ms("low", 20, 50) } };
  const small = (tall: number): PricedChoice => ({
    key: "small",
    costs: { tall: ms("tall", tall, 100), low: ms("low", 1, 50) },
  });

  test("where a second one does not earn its compiling within 200 runs", () => {
    // 0.2 ms a run are 40 ms, for 50 of compiling; 0.3 ms are 60
    expect([...sharePipelines([small(1.2), large])]).toEqual([
      ["small", "tall"],
      ["large", "tall"],
    ]);
    expect([...sharePipelines([small(1.3), large])]).toEqual([
      ["small", "low"],
      ["large", "tall"],
    ]);
  });

  test("and what is made several times counts as often", () => {
    expect(sharePipelines([small(1.2), small(1.2), large]).get("small")).toBe("low");
  });

  test("also one that is the fastest for nothing and serves for several", () => {
    const each = (key: string, own: number): PricedChoice => ({
      key,
      costs: { own: ms(key, 1, 100), any: ms("any", own, 120) },
    });
    // 0.2 ms a run are 40 ms each; 300 ms of compiling become 120
    const ways = sharePipelines([each("a", 1.2), each("b", 1.2), each("c", 1.2)]);
    expect([...ways.values()]).toEqual(["any", "any", "any"]);
    // 0.6 ms are 120, more than a pipeline of its own
    const two = sharePipelines([each("a", 1.1), each("b", 1.1), each("c", 1.6)]);
    expect([...two.values()]).toEqual(["any", "any", "own"]);
    expect(sharePipelines([each("a", 1.1)]).get("a")).toBe("own");
  });

  test("but what serves for one alone is its fastest", () => {
    const costs = { own: ms("own", 1, 100), cheap: ms("cheap", 1.1, 1) };
    const other: PricedChoice = { key: "other", costs: { only: ms("only", 1, 1000) } };
    expect([...sharePipelines([{ key: "a", costs }, other])]).toEqual([
      ["a", "own"],
      ["other", "only"],
    ]);
    expect(
      sharePipelines([
        { key: "a", costs },
        { key: "b", costs },
      ]).get("a"),
    ).toBe("cheap");
  });

  test("unless they cannot do each other's work", () => {
    const other: PricedChoice = { key: "other", costs: { only: ms("only", 1, 1000) } };
    expect([...sharePipelines([other, large])]).toEqual([
      ["other", "only"],
      ["large", "tall"],
    ]);
  });

  test("of nothing there are none", () => {
    expect(sharePipelines([]).size).toBe(0);
  });
});

test("a small product takes the pipeline that a large one needs; by itself it has its own", () => {
  const adapter = { ...adapterOf(), features: new Set(["subgroups"]) };
  const [a, b, c, d] = [input([512, 256]), input([256, 512]), input([8, 256]), input([256, 8])];
  const kernels = (outputs: Parameters<typeof buildProgram>[0]["outputs"], measured = new Map<string, string>()) => {
    const inputs = [a, b, c, d];
    const program = buildProgram({
      adapter: { ...adapter, measured },
      hyper,
      inputs,
      outputs,
      locate: () => undefined,
    });
    return program.dispatches.map(({ pipeline }) => {
      const { kernel, variant } = program.pipelines[pipeline] as (typeof program.pipelines)[number];
      return `${kernel}/${variant}`;
    });
  };
  const [large, small] = [matmul(a, b), matmul(c, d)];
  const [alone] = kernels({ small });
  expect(alone).not.toBe("matmul_quad_nn/default");
  expect(kernels({ small, large })).toEqual(["matmul_quad_nn/default", "matmul_quad_nn/default"]);
  // what was measured stays
  const key = "matmul nn 1 8 8 256 aaa";
  expect(kernels({ small, large }, new Map([[key, "low quads"]]))).toContain("matmul_quad_nn/low");
});
