import type { Case } from "../../../harness/case.ts";
import {
  compile,
  type Device,
  float32,
  int32,
  matmul,
  mean,
  nn,
  openDevice,
  optim,
  Trainer,
  toFloat16,
  toFloat32,
  type Value,
} from "../../../src/index.ts";
import { halves, integers, uniform } from "../../reference/array.ts";
import * as reference from "../../reference/index.ts";
import { tolerance } from "../../support/tolerance.ts";
import { assert, assertClose, assertRejects, assertSame } from "../support/assert.ts";
import { type Check, opCase } from "../support/check.ts";
import { engine, type Ops } from "../support/ops.ts";
import { adapterKinds, quadSizes, recurrentWays, widestSizes, wideWays, withProfile } from "../support/profile.ts";
import { recurrenceCase } from "../support/recurrence.ts";

/** The data are halves already, so that storing them in 16 bits changes nothing for the oracle. */
const stored = <T>(o: Ops<T>, x: T): T => (o === (engine as unknown) ? (toFloat16(x as Value) as T) : x);

/** m, k, n around the blocks of each way, multiples of four and not. */
const SIZES = [
  [1, 1, 1],
  [3, 5, 7],
  [1, 4, 4],
  [1, 12, 36],
  [1, 7, 8],
  [7, 8, 16],
  [9, 16, 20],
  [33, 20, 64],
  [36, 12, 31],
  [65, 36, 68],
] as const;

const WAY_SIZES = [
  [1, 12, 36],
  [9, 16, 20],
  [33, 20, 64],
] as const;

const TRANSPOSES = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;

function product(
  [m, k, n]: readonly [number, number, number],
  [transposeA, transposeB]: readonly [boolean, boolean],
  lead: readonly number[] = [],
): Check {
  const flip = (swap: boolean, [a, b]: readonly [number, number]) => (swap ? [b, a] : [a, b]);
  const a = [...lead, ...flip(transposeA, [m, k])];
  const b = flip(transposeB, [k, n]);
  return {
    label: `[${a}]${transposeA ? "ᵀ" : ""} · [${b}]${transposeB ? "ᵀ" : ""} in 16 bits`,
    inputs: [uniform(a, 1), halves(b, 2), uniform([n], 3)],
    f: (o, [x, y, bias]) => o.matmul(x, stored(o, y), { transposeA, transposeB, bias }),
    tolerance: tolerance.matmul(k),
    gradients: tolerance.matmul(Math.max(m * (lead[0] ?? 1), n)),
    probes: 4,
  };
}

const lookup = (entries: number, features: number): Check => ({
  label: `table [${entries}, ${features}] in 16 bits`,
  inputs: [integers([5], [0, entries - 1, -1, 0, entries >> 1]), halves([entries, features], 1)],
  f: (o, [indices, table]) => o.embedding(indices, stored(o, table)),
  tolerance: tolerance.exact,
  gradients: tolerance.reduction(5),
});

const lstm = ([steps, batch, hidden]: readonly [number, number, number]): Check => ({
  label: `lstm T ${steps} B ${batch} H ${hidden} in 16 bits`,
  inputs: [
    uniform([steps, batch, 4 * hidden], 1, -2, 2),
    halves([4 * hidden, hidden], 2, 1 / Math.sqrt(hidden)),
    uniform([batch, hidden], 3),
    uniform([batch, hidden], 4),
  ],
  f(o, [projected, weight, h0, c0]) {
    const { outputs, h, c } = o.lstm(projected, stored(o, weight), h0, c0);
    return [outputs, h, c];
  },
  tolerance: tolerance.recurrent(steps, hidden),
  gradients: tolerance.recurrent(steps, 4 * hidden + batch),
  probes: 3,
});

/** Weights from outside a loop, read as they are stored and, by the sum and the product, as a float32 copy. */
const loop = ([steps, units]: readonly [number, number]): Check => ({
  label: `scan with weights in 16 bits, T ${steps} H ${units}`,
  inputs: [
    uniform([steps, 3, units], 1),
    uniform([3, units], 2),
    halves([units, units], 3, 1.5 / Math.sqrt(units)),
    halves([units], 4),
  ],
  f(o, [xs, h0, weight, scale]) {
    const [w, v] = [stored(o, weight), stored(o, scale)];
    const [[last], [ys]] = o.scan([xs], [h0], ([h], [x]) => {
      const next = o.tanh(o.add(o.matmul(h, w), o.mul(x, v)));
      return [[next], [o.softmax(o.add(next, v))]];
    });
    return [ys, last] as never;
  },
  tolerance: tolerance.recurrent(steps, units),
  gradients: tolerance.recurrent(steps, 4 * units),
  probes: 8,
});

