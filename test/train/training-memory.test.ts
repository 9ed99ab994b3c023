// How the parameters of a step are cut into runs, and the memory of their gradients and moments. Without a GPU.
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Slot } from "../../src/graph/lowering.ts";
import type { Parameter } from "../../src/graph/parameter.ts";
import { optim } from "../../src/index.ts";
import { LoweringContext } from "../../src/plan/lowering.ts";
import { TrainingMemory } from "../../src/train/gradients.ts";
import type { Optimizer } from "../../src/train/optim/optimizer.ts";
import { adapterOf, hyper, parameter } from "../plan/support.ts";
import { fakeDevice } from "../support/fake-device.ts";

beforeAll(() => {
  vi.stubGlobal("GPUBufferUsage", { STORAGE: 1, COPY_SRC: 2, COPY_DST: 4 });
});

const slot = (buffer: number, size = 8): Slot => ({ buffer, offset: 0, shape: [size], dtype: "float32" });

describe("memory of training", () => {
  const [a, b] = [{ elements: 64 }, { elements: 32 }];
  const names = ["one", "two", "three", "four", "five"];
  const parameters = [[3], [2, 4], [5], [4], [1]].map((shape, i) => {
    const made = parameter(shape);
    made.name = names[i] as string;
    return made;
  });
  // one and two lie side by side (3 elements take 4 words), three behind a gap, four and five in another buffer
  const offsets: [{ elements: number }, number][] = [
    [a, 0],
    [a, 4],
    [a, 20],
    [b, 28],
    [b, 0],
  ];
  const places = new Map(
    parameters.map((each, i) => [each, { external: offsets[i]?.[0] as typeof a, offset: offsets[i]?.[1] as number }]),
  );

  const segmentsOf = (optimizer: Optimizer) => {
    const { device, made } = fakeDevice(places);
    const memory = new TrainingMemory(device, parameters, optimizer);
    const to = new LoweringContext(adapterOf(), hyper);
    return { memory, made, to, segments: memory.segments(to, parameters) };
  };

  test("each buffer of parameters has one of gradients, and one of what is kept of each; all are freed", () => {
    const { memory, made } = segmentsOf(optim.adam());
    expect(made.map(({ label, bytes }) => [label, bytes])).toEqual([
      ["gradients", 256],
      ["gradients", 128],
      // 4 + 8 + 8 numbers, and 4 + 4
      ["adam m", 80],
      ["adam m", 32],
      ["adam v", 80],
      ["adam v", 32],
    ]);
    const muon = segmentsOf(optim.muon());
    expect(muon.made.slice(2).map(({ label, bytes }) => [label, bytes])).toEqual([
      ["muon m", 80],
      ["muon m", 32],
      // not of the matrix
      ["muon v", 48],
      ["muon v", 32],
    ]);
    expect(muon.segments.map(({ states }) => states.map(({ offset }) => offset))).toEqual([
      ...[[0, 0], [4], [12, 4]],
      ...[
        [4, 4],
        [0, 0],
      ],
    ]);
    expect([...muon.memory.tensors()].map(({ name }) => name)).not.toContain("v/two");
    expect(segmentsOf(optim.sgd()).made).toHaveLength(2);
    const [first, , third] = parameters as [Parameter, Parameter, Parameter];
    expect(memory.gradientPlace(third).offset).toBe(20);
    expect(memory.gradientPlace(first).external).toBe(memory.gradientPlace(third).external);
    const tensors = new Map([...memory.tensors()].map(({ name, ...tensor }) => [name, tensor]));
    expect(tensors.get("v/three")).toMatchObject({ shape: [5], byteOffset: 48, buffer: { label: "adam v" } });
    expect([...tensors.keys()].slice(3, 6)).toEqual(["m/four", "m/five", "v/one"]);
    memory.dispose();
    expect(made.every(({ freed }) => freed)).toBe(true);
  });

  test("runs are of parameters that lie side by side and are treated alike", () => {
    const runs = (optimizer: Optimizer) =>
      segmentsOf(optimizer).segments.map(({ parameter: { offset }, size, weightDecay, hyper: { offset: rate } }) => [
        ...[offset, size, weightDecay, rate],
      ]);
    expect(runs(optim.sgd())).toEqual([
      [0, 12, undefined, 0],
      [20, 8, undefined, 0],
      [28, 4, undefined, 0],
      [0, 4, undefined, 0],
    ]);
    expect(runs(optim.sgd({ decays: (name) => name !== "two" && name !== "five" }))).toEqual([
      [0, 4, undefined, 0],
      [4, 8, 0, 0],
      [20, 8, undefined, 0],
      [28, 4, undefined, 0],
      [0, 4, 0, 0],
    ]);
    expect(runs(optim.sgd({ decays: () => false }))[0]).toEqual([0, 12, 0, 0]);
    const groups = [
      { parameters: "f*", weightDecay: 0.5 },
      { parameters: /^t/, rateFactor: 2 },
    ];
    expect(runs(optim.sgd({ groups, decays: (name) => name === "one" }))).toEqual([
      [0, 4, undefined, 0],
      [4, 8, 0, 2],
      [20, 8, 0, 2],
      [28, 4, 0.5, 1],
      [0, 4, 0.5, 1],
    ]);
    const { segments } = segmentsOf(optim.sgd());
    expect(segments[0]?.parts.map(({ parameter: { name }, offset }) => [name, offset])).toEqual([
      ["one", 0],
      ["two", 4],
    ]);
  });

  test("a parameter without memory is a fault of ours", () => {
    const { device } = fakeDevice();
    expect(() => new TrainingMemory(device, parameters, optim.sgd())).toThrow("parameter one has no memory");
  });

  test.each([
    ["software", "norm_partial_serial", 2048, 4],
    ["hardware", "norm_partial", 4096, 1],
  ] as const)("squares are added up in chunks (%s)", (kind, kernel, chunk, threads) => {
    const { memory } = segmentsOf(optim.sgd());
    const to = new LoweringContext(adapterOf(kind), hyper);
    const sizes = [4, chunk, chunk + 4, 5 * chunk];
    const segments = sizes.map((size, i) => ({
      parameter: slot(0),
      gradient: to.external({ label: `g${i}`, elements: size }, 0, [size]),
      states: [],
      hyper: slot(9),
      size,
      weightDecay: undefined,
      parts: [],
    }));
    const partials = memory.lowerSquares(to, segments);
    expect(partials.shape).toEqual([9]);
    expect(
      to.dispatches.map((each) => [each.kernel, each.params.partial_index, each.workgroups[0], each.flops]),
    ).toEqual([
      [kernel, 0, 1, 8],
      [kernel, 1, 1, 2 * chunk],
      [kernel, 2, Math.ceil(2 / threads), 2 * (chunk + 4)],
      [kernel, 4, Math.ceil(5 / threads), 10 * chunk],
    ]);
    expect(to.dispatches.map(({ params }) => [params.size, params.chunk_size])).toEqual(
      sizes.map((size) => [size, chunk]),
    );
  });
});
