// Inputs of sizes that vary: one trainer, one compiled function, a program for each size.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  add,
  compile,
  type Device,
  float32,
  int32,
  losses,
  mean,
  memoryCheckpoints,
  mul,
  nn,
  openDevice,
  optim,
  reshape,
  ShapeError,
  sum,
  Trainer,
  type Value,
} from "../../src/node.ts";
import { generator } from "../reference/array.ts";

let device: Device;
beforeAll(async () => {
  device = await openDevice();
});
afterAll(() => device.dispose());

class Net extends nn.Module {
  readonly embed = new nn.Embedding(7, 4);
  readonly rnn = new nn.GRU(4, 8);
  readonly head = new nn.Linear(8, 7);

  forward(tokens: Value, h?: Value, lengths?: Value): [logits: Value, h: Value] {
    const [hidden, next] = this.rnn.forward(this.embed.forward(tokens), h, lengths ? { lengths } : {});
    return [this.head.forward(hidden), next as Value];
  }
}

const named = { tokens: int32(["batch", "time"]), targets: int32(["batch", "time"]) };
const fixed = (batch: number, time: number) => ({ tokens: int32([batch, time]), targets: int32([batch, time]) });
const optimizer = optim.adamW({ learningRate: 0.01 });

const lossOf =
  (model: Net) =>
  ({ tokens, targets }: { readonly tokens: Value; readonly targets: Value }) =>
    losses.crossEntropy(model.forward(tokens)[0], targets);

function batchOf(batch: number, time: number, seed = batch * 100 + time) {
  const random = generator(seed);
  const rows = () => Array.from({ length: batch }, () => Array.from({ length: time }, () => Math.floor(7 * random())));
  return { tokens: rows(), targets: rows() };
}

const bitsOf = async (trainer: { stateDict(): Promise<nn.StateDict> }) =>
  [...(await trainer.stateDict())].map(([name, { data }]) => [name, [...data]]);

async function make(options: object = {}) {
  const model = new Net();
  const trainer = await Trainer.create(device, model, {
    inputs: named,
    loss: lossOf(model),
    optimizer,
    clipNorm: 1,
    seed: 3,
    ...options,
  });
  return { model, trainer };
}

const sizes12 = [1, 3, 5, 8].flatMap((batch) => [2, 7, 12].map((time) => [batch, time] as const));

describe("a trainer over 12 sizes", () => {
  test("trains as trainers of one size each that hand on parameters and moments, and takes the memory of the largest", async () => {
    const { trainer } = await make();
    const losses: number[] = [];
    for (const [batch, time] of sizes12) losses.push((await trainer.step(batchOf(batch, time))).loss);
    const { programs, sharedBytes, uniformBytes, constantBytes } = trainer.programs;
    expect(programs.map(({ sizes: { batch, time } }) => [batch, time])).toEqual(sizes12);
    const own = programs.map(({ stats }) => stats.bytes);
    expect(own.reduce((a, b) => a + b)).toBeGreaterThan(3 * Math.max(...own));

    // by hand: a checkpoint goes from the trainer of one size to that of the next
    const store = memoryCheckpoints();
    const byHand: number[] = [];
    let largest = 0;
    let bits: unknown;
    for (const [batch, time] of sizes12) {
      const model = new Net();
      using one = await Trainer.create(device, model, {
        inputs: fixed(batch, time),
        loss: lossOf(model),
        optimizer,
        clipNorm: 1,
        seed: 3,
        resume: store,
      });
      byHand.push((await one.step(batchOf(batch, time))).loss);
      largest = Math.max(largest, one.programs.sharedBytes);
      await one.save(store);
      bits = await bitsOf(one);
      model.dispose(device);
    }
    expect(losses).toEqual(byHand);
    expect(await bitsOf(trainer)).toEqual(bits);
    expect(sharedBytes).toBe(largest);
    expect(uniformBytes + constantBytes + sharedBytes).toBeLessThan(own.reduce((a, b) => a + b));
    expect(trainer.steps).toBe(12);

    // all are there: nothing is made any more
    const { buffers, bytes } = device.counters;
    for (const [batch, time] of sizes12) trainer.stepWithoutLoss(batchOf(batch, time));
    await trainer.stateDict();
    const { bindGroups } = device.counters;
    for (const [batch, time] of sizes12) await trainer.step(batchOf(batch, time));
    expect(device.counters).toMatchObject({ buffers, bytes, bindGroups });
    trainer.dispose();
  }, 60_000);

  test("keeps the programs used last, and frees the others", async () => {
    const { trainer, model } = await make({ maxPrograms: 2 });
    const held = () => trainer.programs.programs.map(({ sizes }) => sizes.batch);
    await trainer.prepare({ batch: 6, time: 9 });
    const large = device.counters.bytes;
    await trainer.step(batchOf(1, 2));
    await trainer.step(batchOf(2, 2));
    expect(held()).toEqual([1, 2]);
    expect(device.counters.bytes).toBeLessThan(large);
    await trainer.step(batchOf(1, 2));
    await trainer.step(batchOf(3, 2));
    expect(held()).toEqual([1, 3]);
    trainer.dispose();
    model.dispose(device);
    await expect(trainer.step(batchOf(1, 2))).rejects.toThrow(/Trainer were disposed of/);
  });
});