/** T, H: of 67 units a GPU's thread takes two numbers of a row. */
const LOOPS = [
  [5, 8],
  [2, 67],
] as const;

/** T, B, H: rows of 1, 4 and 8, and units that are no multiple of four, of which a GPU's thread takes one number or two. */
const RECURRENT = [
  [2, 1, 4],
  [3, 3, 8],
  [2, 9, 36],
  [3, 2, 5],
  [2, 3, 21],
] as const;

/** Around the rows and units of quads. */
const QUADS = quadSizes.filter(([, batch]) => [5, 9, 17, 33].includes(batch));
/** Of several gates more units than in 32 bits. */
const WIDE = widestSizes.filter(([, , hidden]) => [65, 97, 127, 128].includes(hidden));
const gru = (resetAfter: boolean) => ({ cell: "gru", bias: resetAfter, resetAfter, float16: true }) as const;

/** Values at the ends of what 16 bits hold, and their neighbours there. */
const EDGES = [
  0,
  1,
  -1,
  65504,
  65519,
  65520,
  3.4e38,
  Number.NEGATIVE_INFINITY,
  -1e9,
  2 ** -14,
  2 ** -24,
  3 * 2 ** -25,
  2 ** -26,
  1 + 2 ** -11,
  1 + 3 * 2 ** -11,
  0.1,
];

const conversion: Case = {
  name: "float16 storage",
  async run({ device }) {
    for (const size of [1, 2, 3, 4, 5, 257]) {
      const x = [...EDGES, ...uniform([size], 1, -100, 100).data].slice(-size);
      using compiled = await compile(device, null, {
        inputs: { x: float32([size]) },
        fn: ({ x }) => ({ once: toFloat32(toFloat16(x)), twice: toFloat32(toFloat16(toFloat32(toFloat16(x)))) }),
      });
      compiled.replay.poison();
      const { once, twice } = await compiled.run({ x });
      const got = [...(await once.read())];
      assertClose(`${size} numbers`, got, x.map(overflowing), tolerance.float16);
      assertSame(`${size} numbers again`, [...(await twice.read())], got);
    }
    using edges = await compile(device, null, {
      inputs: { x: float32([EDGES.length + 1]) },
      fn: ({ x }) => toFloat32(toFloat16(x)),
    });
    const got = [...(await (await edges.run({ x: [...EDGES, Number.NaN] })).read())];
    assertClose("edges", got.slice(0, -1), EDGES.map(overflowing), tolerance.float16);
    assert(Number.isNaN(got.at(-1)), `NaN is stored as ${got.at(-1)}`);
  },
};

/** To infinity from half a step beyond the largest number on. */
const overflowing = (x: number): number => {
  if (Math.abs(x) >= 65520) return Math.sign(x) * Number.POSITIVE_INFINITY;
  return Math.max(-65504, Math.min(65504, x));
};

/** All kinds of layers with weights: whatever has no kernel for 16 bits must find its float32 copy. */
class Net extends nn.Module implements Model {
  readonly embed = new nn.Embedding(11, 12);
  readonly lstm = new nn.LSTM(12, 16, { numLayers: 2, bidirectional: true });
  readonly gru = new nn.GRU(32, 10, { resetAfter: false });
  readonly rnn = new nn.RNN(10, 8, { trainableState: true });
  readonly minimal = new nn.MinGRU(8, 8);
  readonly peephole = new nn.LSTM(8, 8, { peephole: true });
  readonly attention = new nn.MultiheadAttention(8, 2);
  readonly head = new nn.Linear(8, 3);

  forward(tokens: Value): Value {
    const [fromLstm] = this.lstm.forward(this.embed.forward(tokens));
    const [fromGru] = this.gru.forward(fromLstm);
    const [fromRnn] = this.rnn.forward(fromGru);
    const [fromMinimal] = this.minimal.forward(fromRnn);
    const [fromPeephole] = this.peephole.forward(fromMinimal);
    return this.head.forward(this.attention.forward(fromPeephole));
  }
}

/** The table of words is the head as well, and all learned positions are added. */
class Writer extends nn.TransformerLM implements Model {
  constructor() {
    super(11, { dModel: 8, numHeads: 2, numLayers: 1, maxLength: 6, positions: "learned" });
  }
}

interface Model extends nn.Module {
  forward(tokens: Value): Value;
}

