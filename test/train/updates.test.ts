// What optimizers dispatch, how the parameters of a step are cut into runs, and what the guard's words say. Without a GPU.
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Device } from "../../src/gpu/device.ts";
import type { DispatchRequest, Lowering, Slot } from "../../src/graph/lowering.ts";
import type { Parameter } from "../../src/graph/parameter.ts";
import { optim } from "../../src/index.ts";
import { LoweringContext } from "../../src/plan/lowering.ts";
import { TrainingMemory } from "../../src/train/gradients.ts";
import { Guard, POWERS, WORD, WORDS } from "../../src/train/guard.ts";
import { KeptInputs } from "../../src/train/kept-inputs.ts";
import { checkGroupsUsed, groupOf, isFrozen, ratesOf } from "../../src/train/optim/groups.ts";
import type { Optimizer } from "../../src/train/optim/optimizer.ts";
import { isMeant, type NamePattern } from "../../src/train/optim/pattern.ts";
import { at } from "../../src/train/optim/rate.ts";
import type { OnNonFinite } from "../../src/train/options.ts";
import { adapterOf, hyper, parameter } from "../plan/support.ts";

beforeAll(() => {
  vi.stubGlobal("GPUBufferUsage", { STORAGE: 1, COPY_SRC: 2, COPY_DST: 4 });
});

const slot = (buffer: number, size = 8): Slot => ({ buffer, offset: 0, shape: [size], dtype: "float32" });

/** The one dispatch of an optimizer for a segment. */
function dispatched(optimizer: Optimizer, weightDecay?: number, clipNorm = 0): DispatchRequest {
  const requests: DispatchRequest[] = [];
  const to = {
    dispatch: (request: DispatchRequest) => requests.push(request),
    temporary: ([size]: [number]) => slot(8, size),
  } as unknown as Lowering;
  const states = optimizer.states.map((_, i) => slot(2 + i));
  const segment = { parameter: slot(0), gradient: slot(1), states, hyper: slot(9), size: 8, weightDecay, parts: [] };
  optimizer.lower(to, [segment], { guard: slot(7), clipNorm, clipValue: 0.25 });
  expect(requests).toHaveLength(1);
  return requests[0] as DispatchRequest;
}