describe("data and sizes", () => {
  test("bind names across inputs, of nested arrays, arrays with a shape, flat ones and tensors", async () => {
    const { trainer } = await make();
    const { tokens, targets } = batchOf(2, 3);
    const want = (await trainer.step({ tokens, targets })).loss;
    expect(Number.isFinite(want)).toBe(true);
    const one = {
      inputs: { x: float32(["n", 2]), y: float32(["n"]) },
      fn: ({ x, y }: Record<"x" | "y", Value>) => ({ z: add(sum(x, [1]), y) }),
    };
    using program = await compile(device, null, one);
    const read = async (data: { x: never[]; y: never[] }) => [...(await (await program.run(data)).z.read())];
    const x = [
      [1, 2],
      [3, 4],
      [5, 6],
    ];
    for (const [each, y] of [
      [x, [1, 1, 1]],
      [Float32Array.from(x.flat()), Float32Array.of(1, 1, 1)],
      [Object.assign(Float32Array.from(x.flat()), { shape: [3, 2] }), [1, 1, 1]],
      [x.map((row) => Float32Array.from(row)), [1, 1, 1]],
    ])
      expect(await read({ x: each as never, y: y as never })).toEqual([4, 8, 12]);
    expect(program.programs.programs).toHaveLength(1);
    // an output is an input of the next run, of another size
    const { z } = await program.run({ x: [[1, 2]], y: [1] });
    expect(await read({ x: [[1, 1]] as never, y: z as never })).toEqual([6]);
    trainer.dispose();
  });

  test("are refused where they do not fit, before anything is changed", async () => {
    const { trainer } = await make();
    const good = batchOf(2, 3);
    const cases: [object, RegExp][] = [
      [
        { tokens: good.tokens, targets: batchOf(3, 3).targets },
        /^step: batch is 2 by input tokens and 3 by input targets, expected one size/,
      ],
      [
        { tokens: new Int32Array(6), targets: new Int32Array(6) },
        /^step: the size of batch is not known, because input tokens is 6 numbers without a shape/,
      ],
      [{ tokens: [], targets: [] }, /^step: batch is 0 by input tokens, expected at least 1/],
      [{ tokens: good.tokens }, /^step: input targets is missing/],
      [
        {
          ...good,
          tokens: [
            [1, 2],
            [1, 2, 3],
          ],
        },
        /input (tokens|targets)/,
      ],
      [{ ...good, other: 1 }, /there is no input other/],
    ];
    for (const [data, message] of cases) await expect(trainer.step(data as never)).rejects.toThrow(message);
    await expect(trainer.step(cases[0]?.[0] as never)).rejects.toBeInstanceOf(ShapeError);
    expect(trainer.steps).toBe(0);
    expect(() => trainer.stepWithoutLoss(good)).toThrow(
      /^stepWithoutLoss: no program is there for batch 2, time 3, .* await prepare\(\{ batch: 2, time: 3 \}\)/,
    );
    expect(() => trainer.stats).toThrow(/^Trainer: there is no program yet/);
    await trainer.prepare({ batch: 2, time: 3 });
    trainer.stepWithoutLoss(good);
    expect([trainer.steps, trainer.stats.submits]).toEqual([1, 1]);
    await expect(trainer.prepare({ batch: 2 } as never)).rejects.toThrow(/^prepare: time is undefined/);
    await expect(trainer.prepare({ batch: 2, time: 1, n: 1 } as never)).rejects.toThrow(
      /no input has an extent named n/,
    );
    trainer.dispose();
  });

  test("a fault of the function shows when its size comes, and leaves the others", async () => {
    using program = await compile(device, null, {
      inputs: { x: float32(["n"]) },
      fn: ({ x }) => ({ y: x.shape[0] === 2 ? reshape(x, [3]) : mul(x, 2) }),
    });
    expect([...(await (await program.run({ x: [1] })).y.read())]).toEqual([2]);
    await expect(program.run({ x: [1, 2] })).rejects.toThrow(ShapeError);
    expect([...(await (await program.run({ x: [1, 2, 3] })).y.read())]).toEqual([2, 4, 6]);
  });
});

