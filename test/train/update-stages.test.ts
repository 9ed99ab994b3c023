// Gradients averaged over steps, and averages of weights: what they do beside what test/cases/train/optimizers.ts shows.
import { expect, test } from "vitest";
import {
  add,
  compile,
  DataError,
  decodeSafetensors,
  encodeSafetensors,
  float32,
  losses,
  mul,
  type NamedSpec,
  nn,
  optim,
  Parameter,
  sum,
  Trainer,
  type TrainerOptions,
  type Value,
} from "../../src/node.ts";
import type { LoweringContext } from "../../src/plan/lowering.ts";
import { chunkTable, Tables } from "../../src/train/update/tables.ts";
import { assertClose } from "../cases/support/assert.ts";
import { adapterOf } from "../plan/support.ts";
import { device } from "../support/device.ts";
import { tolerance } from "../support/tolerance.ts";

class Net extends nn.Module {
  readonly linear = new nn.Linear(3, 2);
  readonly rare = new Parameter([2], nn.initializers.constant(0.5));
}

type Extra = Partial<
  Pick<
    TrainerOptions<never, never>,
    | "optimizer"
    | "gradientAccumulationSteps"
    | "weightAverage"
    | "clipParameterNorm"
    | "onNonFinite"
    | "resume"
    | "seed"
  >
>;
type Inputs = { readonly x: NamedSpec<"batch">; readonly y: NamedSpec<"batch"> };

interface Run {
  readonly model: Net;
  readonly trainer: Trainer<Inputs, Record<never, never>, Value>;
  dispose(): void;
}

/** `rareFrom`: batches of at least so many rows use the other parameter, too. */
async function make(extra: Extra, rareFrom = 0): Promise<Run> {
  const model = new Net();
  const inputs: Inputs = { x: float32(["batch", 3]), y: float32(["batch", 2]) };
  const trainer = await Trainer.create<Inputs, Record<never, never>, Value>(device, model, {
    inputs,
    loss: ({ x, y }) => {
      const out = model.linear.forward(x);
      const isRare = (x.shape[0] as number) >= rareFrom;
      return losses.meanSquaredError(isRare ? add(out, model.rare) : out, y);
    },
    optimizer: optim.sgd({ learningRate: 0.5 }),
    seed: 3,
    ...extra,
  });
  const dispose = () => {
    trainer.dispose();
    model.dispose(device);
  };
  return { model, trainer, dispose };
}

interface Rows {
  readonly x: number[][];
  readonly y: number[][];
}

const rows = (batch: number, from = 0): Rows => {
  const array = (width: number) =>
    Array.from({ length: batch }, (_, i) => Array.from({ length: width }, (_, k) => Math.sin(3 * (i + from) + k)));
  return { x: array(3), y: array(2) };
};
const join = (...parts: readonly Rows[]): Rows => ({
  x: parts.flatMap(({ x }) => x),
  y: parts.flatMap(({ y }) => y),
});
const weightsOf = async ({ trainer }: Run): Promise<number[]> =>
  [...(await trainer.stateDict()).values()].flatMap(({ data }) => [...data]);

test("the mean over steps of several sizes is that of their gradients, and schedules count updates", async () => {
  const numbers: number[] = [];
  const optimizer = optim.sgd({
    learningRate(update) {
      numbers.push(update);
      return 0.5;
    },
  });
  const split = await make({ gradientAccumulationSteps: 2, optimizer });
  const before = await weightsOf(split).catch(() => []);
  expect(before).toHaveLength(10);
  for (const data of [rows(4), rows(4, 4)]) await split.trainer.step(data);
  const whole = await make({});
  await whole.trainer.step(join(rows(4), rows(4, 4)));
  assertClose("a batch in two", await weightsOf(split), await weightsOf(whole), tolerance.optimizer(2));
  // a smaller last batch counts as much as any: the mean of what each would do alone
  for (const data of [rows(6, 8), rows(2, 14)]) await split.trainer.step(data);
  expect(numbers).toEqual([1, 1, 2, 2]);
  expect(split.trainer.steps).toBe(4);
  const alone: number[][] = [];
  for (const data of [rows(6, 8), rows(2, 14)]) {
    const one = await make({});
    await one.trainer.step(join(rows(4), rows(4, 4)));
    await one.trainer.step(data);
    alone.push(await weightsOf(one));
    one.dispose();
  }
  const mean = (alone[0] as number[]).map((value, i) => (value + (alone[1]?.[i] as number)) / 2);
  assertClose("batches of two sizes", await weightsOf(split), mean, tolerance.optimizer(4));
  split.dispose();
  whole.dispose();
});

test("sizes that train other parameters have no mean", async () => {
  // fewer than the first one, and more
  for (const [first, second] of [
    [4, 2],
    [2, 4],
  ] as const) {
    const run = await make({ gradientAccumulationSteps: 2 }, 4);
    await run.trainer.step(rows(first));
    await expect(run.trainer.step(rows(second))).rejects.toThrow(
      /gradientAccumulationSteps: the loss depends on rare for inputs of some sizes only, expected the same/,
    );
    run.dispose();
  }
});