const SEQUENCES = Array.from({ length: 2 }, (_, b) => Array.from({ length: 6 }, (_, t) => (5 * b + 3 * t) % 11));

const models: Case = {
  name: "half models",
  async run({ device }) {
    const run = async (model: Model): Promise<number[]> => {
      using compiled = await compile(device, model, {
        inputs: { tokens: int32([2, 6]) },
        fn: ({ tokens }) => model.forward(tokens),
      });
      compiled.replay.poison();
      const outputs = await compiled.run({ tokens: SEQUENCES });
      return [...((await outputs.read()) as Float32Array)];
    };
    for (const [kind, Kind] of adapterKinds.flatMap((kind) => [Net, Writer].map((Kind) => [kind, Kind] as const))) {
      await withProfile(device, kind, async () => {
        const [full, half] = [new Kind(), new Kind()];
        const wanted = await run(full);
        half.loadStateDict(device, await full.stateDict(device));
        await half.half(device);
        const got = await run(half);
        assertClose(`${kind}: outputs`, got, wanted, tolerance.float16Weights(64));
        // the same numbers in float32 must give the same but for the order of sums
        const rounded = await half.stateDict(device);
        for (const [name, { data, shape }] of rounded) {
          const original = (await full.stateDict(device)).get(name)?.data as Float32Array;
          assertClose(name, data, original, shape.length === 2 ? tolerance.float16 : tolerance.exact);
        }
        full.loadStateDict(device, rounded);
        assertClose(`${kind}: outputs of rounded weights`, got, await run(full), tolerance.recurrent(24, 64));
        const [fullBytes, halfBytes] = [full, half].map((model) => {
          const before = device.counters.bytes;
          model.dispose(device);
          return before - device.counters.bytes;
        }) as [number, number];
        assert(halfBytes < 0.6 * fullBytes, `${halfBytes} bytes, expected little more than half of ${fullBytes}`);
      });
    }
  },
};

/** Matrices of an odd number of weights fill no whole words. */
const odd: Case = {
  name: "half models, odd sizes",
  async run({ device }) {
    for (const [inputs, outputs] of [
      [1, 1],
      [3, 1],
      [5, 3],
      [7, 9],
    ] as const) {
      const model = new nn.Linear(inputs, outputs);
      const weight = halves([outputs, inputs], 1);
      const bias = uniform([outputs], 2);
      const given = Object.entries({ weight, bias }).map(
        ([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }] as const,
      );
      model.loadStateDict(device, new Map(given));
      await model.half(device);
      const found = await model.stateDict(device);
      for (const [name, { data }] of given) assertSame(name, found.get(name)?.data ?? [], data);
      const x = uniform([2, inputs], 3);
      using compiled = await compile(device, model, {
        inputs: { x: float32(x.shape) },
        fn: ({ x }) => model.forward(x),
      });
      compiled.replay.poison();
      const got = await (await compiled.run({ x: Float32Array.from(x.data) })).read();
      const want = reference.linear(x, weight, bias);
      assertClose(`[${outputs}, ${inputs}]`, got, want.data, tolerance.matmul(inputs));
      model.dispose(device);
    }
  },
};

/** Each device has its own numbers of a model, and stores them in its own time. */
const twoDevices: Case = {
  name: "half models on two devices",
  async run({ device }) {
    const other = await openDevice();
    try {
      const model = new nn.Linear(6, 3);
      const x = uniform([2, 6], 3);
      const compiling = (on: Device, seed = 0) =>
        compile(on, model, { inputs: { x: float32(x.shape) }, fn: ({ x }) => ({ y: model.forward(x) }), seed });
      const run = async (program: Awaited<ReturnType<typeof compiling>>) => (await program.run({ x: x.data })).y.read();
      const early = await compiling(other, 7);
      const wanted = await run(early);
      const before = await model.stateDict(other);
      await model.half(device);
      // what is there already goes on, and is read as it is stored
      assertSame("the program of before", await run(early), wanted);
      assertSame(
        "weights of before",
        (await model.stateDict(other)).get("weight")?.data ?? [],
        before.get("weight")?.data ?? [],
      );
      const late = await compiling(other);
      assertClose("outputs", await run(late), wanted, tolerance.float16Weights(6));
      const after = await model.stateDict(other);
      assertClose("weights", after.get("weight")?.data ?? [], before.get("weight")?.data ?? [], tolerance.float16);
      assertSame("biases", after.get("bias")?.data ?? [], before.get("bias")?.data ?? []);
      await assertRejects("DataError", ["disposed", "compile again"], () => early.run({ x: x.data }));

      // a device that has no numbers of it yet draws what the first one drew, rounded
      model.dispose(other);
      const fresh = new nn.Linear(6, 3);
      await fresh.half(device, 5);
      const first = await fresh.stateDict(device);
      await compile(other, fresh, { inputs: { x: float32(x.shape) }, fn: ({ x }) => fresh.forward(x), seed: 5 });
      const second = await fresh.stateDict(other);
      for (const [name, { data }] of first) assertSame(name, second.get(name)?.data ?? [], data);
      for (const each of [model, fresh]) each.dispose(device);
    } finally {
      other.dispose();
    }
  },
};