describe("order", () => {
  test("steps begin in the order of their calls, on what they were given and the rate as it was then", async () => {
    const order = [
      [2, 3],
      [1, 4],
      [2, 3],
      [3, 2],
      [1, 4],
    ] as const;
    const run = async (isAwaited: boolean) => {
      const { trainer } = await make();
      await trainer.prepare({ batch: 2, time: 3 });
      const results: Promise<unknown>[] = [];
      for (const [i, [batch, time]] of order.entries()) {
        const { tokens, targets } = batchOf(batch, time, i);
        const data = { tokens: Int32Array.from(tokens.flat()), targets };
        const shaped = Object.assign(data.tokens, { shape: [batch, time] });
        trainer.learningRate = 0.01 * (i + 1);
        if (i === 2 && !isAwaited) trainer.stepWithoutLoss({ tokens: shaped, targets });
        else results.push(trainer.step({ tokens: shaped, targets }));
        if (isAwaited) await results.at(-1);
        else {
          data.tokens.fill(0);
          for (const row of targets) row.fill(0);
        }
      }
      const bits = await bitsOf(trainer);
      expect(trainer.steps).toBe(order.length);
      await Promise.all(results);
      trainer.dispose();
      return bits;
    };
    expect(await run(false)).toEqual(await run(true));
  });

  test("outputs of one size are stale after a run of another, and hold until then", async () => {
    using program = await compile(device, null, { inputs: { x: float32(["n"]) }, fn: ({ x }) => ({ y: mul(x, 2) }) });
    const { y } = await program.run({ x: [1, 2] });
    // larger memory is made meanwhile, and the buffer of the output replaced
    await program.prepare({ n: 500 });
    expect([...(await y.read())]).toEqual([2, 4]);
    // a program has to be made, and the tensor that the run behind it takes is overwritten meanwhile
    const later = program.run({ x: [1, 2, 3] });
    const waiting = program.run({ x: y });
    const { y: other } = await later;
    expect([...(await (await waiting).y.read())]).toEqual([4, 8]);
    await expect(y.read()).rejects.toThrow(/was overwritten by a later run/);
    await expect(other.read()).rejects.toThrow(/was overwritten by a later run/);
  });
});