test("the model has its averaged weights for a while", async () => {
  const run = await make({ weightAverage: { decay: 0.5 }, gradientAccumulationSteps: 2 });
  const { trainer, model } = run;
  const program = await compile(device, model, {
    inputs: { x: float32([1, 3]) },
    fn: ({ x }) => ({ y: sum(mul(model.linear.forward(x), 1)) }),
  });
  const read = () => trainer.stateDict().then((state) => [...state.values()].flatMap(({ data }) => [...data]));
  const output = async () => [...(await (await program.run({ x: [[1, 1, 1]] })).y.read())];
  const [first, firstOutput] = [await read(), await output()];
  expect(await trainer.withAverage(read)).toEqual(first);
  await trainer.step(rows(4));
  for (let step = 1; step < 6; step++) trainer.stepWithoutLoss(rows(4, step));
  const trained = await read();
  expect(trained).not.toEqual(first);
  let saved = new Uint8Array();
  const found = await trainer.withAverage(async () => {
    await expect(trainer.step(rows(4))).rejects.toThrow(DataError);
    expect(() => trainer.stepWithoutLoss(rows(4))).toThrow("the model has its averaged weights, expected those");
    await expect(trainer.withAverage(() => 1)).rejects.toThrow("wait for what withAverage gave");
    // a checkpoint has the weights that are trained, whatever the model has
    const saving = trainer.checkpoint();
    const { loss: during } = await trainer.evaluate(rows(4));
    saved = await saving;
    expect((await trainer.evaluate(rows(4))).loss).toBe(during);
    expect(await output()).not.toEqual(firstOutput);
    const { loss } = await trainer.evaluate(rows(4));
    return { loss, weights: await read() };
  });
  expect(found.weights).not.toEqual(trained);
  expect(await read()).toEqual(trained);
  expect((await trainer.evaluate(rows(4))).loss).not.toBe(found.loss);
  expect(saved).toEqual(await trainer.checkpoint());
  await expect(
    trainer.withAverage(() => {
      throw new RangeError("mine");
    }),
  ).rejects.toThrow(RangeError);
  expect(await read()).toEqual(trained);
  await trainer.step(rows(4));
  program.dispose();
  run.dispose();
});

test("a trainer without an average has none to use, and a checkpoint belongs to a run with the same options", async () => {
  const plain = await make({});
  await expect(plain.trainer.withAverage(() => 1)).rejects.toThrow("create it with weightAverage: {}");
  plain.dispose();
  const run = await make({ gradientAccumulationSteps: 3, weightAverage: {} });
  await run.trainer.step(rows(4));
  const resume = await run.trainer.checkpoint();
  run.dispose();
  const wrong: readonly (readonly [Extra, string])[] = [
    [{ gradientAccumulationSteps: 3 }, "was saved with the trainer's average"],
    [{ weightAverage: {} }, "was saved with the trainer's accumulation"],
    [{ gradientAccumulationSteps: 2, weightAverage: {} }, "a run with gradientAccumulationSteps 3, expected 2"],
  ];
  for (const [options, text] of wrong) await expect(make({ ...options, resume, seed: 3 })).rejects.toThrow(text);
  // what is damaged is told of as well
  const { tensors, metadata } = decodeSafetensors(resume);
  const state = JSON.parse(metadata.state as string);
  for (const [part, text] of [
    ["accumulation", "a run with gradientAccumulationSteps undefined, expected 3"],
    ["optimizer", "of the optimizer undefined, expected sgd"],
  ] as const) {
    const parts = { ...state.parts, [part]: null };
    const damaged = encodeSafetensors(tensors, { ...metadata, state: JSON.stringify({ ...state, parts }) });
    const same = { gradientAccumulationSteps: 3, weightAverage: {}, resume: damaged };
    await expect(make(same)).rejects.toThrow(text);
  }
});

test("zeros have no sign and no direction, and NaN stays where it is", async () => {
  const constraint = { minNorm: 1, maxNorm: 1 };
  const groups = [
    { parameters: "rare", l1: 0.5, constraint },
    { parameters: "linear.weight", l1: 0.5, constraint },
    { parameters: "linear.bias", l2: 0.5 },
  ];
  const optimizer = optim.sgd({ learningRate: 0.5, groups });
  const run = await make({ optimizer, clipParameterNorm: 2, onNonFinite: "continue" }, 5);
  const names = ["linear.weight", "linear.bias", "rare"];
  const load = (values: readonly (readonly number[])[]) =>
    run.model.loadStateDict(
      device,
      new Map(names.map((name, i) => [name, { shape: i ? [2] : [2, 3], data: Float32Array.from(values[i] ?? []) }])),
    );
  const read = async () => {
    const state = await run.trainer.stateDict();
    return names.map((name) => [...(state.get(name)?.data ?? [])]);
  };
  const [zeros, still] = [[0, 0, 0, 0, 0, 0], { x: [[0, 0, 0]], y: [[0, 0]] }];
  load([zeros, [0, 0], [3, 4]]);
  // the loss leaves `rare` out, so that nothing is done to it
  await run.trainer.step(still);
  expect(await read()).toEqual([zeros, [0, 0], [3, 4]]);
  const five = { x: Array(5).fill([0, 0, 0]), y: Array(5).fill([1, 0]) };
  load([zeros, [1, 0], [0, 0]]);
  await run.trainer.step(five);
  // the bias by its penalty alone, whose gradient is not too large
  expect(await read()).toEqual([zeros, [0.5, 0], [0, 0]]);
  load([
    [1, 2, 3, 0, 3, 4],
    [0, 0],
    [0, 0],
  ]);
  await run.trainer.step({ x: [[0, 0, 0]], y: [[Number.NaN, 0]] });
  const [weight = []] = await read();
  expect(weight[0]).toBeNaN();
  // of the other unit nothing is NaN
  expect(weight[3]).toBe(0);
  expect(Math.hypot(...weight.slice(4))).toBeCloseTo(1, 6);
  run.dispose();
});