describe("optimizers", () => {
  const { adam, adamW, adagrad, lion, nadam, nadamW, rmsprop, sgd } = optim;
  const moments = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
  test.each<[string, Optimizer, string, string, Record<string, number>]>([
    ["sgd", sgd(), "sgd", "plain", { momentum: 0, dampening: 0, nesterov: 0, weight_decay: 0 }],
    [
      "sgd with all",
      sgd({ momentum: 0.5, dampening: 0.25, nesterov: true, weightDecay: 0.125 }),
      "sgd",
      "default",
      { momentum: 0.5, dampening: 0.25, nesterov: 1, weight_decay: 0.125 },
    ],
    ["adamW", adamW(), "adamw", "default", { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.01 }],
    ["adam", adam(), "adamw", "adam", { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0 }],
    [
      "adam with all",
      adam({ beta1: 0, beta2: 0.5, epsilon: 0, weightDecay: 1 }),
      "adamw",
      "adam",
      { beta1: 0, beta2: 0.5, epsilon: 0, weight_decay: 1 },
    ],
    ["adamW, amsgrad", adamW({ amsgrad: true }), "amsgrad", "default", { ...moments, weight_decay: 0.01 }],
    ["adam, amsgrad", adam({ amsgrad: true }), "amsgrad", "adam", { ...moments, weight_decay: 0 }],
    ["nadam", nadam(), "adamw", "nadam", { ...moments, weight_decay: 0 }],
    ["nadamW", nadamW(), "adamw", "nadamw", { ...moments, weight_decay: 0.01 }],
    ["lion", lion({ weightDecay: 0.5 }), "lion", "default", { beta1: 0.9, beta2: 0.99, weight_decay: 0.5 }],
    ["rmsprop", rmsprop(), "rmsprop", "default", { smoothing: 0.99, epsilon: 1e-8, momentum: 0, weight_decay: 0 }],
    [
      "rmsprop with all",
      rmsprop({ smoothing: 0.5, epsilon: 0.25, momentum: 0.125, weightDecay: 2 }),
      "rmsprop",
      "default",
      { smoothing: 0.5, epsilon: 0.25, momentum: 0.125, weight_decay: 2 },
    ],
    ["adagrad", adagrad(), "adagrad", "default", { epsilon: 1e-10, weight_decay: 0 }],
    [
      "adagrad with all",
      adagrad({ epsilon: 0.5, weightDecay: 3 }),
      "adagrad",
      "default",
      { epsilon: 0.5, weight_decay: 3 },
    ],
  ])("%s", (_, optimizer, kernel, variant, params) => {
    const request = dispatched(optimizer, undefined, 0.75);
    expect(request).toMatchObject({
      kernel: { name: kernel },
      variant,
      params: { ...params, size: 8, clip_norm: 0.75, clip_value: 0.25 },
      flops: 96,
    });
    // what is bound and not touched takes no memory of the model's size
    const idle = params.momentum === 0 ? ["velocity"] : [];
    expect(Object.keys(request.bind)).toEqual([
      "parameter",
      "gradient",
      ...optimizer.states,
      ...idle,
      "hyper",
      "guard",
    ]);
    for (const name of idle) expect(request.bind[name]).toEqual(slot(8, 4));
    optimizer.states.forEach((name, i) => {
      expect(request.bind[name]?.buffer).toBe(2 + i);
    });
    // where nothing decays the same dispatch has none
    const others = { ...params, size: 8, clip_norm: 0, clip_value: 0.25 };
    expect(dispatched(optimizer, 0).params).toEqual({ ...others, weight_decay: 0 });
    expect(dispatched(optimizer, 0.5).params).toEqual({ ...others, weight_decay: 0.5 });
  });

  test("rates, states and averages", () => {
    const decays = (name: string) => name !== "bias";
    expect([sgd(), adamW(), adam(), rmsprop(), adagrad(), nadam(), lion()].map((each) => each.learningRate)).toEqual([
      0.01, 0.001, 0.001, 0.01, 0.01, 0.001, 0.0001,
    ]);
    expect([sgd(), adamW(), rmsprop()].map((each) => each.averages)).toEqual([undefined, [0.9, 0.999], undefined]);
    expect(adam({ beta1: 0.25, beta2: 0.5 }).averages).toEqual([0.25, 0.5]);
    for (const make of [sgd, adamW, adam, nadam, lion, rmsprop, adagrad]) {
      expect(make({ decays }).decays).toBe(decays);
      expect(make().decays).toBeUndefined();
      expect(make({ learningRate: 0 }).learningRate).toBe(0);
    }
    expect([at(0.5, 3), at((step) => step / 4, 3)]).toEqual([0.5, 0.75]);
  });
});

test("what names a pattern means", () => {
  const names = ["rnn.weight_ih_l0", "rnn.bias_ih_l0", "head.weight", "head.bias", "a", "aa"];
  const meant = (pattern: NamePattern) => names.filter((name) => isMeant(pattern, name));
  expect(meant("rnn.*")).toEqual(names.slice(0, 2));
  expect(meant("*.weight*")).toEqual([names[0], names[2]]);
  expect(meant("*i*a*")).toEqual([names[1], names[3]].filter((name) => /i.*a/.test(name ?? "")));
  expect(meant("*")).toEqual(names);
  expect(meant("head")).toEqual([]);
  expect(meant("a*a")).toEqual(["aa"]);
  expect(meant("h*.*bias")).toEqual(["head.bias"]);
  expect(meant(/bias/g)).toEqual([names[1], names[3]]);
  expect(meant((name) => name.length < 3)).toEqual(["a", "aa"]);
});