describe("the carry", () => {
  const carrying = async (options: object = {}) => {
    const model = new Net();
    const trainer = await Trainer.create(device, model, {
      inputs: named,
      carry: { h: model.rnn.stateSpec("batch") },
      loss: ({ tokens, targets, h }) => {
        const [logits, next] = model.forward(tokens, h);
        return { loss: losses.crossEntropy(logits, targets), carry: { h: next } };
      },
      optimizer,
      seed: 3,
      ...options,
    });
    return trainer;
  };

  test("goes on in programs of other lengths, and not in another batch size", async () => {
    const trainer = await carrying();
    const model = new Net();
    using byHand = await Trainer.create(device, model, {
      inputs: { ...fixed(2, 3), h: model.rnn.stateSpec(2) },
      loss: ({ tokens, targets, h }) => losses.crossEntropy(model.forward(tokens, h)[0], targets),
      optimizer: optim.sgd({ learningRate: 0 }),
      seed: 3,
    });
    const first = (await trainer.step(batchOf(2, 3))).loss;
    expect(first).toBeCloseTo((await byHand.step(batchOf(2, 3))).loss, 5);
    await trainer.step(batchOf(2, 5));
    await expect(trainer.step(batchOf(4, 5))).rejects.toThrow(
      /^step: the carry h is \[1, 2, 8\] from the step before, expected \[1, 4, 8\] .*; call resetCarry\(\)/,
    );
    // the size is there now, and its larger memory; the carry is still what it was
    const after = (await trainer.step(batchOf(2, 4))).loss;
    trainer.resetCarry();
    const fromZero = (await trainer.step(batchOf(4, 5))).loss;
    expect(trainer.steps).toBe(4);
    const plain = await carrying();
    await plain.step(batchOf(2, 3));
    await plain.step(batchOf(2, 5));
    expect((await plain.step(batchOf(2, 4))).loss).toBe(after);
    plain.resetCarry();
    expect((await plain.step(batchOf(4, 5))).loss).toBe(fromZero);
    plain.dispose();

    // a checkpoint has the carry in the shape that it had
    const bytes = await trainer.checkpoint();
    const want = (await trainer.step(batchOf(4, 2))).loss;
    const resumed = await carrying({ resume: bytes });
    await expect(resumed.step(batchOf(2, 2))).rejects.toThrow(/call resetCarry/);
    expect((await resumed.step(batchOf(4, 2))).loss).toBe(want);
    resumed.dispose();
    trainer.dispose();
    await expect(carrying({ carry: { h: float32(["rows", 8]) } })).rejects.toThrow(/extent "rows" is one of no input/);
  });

  test("what stopped a step is looked for in the program of its size", async () => {
    const model = new Net();
    using trainer = await Trainer.create(device, model, {
      inputs: { x: float32(["batch", "time", 4]) },
      loss: ({ x }) => mean(model.rnn.forward(x)[0]),
      optimizer,
    });
    const x = (batch: number, value: number) => ({ x: new Float32Array(8 * batch).fill(value) });
    const shaped = (batch: number, value: number) => ({
      x: Object.assign(x(batch, value).x, { shape: [batch, 2, 4] }),
    });
    await trainer.prepare({ batch: 1, time: 2 });
    await trainer.prepare({ batch: 2, time: 2 });
    const failing = trainer.step(shaped(2, Number.NaN));
    const behind = trainer.step(shaped(1, 1));
    await expect(failing).rejects.toThrow(
      /step 1: .* first module whose output is not finite is rnn .*input x is not finite/,
    );
    await expect(behind).rejects.toThrow(/step 1/);
    trainer.recover();
    expect((await trainer.step(shaped(1, 1))).skipped).toBe(false);
  });
});

