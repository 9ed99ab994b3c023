/** Random numbers in loops, in their parts that are computed again, and in loops of loops. */
import type { Case, CaseContext } from "../../../harness/case.ts";
import {
  add,
  checkpoint,
  compile,
  dropout,
  float32,
  full,
  gradients,
  matmul,
  mul,
  nn,
  randomUniform,
  type ScanOptions,
  scan,
  sum,
  type Tensor,
  tanh,
  type Value,
} from "../../../src/index.ts";
import { array, type NdArray, uniform } from "../../reference/array.ts";
import { tolerance } from "../../support/tolerance.ts";
import { assert, assertClose, assertSame } from "../support/assert.ts";
import { type Check, opCase } from "../support/check.ts";
import { engine, type Ops, oracle } from "../support/ops.ts";
import { pair } from "../support/pair.ts";
import { adapterKinds, withProfile } from "../support/profile.ts";
import { layerOf, runLayer } from "../support/recurrent-layers.ts";

const [T, B, H] = [5, 3, 4] as const;
const RATE = 0.4;
const floats = (shape: readonly number[], seed: number) => Float32Array.from(uniform(shape, seed).data);

/** A cell that drops what it carries: the draw cannot leave the loop. */
function carriedDrops<T>(o: Ops<T>, x: readonly T[], drop: (h: T, mask: T | null) => T, options: ScanOptions) {
  const [xs, h0, w, masks] = x as readonly [T, T, T, T?];
  const [finals, outputs] = o.scan(
    masks ? [xs, masks] : [xs],
    [h0],
    ([h], [x, mask]) => {
      const next = drop(o.tanh(o.add(o.matmul(h, w), x)), masks ? mask : null);
      return [[next], [o.mul(next, next)]];
    },
    options,
  );
  return [...outputs, ...finals];
}

const WAYS: readonly ScanOptions[] = [
  {},
  { reverse: true },
  { checkpointEvery: 2 },
  { checkpointEvery: 1, reverse: true },
];

/** The oracle is told the masks, by a program that draws nothing else: stream by stream the same. */
async function carried(context: CaseContext): Promise<unknown> {
  using compiled = await compile(context.device, null, {
    inputs: { none: float32([1]) },
    training: true,
    fn: () => WAYS.map(() => dropout(full([T, B, H], 1), RATE)),
  });
  const tensors = (await compiled.run({ none: new Float32Array(1) })) as Tensor[];
  const masks = await Promise.all(tensors.map(async (tensor) => array([T, B, H], await tensor.read())));
  const checks = WAYS.map(
    (options, i): Check => ({
      label: JSON.stringify(options),
      training: true,
      inputs: [uniform([T, B, H], 1), uniform([B, H], 2), uniform([H, H], 3, -0.5, 0.5)],
      f: pair(
        (x) => carriedDrops(engine, x.slice(0, 3), (h) => dropout(h, RATE), options),
        (x) =>
          carriedDrops<NdArray>(
            oracle,
            [...x.slice(0, 3), masks[i] as NdArray],
            (h, mask) => oracle.mul(h, mask as NdArray),
            { reverse: options.reverse ?? false },
          ),
      ),
      tolerance: tolerance.recurrent(T, 2 * H),
      gradients: tolerance.recurrent(2 * T, 8 * H),
    }),
  );
  return opCase("", () => checks).run(context);
}

type Results = readonly Value[];

/** Runs programs of one signature with one seed on memory full of NaN. */
async function results({ device }: CaseContext, fn: (xs: Value, h0: Value, w: Value) => Results) {
  using compiled = await compile(device, null, {
    inputs: { xs: float32([T, B, H]), h0: float32([B, H]), w: float32([H, H]) },
    fn: ({ xs, h0, w }) => [...fn(xs, h0, w)],
    seed: 11,
    training: true,
  });
  compiled.replay.poison();
  const tensors = await compiled.run({ xs: floats([T, B, H], 1), h0: floats([B, H], 2), w: floats([H, H], 3) });
  return Promise.all((tensors as Tensor[]).map(async (tensor) => (await tensor.read()) as Float32Array));
}

/** Draws that are hoisted, run in the loop, are sunk, and stand alone: one program in parts draws what it draws whole. */
const everyPlace = (options: ScanOptions) => (xs: Value, h0: Value, w: Value) => {
  const [h, outputs] = scan(
    xs,
    h0,
    (h, x) => {
      const inner = tanh(add(matmul(dropout(h, 0.3), w), dropout(x, 0.5)));
      const next = mul(inner, dropout(full([B, H], 1), 0.2));
      return [next, [randomUniform([2]), mul(dropout(next, 0.4), x), dropout(w, 0.5)]] as const;
    },
    options,
  );
  const loss = [...outputs, h].map((value) => sum(value)).reduce((a, b) => add(a, b));
  return [...outputs, h, ...(gradients(loss, [xs, h0, w]) as Value[])];
};

