// Wrong use, at trace time and at run time: which error, and what it tells one to do.
import { beforeAll, describe, expect, test } from "vitest";
import {
  compile,
  type Device,
  float32,
  int32,
  losses,
  matmul,
  mul,
  nn,
  openDevice,
  optim,
  scalar,
  scan,
  type Tensor,
  Trainer,
  type Value,
} from "../../src/node.ts";
import { device } from "../support/device.ts";
import { BATCH, CharModel, charTrainer, tokensFor, VOCABULARY } from "./support.ts";

/** What a call throws, at once or later. */
async function errorOf(call: () => unknown): Promise<Error> {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

async function expectError(call: () => unknown, name: string, ...parts: readonly string[]): Promise<void> {
  const error = await errorOf(call);
  expect({ name: error.name, message: error.message }).toEqual({ name, message: error.message });
  for (const part of parts) expect(error.message).toContain(part);
}

describe("a step's inputs", () => {
  let model: CharModel;
  let trainer: Awaited<ReturnType<typeof charTrainer>>["trainer"];
  beforeAll(async () => {
    ({ model, trainer } = await charTrainer(device, { seqLen: 4 }));
    await trainer.step(tokensFor(4));
  });

  /** Whatever is refused leaves the model as it was. */
  async function expectRefused(data: unknown, name: string, ...parts: string[]): Promise<void> {
    const before = await model.stateDict(device);
    const steps = trainer.steps;
    const { buffers, submits } = device.counters;
    await expectError(() => trainer.step(data as Parameters<typeof trainer.step>[0]), name, ...parts);
    await expectError(() => trainer.stepWithoutLoss(data as Parameters<typeof trainer.step>[0]), name, ...parts);
    expect(trainer.steps).toBe(steps);
    expect(device.counters).toMatchObject({ buffers, submits });
    expect(await model.stateDict(device)).toEqual(before);
  }

  const { tokens, targets } = tokensFor(4);
  test.for<[what: string, data: unknown, name: string, ...parts: string[]]>([
    ["a wrong length", { tokens: tokens.slice(1), targets }, "ShapeError", "tokens", "11", "[3, 4]"],
    ["a wrong type", { tokens: new Float32Array(tokens), targets }, "DataError", "tokens", "Float32Array", "int32"],
    [
      "ragged rows",
      {
        tokens: [
          [1, 2, 3, 4],
          [1, 2],
          [1, 2, 3, 4],
        ],
        targets,
      },
      "ShapeError",
      "tokens",
      "pad rows",
    ],
    ["a missing row", { tokens: [[1, 2, 3, 4]], targets }, "ShapeError", "tokens", "1 entries"],
    ["too deep rows", { tokens: [[[1], [2], [3], [4]]], targets }, "ShapeError", "tokens"],
    ["text", { tokens: "abc", targets }, "ShapeError", "tokens", '"abc"'],
    ["a missing input", { tokens }, "DataError", "targets", "missing"],
    ["nothing at all", undefined, "DataError", "tokens", "missing"],
    ["an unknown input", { tokens, targets, labels: targets }, "DataError", "no input labels", "tokens, targets"],
    ["an unknown carry", { tokens, targets, state: { memory: [1] } }, "DataError", "no input state.memory", "state.h"],
    [
      "an index past the table",
      { tokens: tokens.with(5, VOCABULARY), targets },
      "DataError",
      "tokens",
      "embedding index",
      "11 at position 5",
      "vocabulary",
    ],
    [
      "a target past the classes",
      { tokens, targets: targets.with(0, 99) },
      "DataError",
      "targets",
      "crossEntropy",
      "99 at position 0",
    ],
  ])("%s", async ([, data, name, ...parts]) => {
    await expectRefused(data, name, ...parts);
  });

  test("negative indices are no entry", async () => {
    expect((await trainer.step({ tokens: tokens.with(0, -1), targets: targets.with(0, -1) })).loss).toBeGreaterThan(0);
  });
});

describe("tensors", () => {
  const program = (on: Device) =>
    compile(on, null, { inputs: { x: float32([2]) }, fn: ({ x }) => ({ y: mul(x, 2), z: mul(x, 3) }) });

  test("of an earlier run cannot be read or passed on", async () => {
    using doubling = await program(device);
    const first = await doubling.run({ x: [1, 2] });
    const reading = first.y.read();
    const second = await doubling.run({ x: first.y });
    expect([...(await reading)], "begun before").toEqual([2, 4]);
    await expectError(() => first.y.read(), "DataError", "later run", "read it before running again");
    await expectError(() => doubling.run({ x: first.z }), "DataError", "later run");
    expect([...(await second.y.read())]).toEqual([4, 8]);
  });

  test("of a program that was disposed of cannot be read", async () => {
    const doubling = await program(device);
    const { y } = await doubling.run({ x: [1, 2] });
    doubling.dispose();
    await expectError(() => y.read(), "DataError", "freed");
    await expectError(() => doubling.run({ x: [1, 2] }), "DataError", "disposed of", "compile again");
  });

  test("of another device or shape are refused", async () => {
    using other = await openDevice();
    using there = await program(other);
    using here = await program(device);
    const foreign = await there.run({ x: [1, 2] });
    await expectError(() => here.run({ x: foreign.y }), "DataError", "input x", "another device");
    using longer = await compile(device, null, { inputs: { x: float32([3]) }, fn: ({ x }) => ({ y: mul(x, 1) }) });
    const { y } = await longer.run({ x: [1, 2, 3] });
    await expectError(() => here.run({ x: y as Tensor }), "DataError", "input x", "[3]", "[2]");
  });
});

describe("tracing", () => {
  const trace = (specs: Record<string, ReturnType<typeof float32>>, fn: (values: Record<string, Value>) => unknown) =>
    compile(device, null, { inputs: specs, fn: (values) => fn(values as Record<string, Value>) as object });

  test.for<[what: string, call: () => unknown, name: string, ...parts: string[]]>([
    [
      "shapes that do not multiply",
      () => trace({ a: float32([2, 3]), b: float32([4, 5]) }, ({ a, b }) => matmul(a as Value, b as Value)),
      "ShapeError",
      "matmul",
      "[2, 3]",
      "[4, 5]",
    ],
    [
      "an LSTM's input size",
      () => trace({ x: float32([1, 2, 3]) }, ({ x }) => new nn.LSTM(4, 5).forward(x as Value)),
      "ShapeError",
      "LSTM",
      "[1, 2, 3]",
      "inputSize",
    ],
    [
      "an LSTM's state",
      () =>
        trace({ x: float32([1, 2, 4]), h: float32([1, 1, 4]) }, ({ x, h }) =>
          new nn.LSTM(4, 5).forward(x as Value, { h: h as Value, c: h as Value }),
        ),
      "ShapeError",
      "LSTM: state",
      "[1, 1, 5]",
    ],
    [
      "a Linear's input size",
      () => trace({ x: float32([2, 3]) }, ({ x }) => new nn.Linear(4, 5).forward(x as Value)),
      "ShapeError",
      "Linear",
      "[2, 3]",
      "4",
    ],
    [
      "indices that are no integers",
      () => trace({ x: float32([2]) }, ({ x }) => new nn.Embedding(3, 2).forward(x as Value)),
      "DtypeError",
      "embedding",
      "float32",
      "int32",
    ],
    ["a size that is none", () => new nn.Linear(0, 3), "ShapeError", "inputSize is 0", "positive"],
    ["an extent that is none", () => float32([2, -1]), "ShapeError", "-1", "positive"],
    [
      "an input that is no spec",
      () => compile(device, null, { inputs: { x: 3 } as never, fn: (values) => values as object }),
      "DataError",
      "float32([",
    ],
  ])("%s", async ([, call, name, ...parts]) => {
    await expectError(call, name, ...parts);
  });
});

describe("what JavaScript lets through", () => {
  const inputs = { x: float32([2]) };
  const compiled = (options: object) =>
    compile(device, null, { inputs, fn: ({ x }: { x: Value }) => x, ...options } as never);

  test("options of compile", async () => {
    await expectError(() => compiled({ optimiser: 1 }), "ArgumentError", "compile", "optimiser");
    await expectError(() => compiled({ seed: Number.NaN }), "ArgumentError", "seed", "NaN", "integer");
    await expectError(() => compiled({ tune: { budget: 3 } }), "ArgumentError", "tune.budget", "budgetMs");
    await expectError(() => compiled({ fn: undefined }), "ArgumentError", "fn", "function");
    await expectError(() => compiled({ state: {} }), "ArgumentError", "state", "State");
  });

  test("what is async", async () => {
    await expectError(() => compiled({ fn: async ({ x }: { x: Value }) => x }), "ArgumentError", "promise", "async");
    const model = new nn.Linear(2, 1);
    const training = { inputs, loss: async () => scalar(0), optimizer: optim.sgd() };
    await expectError(() => Trainer.create(device, model, training as never), "ArgumentError", "promise", "async");
  });

  test("a value that escaped from its loop", async () => {
    let escaped: Value | undefined;
    const fn = ({ x }: { x: Value }) => {
      scan(x, scalar(0), (carry, step) => {
        escaped = mul(step, carry);
        return [escaped, step];
      });
      return escaped;
    };
    await expectError(() => compiled({ fn }), "DataError", "scan", "outside");
  });

  test("an output of any name, data of any kind, repetitions that are none", async () => {
    const name = "__proto__";
    using program = await compile(device, null, {
      inputs,
      fn: ({ x }) => ({ [name]: mul(x, 2), constructor: mul(x, 3) }),
    });
    const outputs = new Map<string, Tensor>(Object.entries(await program.run({ x: [1, 2] })));
    expect(await outputs.get(name)?.read()).toEqual(Float32Array.of(2, 4));
    expect(await outputs.get("constructor")?.read()).toEqual(Float32Array.of(3, 6));
    await expectError(() => program.run("abc" as never), "DataError", "abc");
    await expectError(() => program.profile({ repetitions: Number.NaN }), "ArgumentError", "repetitions", "NaN");
    await program.run({ x: [1, 2] });
  });
});

describe("a trainer", () => {
  const inputs = { tokens: int32([BATCH, 4]), targets: int32([BATCH, 4]) };
  type Traced = { tokens: Value; targets: Value; state?: nn.LSTMState };
  const create = (loss: (model: CharModel, values: Traced) => unknown, more: object = {}) => {
    const model = new CharModel();
    return Trainer.create(device, model, {
      inputs,
      loss: (values) => loss(model, values as Traced) as Value,
      optimizer: optim.sgd(),
      ...more,
    });
  };
  const carry = { state: new CharModel().rnn.stateSpec(BATCH) };

  test.for<[what: string, call: () => unknown, name: string, ...parts: string[]]>([
    [
      "a loss that is no scalar",
      () => create((model, { tokens }) => model.forward(tokens)[0]),
      "ShapeError",
      "[3, 4, 11]",
      "mean or sum",
    ],
    ["a loss without parameters", () => create(() => scalar(1)), "DataError", "no trainable parameter"],
    [
      "an unknown carry",
      () =>
        create((model, { tokens, targets }) => {
          const [logits, state] = model.forward(tokens);
          return { loss: losses.crossEntropy(logits, targets), carry: { state } };
        }),
      "DataError",
      "carry state.h",
      "none",
    ],
    [
      "a missing carry",
      () => create((model, { tokens, targets }) => losses.crossEntropy(model.forward(tokens)[0], targets), { carry }),
      "DataError",
      "no carry state.h",
    ],
    [
      "a bad learning rate",
      async () => {
        (
          await create((model, { tokens, targets }) => losses.crossEntropy(model.forward(tokens)[0], targets))
        ).learningRate = -1;
      },
      "ArgumentError",
      "learningRate is -1",
    ],
    [
      "a bad clip norm",
      () => create((model, { tokens }) => model.forward(tokens)[0], { clipNorm: Number.NaN }),
      "ArgumentError",
      "clipNorm",
    ],
  ])("%s", async ([, call, name, ...parts]) => {
    await expectError(call, name, ...parts);
  });

  test("a carry of a wrong shape", async () => {
    const error = await errorOf(() =>
      create(
        (model, { tokens, targets }) => ({
          loss: losses.crossEntropy(model.forward(tokens)[0], targets),
          carry: { state: { h: tokens, c: tokens } },
        }),
        { carry },
      ),
    );
    expect(error.name).toMatch(/^(Shape|Dtype)Error$/);
    expect(error.message).toContain("state.h");
  });
});

describe("loadStateDict", () => {
  test("changes nothing unless everything fits", async () => {
    const model = new CharModel();
    using program = await compile(device, model, {
      inputs: { tokens: int32([1, 2]) },
      fn: ({ tokens }) => ({ logits: model.forward(tokens)[0] }),
    });
    await program.run({ tokens: [[1, 2]] });
    const own = await model.stateDict(device);
    const altered = (change: (dict: nn.StateDict) => void) => {
      const dict: nn.StateDict = new Map(
        [...own].map(([name, { shape, data }]) => [name, { shape, data: data.map((x) => x + 1) }]),
      );
      change(dict);
      return () => model.loadStateDict(device, dict);
    };
    const entry = { shape: [2, 2], data: new Float32Array(4) };
    await expectError(
      altered((dict) => dict.delete("head.bias")),
      "DataError",
      "head.bias is missing",
    );
    await expectError(
      altered((dict) => dict.set("head.scale", entry)),
      "DataError",
      "no parameter head.scale",
      "head.bias",
    );
    await expectError(
      altered((dict) => dict.set("head.weight", entry)),
      "ShapeError",
      "head.weight",
      "[2, 2]",
      "[11, 16]",
    );
    await expectError(
      altered((dict) => dict.set("head.bias", { shape: [VOCABULARY], data: new Float32Array(2) })),
      "ShapeError",
      "head.bias",
      "2 numbers",
    );
    expect(await model.stateDict(device)).toEqual(own);
    altered(() => {})();
    expect((await model.stateDict(device)).get("head.bias")?.data[0]).toBe(
      (own.get("head.bias")?.data[0] as number) + 1,
    );
  });

  test("a parameter that is nowhere yet cannot be read", async () => {
    await expectError(() => new CharModel().stateDict(device), "DataError", "embed.weight", "no value yet");
  });
});