describe("buckets", () => {
  const inputs = {
    x: float32(["batch", "time"]),
    lengths: int32(["batch"], { default: 0 }),
    weights: float32(["batch", "time"], { default: 1 }),
    kept: int32(["batch"], { default: -1 }),
  };
  const sizes = {
    time: { buckets: [4, 8], lengths: "lengths" },
    batch: { buckets: [2, 4], weights: "weights" },
  };
  const fn = (values: Record<keyof typeof inputs, Value>) => ({ ...values });
  type Outputs = Record<string, { read(): Promise<unknown> }>;
  const read = async (outputs: Outputs) =>
    Object.fromEntries(
      await Promise.all(
        Object.entries(outputs).map(async ([name, tensor]) => [name, [...((await tensor.read()) as [])]]),
      ),
    );

  test("pad at the end of each axis, and fill what tells data from padding", async () => {
    using program = await compile(device, null, { inputs, sizes, fn });
    const data = {
      x: [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ],
      kept: [7, 7, 7],
    };
    const zeros = [0, 0, 0, 0];
    expect(await read((await program.run(data)) as never)).toEqual({
      x: [1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, ...zeros],
      lengths: [3, 3, 3, 0],
      weights: [1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, ...zeros],
      kept: [7, 7, 7, -1],
    });
    // what is given stays, padded so that nothing counts; and two sizes share a program
    const given = {
      x: [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      lengths: [2, 1, 2],
      weights: [
        [1, 1],
        [0.5, 0],
        [1, 1],
      ],
    };
    expect(await read((await program.run(given)) as never)).toMatchObject({
      lengths: [2, 1, 2, 0],
      weights: [1, 1, 0, 0, 0.5, 0, 0, 0, 1, 1, 0, 0, ...zeros],
      kept: [-1, -1, -1, -1],
    });
    // exactly a bucket
    expect(
      await read(
        (await program.run({
          x: [
            [1, 2, 3, 4],
            [5, 6, 7, 8],
          ],
        })) as never,
      ),
    ).toMatchObject({
      lengths: [4, 4],
      weights: [1, 1, 1, 1, 1, 1, 1, 1],
    });
    expect(program.programs.programs.map((each) => each.sizes)).toEqual([
      { batch: 4, time: 4 },
      { batch: 2, time: 4 },
    ]);
    await expect(program.run({ x: [new Float32Array(9)] })).rejects.toThrow(
      /^run: time is 9, expected at most 8, the last of sizes\.time\.buckets/,
    );
    const { x } = await program.run({
      x: [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
      ],
    });
    await expect(program.run({ x: Object.create(x, { shape: { value: [1, 8] } }) })).rejects.toThrow(/are not padded/);
  });

  test("train as the data without their padding", async () => {
    const run = async (isPadded: boolean) => {
      const model = new Net();
      using trainer = await Trainer.create(device, model, {
        inputs: {
          tokens: int32(["batch", "time"]),
          targets: int32(["batch", "time"], { default: -1 }),
          lengths: int32(["batch"], { default: 0 }),
        },
        ...(isPadded ? { sizes: { time: { buckets: [6, 9], lengths: "lengths" } } } : {}),
        loss: ({ tokens, targets, lengths }) =>
          losses.crossEntropy(model.forward(tokens, undefined, isPadded ? lengths : undefined)[0], targets),
        optimizer: optim.sgd({ learningRate: 0.1 }),
        seed: 3,
      });
      const found: number[] = [];
      for (const time of [5, 6, 9, 7, 2]) found.push((await trainer.step(batchOf(2, time))).loss);
      expect(trainer.programs.programs).toHaveLength(isPadded ? 2 : 5);
      return found;
    };
    const [padded, plain] = [await run(true), await run(false)];
    for (const [i, loss] of padded.entries()) expect(loss).toBeCloseTo(plain[i] as number, 5);
  });

  test("are refused without an input that tells data from padding, and where they are none", async () => {
    const time = { buckets: [4, 8], lengths: "lengths" };
    const cases: [object, RegExp][] = [
      [{ time: { buckets: [4] } }, /^compile: sizes\.time: neither lengths nor weights is given/],
      [{ tme: time }, /^compile: sizes\.tme: no input has an extent of that name, expected one of batch, time/],
      [{ time: { ...time, buckets: [8, 4] } }, /buckets are \[8, 4\], expected one or more, each larger/],
      [{ time: { ...time, buckets: [] } }, /buckets are \[\]/],
      [{ time: { ...time, lengths: "length" } }, /there is no input length/],
      [{ time: { ...time, lengths: "weights" } }, /lengths weights is float32, expected int32/],
      [{ batch: time }, /lengths lengths has the extent batch itself/],
      [{ time: { buckets: [4], weights: "kept" } }, /weights kept is int32, expected float32/],
      [{ time: { ...time, bucket: 4 } }, /there is no option bucket/],
    ];
    for (const [wrong, message] of cases) {
      await expect(compile(device, null, { inputs, sizes: wrong as never, fn })).rejects.toThrow(message);
    }
    await expect(compile(device, null, { inputs, maxPrograms: 0, fn })).rejects.toThrow(/maxPrograms is 0/);
  });
});