async function inParts(context: CaseContext): Promise<void> {
  for (const reverse of [false, true]) {
    const whole = await results(context, everyPlace({ reverse }));
    for (const checkpointEvery of [1, 3]) {
      const parts = await results(context, everyPlace({ reverse, checkpointEvery }));
      whole.forEach((want, i) => {
        const label = `reverse ${reverse}, every ${checkpointEvery}, result ${i}`;
        // sums over steps are made in another order
        assertClose(label, parts[i] as Float32Array, want, tolerance.recurrent(2 * T, 8 * H));
      });
    }
  }
}

/** Masks of layers, between them and inside, do not depend on where their states are kept. */
async function layersInParts({ device }: CaseContext): Promise<void> {
  const layers = [
    ["RNN", { numLayers: 2, dropout: 0.3, zoneout: 0.3 }],
    ["GRU", { bidirectional: true, recurrentDropout: 0.4, zoneout: 0.2 }],
    ["RNN", { bidirectional: true, zoneout: 0.2 }],
    ["RNN", { bidirectional: true, recurrentDropout: 0.4 }],
    ["LSTM", { numLayers: 2, dropout: 0.3, recurrentDropout: 0.4, zoneout: { h: 0.2, c: 0.4 } }],
  ] as const;
  const run = async (more: nn.RecurrentOptions) => {
    class Layers extends nn.Module {
      list = layers.map(([kind, each]) => layerOf(kind, H, H, { ...each, ...more }));
    }
    const model = new Layers();
    const parameters = model.list.map((layer) => [...layer.parameters()]);
    using compiled = await compile(device, model, {
      training: true,
      seed: 5,
      inputs: { x: float32([B, T, H]) },
      fn: ({ x }) =>
        model.list.map((layer, i) => {
          const { outputs, states } = runLayer(layer, x);
          const values = [outputs, ...Object.values(states)];
          const loss = values.map((value) => sum(mul(value, value))).reduce((a, b) => add(a, b));
          return [...values, ...gradients(loss, [x, ...(parameters[i] ?? [])])] as Value[];
        }),
    });
    const found = await compiled.run({ x: floats([B, T, H], 1) });
    const read = await Promise.all(found.map((list) => Promise.all(list.map((tensor) => tensor.read()))));
    model.dispose(device);
    return read;
  };
  const whole = await run({});
  const parts = await run({ checkpointEvery: 2 });
  whole.forEach((list, i) => {
    list.forEach((want, k) => {
      const label = `${JSON.stringify(layers[i])}, result ${k}`;
      assertClose(label, parts[i]?.[k] as Float32Array, want, tolerance.recurrent(4 * T, 8 * H));
    });
  });
}

async function nested(context: CaseContext): Promise<void> {
  const drop = (x: Value) => dropout(x, 0.5);
  const [once, twice, slope] = (await results(context, (xs) => {
    const y = checkpoint((a) => drop(checkpoint((b) => drop(b), a)), full([T, B, H], 1));
    const z = checkpoint((a) => checkpoint((b) => drop(b), a), xs);
    const ofOnes = checkpoint((a) => checkpoint((b) => drop(b), a), mul(xs, 0));
    return [z, y, gradients(sum(z), [xs])[0] as Value, ofOnes];
  })) as [Float32Array, Float32Array, Float32Array];
  const x = floats([T, B, H], 1);
  assertSame("mask of the gradient", Array.from(slope, Boolean).map(Number), Array.from(once, Boolean).map(Number));
  assert(twice.includes(4) && twice.includes(0), "both draw");
  assert(
    once.every((value, i) => value === 0 || value === 2 * (x[i] as number)),
    "dropped or doubled",
  );
  // a loop in a loop: no two of the T · B inner steps draw the same, whole or in parts
  const rows = (outer: ScanOptions, inner: ScanOptions) =>
    results(context, (xs, h0) => {
      const [, ys] = scan(
        xs,
        h0,
        (h, x) => {
          const [, zs] = scan(
            x,
            mul(sum(x, 0), 0),
            (g, row) => [add(g, row), drop(add(full([H], 1), mul(g, 0)))],
            inner,
          );
          return [add(h, mul(x, 0)), zs];
        },
        outer,
      );
      return [ys];
    });
  const [plain] = await rows({}, {});
  const seen = new Set(Array.from({ length: T * B }, (_, i) => String(plain?.subarray(i * H, (i + 1) * H))));
  // 16 patterns for 15 rows: were the outer steps alike, there would be 3 at most
  assert(seen.size > 5, `${seen.size} patterns in ${T * B} steps`);
  for (const [outer, inner] of [
    [{ checkpointEvery: 2 }, {}],
    [{}, { checkpointEvery: 2 }],
    [{ checkpointEvery: 3, reverse: true }, { checkpointEvery: 1 }],
  ] as const) {
    const [parts] = await rows(outer, inner);
    assertSame(JSON.stringify([outer, inner]), parts ?? [], plain ?? []);
  }
}

export const drawCases: readonly Case[] = [
  { name: "dropout that the carry depends on, by its masks", run: carried },
  { name: "draws of a loop in parts are those of the whole", run: inParts },
  {
    name: "draws of layers with checkpointEvery are those without",
    async run(context) {
      for (const kind of adapterKinds) await withProfile(context.device, kind, () => layersInParts(context));
    },
  },
  { name: "draws in checkpoints of checkpoints and loops of loops", run: nested },
];