test("Muon's matrices are runs of their own, and one shape's share their products", () => {
  const optimizer = optim.muon({ matrices: "*.weight", iterations: 2 });
  const [matrix, table, bias] = [
    ["a.weight", [4, 8]],
    ["table", [4, 8]],
    ["a.bias", [4]],
  ].map(([name, shape]) => Object.assign(parameter(shape as number[]), { name })) as [Parameter, Parameter, Parameter];
  expect([matrix, table, bias].map((each) => optimizer.kindOf?.(each))).toEqual(["matrix", "", ""]);
  const to = new LoweringContext(adapterOf("hardware"), hyper);
  const arena = (size: number) => to.external({ label: "a", elements: size }, 0, [size]);
  const segment = (parts: readonly Parameter[], size: number) => ({
    ...{
      parameter: arena(size),
      gradient: arena(size),
      states: [arena(size), arena(size)].slice(0, size === 64 ? 1 : 2),
      hyper: to.hyper,
    },
    ...{ size, weightDecay: undefined, parts: parts.map((each, i) => ({ parameter: each, offset: 32 * i })) },
  });
  const guard = to.external({ label: "guard", elements: WORDS }, 0, [WORDS], "uint32");
  const other = Object.assign(parameter([4, 8]), { name: "b.weight" });
  optimizer.lower(to, [segment([matrix, other], 64), segment([table, bias], 36)], {
    ...{ guard, clipNorm: 0, clipValue: 0 },
  });
  const named = to.dispatches.map(({ kernel }) => kernel.replace(/^matmul.*/, "matmul"));
  const iteration = ["matmul", "matmul", "muon_polynomial", "matmul"];
  expect(named).toEqual([
    ...["adamw", "muon_momentum", "muon_momentum", expect.stringMatching(/^muon_normalize_/)],
    ...[...iteration, ...iteration, "muon_update", "muon_update"],
  ]);
  expect(to.dispatches.at(-1)?.params).toMatchObject({ size: 32, scale: 0.2 * Math.sqrt(8), weight_decay: 0.1 });
});

describe("groups", () => {
  const { sgd } = optim;
  const named = ["a.weight", "a.bias", "b.weight"].map((name) => Object.assign(parameter([2]), { name }));

  test("rates of a step: the optimizer's, then those of the groups", () => {
    const groups = [
      { parameters: "a.*", rateFactor: 0.5 },
      { parameters: "b.*", learningRate: (step: number) => step, rateFactor: 3 },
    ];
    expect(ratesOf(sgd({ groups }), 0.25, 4)).toEqual([0.25, 0.125, 12]);
    expect(ratesOf(sgd(), 0.25, 4)).toEqual([0.25]);
    const wrong = sgd({ groups: [{ parameters: "a.*", learningRate: () => Number.NaN }] });
    expect(() => ratesOf(wrong, 1, 2)).toThrow("step 2: the schedule gives the learning rate NaN");
  });

  test("a parameter is in the first group that means it, and no group is idle", () => {
    const optimizer = sgd({ groups: [{ parameters: "*.bias", frozen: true }, { parameters: "a.*" }] });
    expect(named.map(({ name }) => groupOf(optimizer, name))).toEqual([1, 0, -1]);
    expect(named.map((each) => isFrozen(optimizer, each))).toEqual([false, true, false]);
    expect(() => checkGroupsUsed(optimizer, named)).not.toThrow();
    const idle = sgd({ groups: [{ parameters: /a/ }, { parameters: "a.bias" }] });
    expect(() => checkGroupsUsed(idle, named)).toThrow(
      'sgd: groups[1] ("a.bias") has no parameter of the model that no group before it has, expected at least one of a.weight, a.bias, b.weight',
    );
  });

  test.each<[readonly object[], string]>([
    [[{}], "sgd: groups[0]: parameters is undefined"],
    [[{ parameters: "" }], 'groups[0]: parameters is ""'],
    [[{ parameters: "a" }, { parameters: "b", lr: 1 }], "groups[1]: there is no option lr"],
    [[{ parameters: "a", rateFactor: -1 }], "groups[0]: rateFactor is -1"],
    [
      [{ parameters: "a", frozen: true, l2: 0.1, constraint: { maxNorm: 1 } }],
      "sgd: groups[0]: frozen is true and l2, constraint would do nothing, expected parameters alone",
    ],
    [[{ parameters: "a", frozen: true, learningRate: 0 }], "learningRate would do nothing"],
    [new Array(60).fill({ parameters: "*" }), "60 groups, expected at most 59"],
    [{} as never, "sgd: groups is an object"],
  ])("%j is refused", (groups, text) => {
    expect(() => sgd({ groups: groups as never })).toThrow(text);
  });
});