const refusals: Case = {
  name: "half models, errors",
  async run({ device }) {
    const model = new nn.Linear(3, 2);
    const weight = { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 7e4, 6) };
    model.loadStateDict(
      device,
      new Map([
        ["weight", weight],
        ["bias", { shape: [2], data: Float32Array.of(1, 2) }],
      ]),
    );
    await assertRejects("DataError", ["half", "weight", "70000", "[1, 1]", "65504"], () => model.half(device));
    assertSame("weights", (await model.stateDict(device)).get("weight")?.data ?? [], weight.data);
    model.loadStateDict(
      device,
      new Map(
        [...(await model.stateDict(device))].map(([name, entry]) => [
          name,
          { ...entry, data: entry.data.map(() => 1) },
        ]),
      ),
    );
    await model.half(device);
    const trained = Trainer.create(device, model, {
      inputs: { x: float32([1, 3]) },
      loss: ({ x }) => mean(matmul(x, model.weight, { transposeB: true })),
      optimizer: optim.sgd({ learningRate: 0.1 }),
    });
    await assertRejects("DataError", ["no trainable parameter", "16 bits"], () => trained);
    const spec = { shape: [2], dtype: "float16" } as const;
    const compiling = () => compile(device, null, { inputs: { x: spec }, fn: ({ x }) => x });
    await assertRejects("DtypeError", ["x", "float16", "toFloat16"], compiling);
    using given = await compile(device, null, { inputs: { x: float32([3]) }, fn: ({ x }) => toFloat16(x) });
    const output = await given.run({ x: [1, 2, 3] });
    assertSame(`output as ${output.dtype}`, await output.read(), [1, 2, 3]);
    model.dispose(device);
  },
};

export const float16Cases: readonly Case[] = [
  conversion,
  opCase("float16 matmul", () => [
    ...TRANSPOSES.flatMap((transposes) => SIZES.map((size) => product(size, transposes))),
    ...TRANSPOSES.map((transposes) => product([9, 8, 36], transposes, [3])),
  ]),
  // the layouts for which there are kernels that read it
  opCase(
    "float16 matmul by each way",
    () =>
      [false, true].flatMap((transposeB) => [
        ...WAY_SIZES.map((size) => product(size, [false, transposeB])),
        product([1, 8, 36], [false, transposeB], [3]),
      ]),
    ["row", "blocks", "wide blocks", "quads", "low quads", "tiled", "split", "naive"],
  ),
  opCase("float16 in a scan", () => LOOPS.map(loop)),
  opCase("float16 embedding", () => [lookup(1, 1), lookup(7, 5), lookup(9, 4), lookup(300, 68)]),
  opCase("float16 lstm", () => RECURRENT.map(lstm), recurrentWays),
  opCase("float16 lstm by quads", () => QUADS.map(lstm), ["quads of 8"]),
  ...[true, false].map((resetAfter) =>
    recurrenceCase(
      `float16 gru, reset ${resetAfter ? "after" : "before"}`,
      RECURRENT.map((size) => ({ ...gru(resetAfter), size })),
      resetAfter ? recurrentWays : ["steps", "sequence of 8"],
    ),
  ),
  recurrenceCase(
    "float16 gru by quads",
    QUADS.map((size) => ({ ...gru(true), size })),
    ["quads of 8"],
  ),
  recurrenceCase(
    "float16 rnn",
    RECURRENT.map((size) => ({ cell: "rnn", size, float16: true }) as const),
    [...recurrentWays, "naive"],
  ),
  opCase("float16 lstm, wide sequences", () => WIDE.map(lstm), wideWays),
  // the GRU that resets before has them where a workgroup may have 768 threads
  recurrenceCase(
    "float16 gru and rnn, wide sequences",
    WIDE.flatMap((size) => [
      { ...gru(true), size },
      { ...gru(false), size },
      { cell: "rnn" as const, size, float16: true },
    ]),
    wideWays,
  ),
  models,
  odd,
  twoDevices,
  refusals,
];