test("they take one dispatch for all parameters of a buffer, clipping two, and leave no memory behind", async () => {
  type Group = Omit<optim.ParameterGroup, "parameters">;
  const dispatches = async (group: Group, extra: Extra = {}, others: readonly optim.ParameterGroup[] = []) => {
    const { bytes } = device.counters;
    const groups = [...others, { parameters: "*", ...group }];
    const run = await make({ optimizer: optim.sgd({ groups }), ...extra });
    await run.trainer.prepare({ batch: 1 });
    const { dispatches: found } = run.trainer.stats;
    run.dispose();
    expect(device.counters.bytes).toBe(bytes);
    return found;
  };
  const plain = await dispatches({});
  expect(await dispatches({}, { weightAverage: {} })).toBe(plain + 1);
  expect(await dispatches({}, { gradientAccumulationSteps: 2 })).toBe(plain + 2);
  for (const penalties of [{ l1: 1, l2: 2 }, { l1: 1 }, { l2: 1 }]) expect(await dispatches(penalties)).toBe(plain + 1);
  // of some parameters alone
  const others = [{ parameters: "rare" }];
  expect(await dispatches({ l1: 1 }, {}, others)).toBe((await dispatches({}, {}, others)) + 1);
  expect(await dispatches({ constraint: { maxNorm: 1 } })).toBe(plain + 1);
  expect(await dispatches({}, { clipParameterNorm: 1 })).toBe(plain + 2);
});

test("chunks end with their parameter, and are few where it is large", () => {
  const [small, large] = [
    new Parameter([3, 171], nn.initializers.zero),
    new Parameter([2 ** 20], nn.initializers.zero),
  ];
  const places = [
    { parameter: small, start: 8 },
    { parameter: large, start: 524 },
  ];
  const { words, chunks } = chunkTable(adapterOf("software"), places, (_, { from, to }) => [from, to]);
  const rows = Array.from({ length: chunks }, (_, i) => [...words.subarray(4 * i, 4 * i + 4)]);
  expect(rows.slice(0, 3)).toEqual([
    [2, 130, 0, 2],
    [130, 131, 0, 2],
    [131, 131 + 256, 2, 1026],
  ]);
  expect(rows.at(-1)).toEqual([131 + 255 * 1024 + 768, 131 + 2 ** 18, 2, 1026]);
  expect(rows).toHaveLength(1026);
});

test("tables of the same words are one, however many programs read them, and go with their stage", () => {
  const { bytes } = device.counters;
  const tables = new Tables(device, "test");
  const to = { external: (...given: unknown[]) => given } as unknown as LoweringContext;
  const slot = (...words: number[]) => tables.slot(to, Uint32Array.from(words)) as unknown as readonly unknown[];
  const [first, again, other] = [slot(1, 2, 3), slot(1, 2, 3), slot(12, 3)];
  expect(first.slice(1)).toEqual([0, [3], "uint32"]);
  expect([again[0] === first[0], other[0] === first[0]]).toEqual([true, false]);
  expect(device.counters.bytes).toBeGreaterThan(bytes);
  tables.dispose();
  expect(device.counters.bytes).toBe(bytes);
});

test("a bound that cannot be is refused before anything is made", async () => {
  const of = (constraint: optim.NormConstraint) => () =>
    optim.sgd({ groups: [{ parameters: "linear.weight", constraint }] });
  expect(of({})).toThrow("groups[0]: constraint has no bound, expected minNorm, maxNorm or both");
  expect(of({ minNorm: 2, maxNorm: 1 })).toThrow("constraint.minNorm is 2, expected at most maxNorm, which is 1");
  expect(of({ maxNorm: 1, rate: 0 })).toThrow("constraint.rate is 0, expected a number above 0, up to 1");
  for (const axis of [2, -3, [0, 0], [], [0, 2]]) {
    await expect(make({ optimizer: of({ maxNorm: 1, axis })() })).rejects.toThrow(
      /constraint.axis is .* for linear.weight \[2, 3\], expected axes from -2 to 1 that lie side by side/,
    );
  }
  await expect(make({ clipParameterNorm: -1 })).rejects.toThrow("clipParameterNorm is -1, expected a finite number");
});