interface Made {
  readonly label: string;
  readonly bytes: number;
  freed: boolean;
}

/** A device that only makes buffers, and knows where parameters lie. */
function fakeDevice(places: ReadonlyMap<Parameter, { external: { elements: number }; offset: number }> = new Map()) {
  const made: Made[] = [];
  const writes: { offset: number; data: ArrayLike<number> }[] = [];
  const device = {
    gpu: {
      pushErrorScope() {},
      popErrorScope: async () => null,
      queue: { writeBuffer: (_: unknown, offset: number, data: ArrayLike<number>) => writes.push({ offset, data }) },
    },
    createBuffer: (label: string, bytes: number) => {
      const buffer = { label, bytes, freed: false };
      made.push(buffer);
      return buffer;
    },
    destroyBuffer: (buffer: Made) => {
      buffer.freed = true;
    },
    parameters: { placeOf: (each: Parameter) => places.get(each) },
  };
  return { device: device as unknown as Device, made, writes };
}

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

describe("guard", () => {
  const verdictOf = (words: Partial<Record<keyof typeof WORD, number>>, floats: [number, number] = [0.5, 2]) => {
    const { device } = fakeDevice();
    const bytes = new ArrayBuffer(4 * WORDS);
    for (const [name, value] of Object.entries(words)) new Uint32Array(bytes)[WORD[name as keyof typeof WORD]] = value;
    new Float32Array(bytes).set(floats, WORD.LOSS);
    return new Guard(device, "throw", []).verdict(bytes);
  };

  test("its words are a verdict", () => {
    expect(verdictOf({})).toEqual({ loss: 0.5, gradNorm: 2, held: false, heldCount: 0, latch: null });
    expect(verdictOf({ HOLD: 1, HELD: 7 })).toMatchObject({ held: true, heldCount: 7, latch: null });
    expect(verdictOf({ LATCH_FOUND: 1 }).latch).toBeNull();
    const latched = (bits: number) => verdictOf({ LATCH: 12, LATCH_FOUND: bits }).latch;
    expect([0, 1, 2, 3, 4, 6, 7].map(latched)).toEqual(
      ["loss", "loss", "gradient", "loss", "carry", "gradient", "loss"].map((what) => ({ step: 12, what })),
    );
  });

  test("holds 1 - β^2^k of the averages, and is released by its latch alone", () => {
    const { device, writes, made } = fakeDevice();
    const guard = new Guard(device, "throw", [0.9, 0.5]);
    expect(made).toMatchObject([{ label: "guard", bytes: 4 * WORDS }]);
    expect(writes.map(({ offset, data }) => [offset, data.length])).toEqual([
      [4 * POWERS[0], 32],
      [4 * POWERS[1], 32],
    ]);
    const half = [...Array.from(writes[1]?.data ?? [])];
    expect(half.slice(0, 4)).toEqual([0.5, 0.75, 1 - 2 ** -4, 1 - 2 ** -8]);
    expect(writes[0]?.data[1]).toBe(Math.fround(1 - Math.fround(0.9) ** 2));
    guard.release();
    expect(writes[2]).toEqual({ offset: 4 * WORD.LATCH, data: Uint32Array.of(0, 0) });
    expect(guard.bytes).toBe(4 * (WORD.HELD + 1));
    guard.dispose();
    expect(made[0]?.freed).toBe(true);
  });

  test.each<[OnNonFinite, number, string[]]>([
    ["continue", 0, ["norm_finish"]],
    ["skip", 1, ["norm_finish", "copy_unless_held", "copy_unless_held"]],
    ["throw", 2, ["norm_finish", "copy_unless_held", "copy_unless_held"]],
  ])("%s", (mode, number, kernels) => {
    const { device } = fakeDevice();
    const to = new LoweringContext(adapterOf(), hyper);
    const buffer = (size: number) => to.temporary([size], "float32", "state");
    const moves = [8, 6].map((size) => [buffer(size), buffer(size)] as const);
    let plain = 0;
    const state = {
      values: () => [],
      write(copy?: (from: Slot, target: Slot) => void) {
        if (copy) for (const [from, target] of moves) copy(from, target);
        else plain++;
      },
    };
    const guard = new Guard(device, mode, []);
    const verdict = guard.lower(to, buffer(1), buffer(5), state);
    expect(verdict).toMatchObject({ shape: [WORDS], dtype: "uint32", offset: 0 });
    expect(to.dispatches.map(({ kernel }) => kernel)).toEqual(kernels);
    expect(to.dispatches[0]?.params).toMatchObject({ count: 5, on_bad: number, every: 1, average_start: 0 });
    expect(plain).toBe(mode === "continue" ? 1 : 0);
    // eight elements go by fours, six do not
    expect(to.dispatches.slice(1).map(({ variant, params }) => [variant, params.size])).toEqual(
      mode === "continue"
        ? []
        : [
            ["vec4", 8],
            ["default", 6],
          ],
    );
  });
});

test("the guard looks at a carry's numbers, not at its integers, where it may hold a step back", () => {
  for (const mode of ["continue", "skip", "throw"] as const) {
    const to = new LoweringContext(adapterOf(), hyper);
    const [numbers, integers] = (["float32", "int32"] as const).map((dtype) => to.temporary([6], dtype, "next"));
    const next = [integers, numbers] as [Slot, Slot];
    const guard = new Guard(fakeDevice().device, mode, []);
    guard.lower(to, to.temporary([], "float32", "loss"), to.temporary([3], "float32", "squares"), {
      values: () => next,
      write() {},
    });
    const looks = to.dispatches.filter(({ kernel }) => kernel === "non_finite");
    expect(looks).toHaveLength(mode === "continue" ? 0 : 1);
    if (mode === "continue") continue;
    const sizes = [0, 1, 2, 3].map((k) => looks[0]?.params[`size${k}`]);
    expect([sizes, looks[0]?.params.bits, looks[0]?.params.flag_offset]).toEqual([[6, 0, 0, 0], 4, WORD.CARRY]);
    expect(looks[0]?.buffers).toContain(numbers?.buffer);
    expect(looks[0]?.buffers).not.toContain(integers?.buffer);
    // before the verdict, which needs it
    expect(to.dispatches.findIndex(({ kernel }) => kernel === "norm_finish")).toBe(1);
  }
});

test("inputs of eight steps are kept, no more", () => {
  const kept = new KeptInputs();
  for (let step = 1; step <= 9; step++) {
    kept.begin(step);
    kept.keep("x", Int32Array.of(step));
  }
  expect([1, 2, 9].map((step) => kept.get(step, "x")?.[0])).toEqual([undefined, 2, 9]);
  kept.release(4);
  expect([4, 5].map((step) => kept.get(step, "x")?.[0])).toEqual([undefined, 5]);
  kept.release(4);
  expect(kept.get(5, "x")?.[0]).toBe(5);
  expect(kept.get(5, "y")).toBeUndefined();
});
