// Models of several modules: what is trained is saved, what runs is the model's, what is freed is used no more.
import { describe, expect, test } from "vitest";
import { compile, float32, losses, mean, nn, optim, square, Trainer, type Value } from "../../src/node.ts";
import { device } from "../support/device.ts";

const inputs = { x: float32([2, 3]) };
const data = { x: [1, 2, 3, 4, 5, 6].map((value) => value / 4) };
const x = Float32Array.from(data.x);

class Closed extends nn.Module {
  #inner = new nn.Linear(3, 3);
  scale = new nn.Linear(3, 3);
  forward = (value: Value) => this.scale.forward(this.#inner.forward(value));
}

describe("models", () => {
  test("that are records are trained, saved and loaded by their paths", async () => {
    const make = () => ({ encoder: new nn.Linear(3, 4), heads: [new nn.Linear(4, 1)] as const });
    const model = make();
    const forward = ({ encoder, heads }: typeof model, value: Value) => heads[0].forward(encoder.forward(value));
    using trainer = await Trainer.create(device, model, {
      inputs: { ...inputs, y: float32([2, 1]) },
      loss: ({ x, y }) => losses.meanSquaredError(forward(model, x), y),
      optimizer: optim.sgd({ learningRate: 0.05 }),
    });
    const first = (await trainer.step({ x, y: [[1], [2]] })).loss;
    for (let i = 0; i < 10; i++) trainer.stepWithoutLoss({ x, y: [[1], [2]] });
    expect((await trainer.step({ x, y: [[1], [2]] })).loss).toBeLessThan(first);
    const saved = await trainer.stateDict();
    expect([...saved.keys()]).toEqual(["encoder.weight", "encoder.bias", "heads.0.weight", "heads.0.bias"]);
    const run = async (of: typeof model) => {
      using compiled = await compile(device, of, { inputs, fn: ({ x }) => forward(of, x) });
      return (await compiled.run({ x })).read();
    };
    const other = make();
    nn.loadStateDict(device, other, saved);
    expect(await run(other)).toEqual(await run(model));
  });

  test("whose parameters are not named are refused before the device is touched", async () => {
    const closed = new Closed();
    const { buffers } = device.counters;
    const fn = ({ x }: { x: Value }) => closed.forward(x);
    await expect(compile(device, closed, { inputs, fn })).rejects.toThrow(/compile: .*\[3, 3\].*does not name/);
    await expect(compile(device, null, { inputs, fn })).rejects.toThrow(/compile: .*the model is null/);
    const options = { inputs, loss: ({ x }: { x: Value }) => mean(square(closed.forward(x))) };
    const optimizer = optim.sgd({ learningRate: 0.1 });
    await expect(Trainer.create(device, closed, { ...options, optimizer })).rejects.toThrow(/Trainer: .*does not name/);
    for (const model of [undefined, 5, "model", {}, [], { inner: 3 }, new (class Plain {})(), device]) {
      await expect(compile(device, model as never, { inputs, fn }), String(model)).rejects.toThrow(
        /compile: model is .*, expected a module/,
      );
      await expect(Trainer.create(device, model as never, { ...options, optimizer })).rejects.toThrow(
        /Trainer: model is .*, expected a module/,
      );
    }
    expect(device.counters.buffers).toBe(buffers);
  });

  test("are run as in inference unless told, wherever their modules are", async () => {
    const dropout = new nn.Dropout(0.5);
    const modes: boolean[] = [];
    const fn = ({ x }: { x: Value }) => {
      modes.push(nn.isTraining());
      return dropout.forward(x);
    };
    const run = async (training?: boolean) => {
      using compiled = await compile(device, null, { inputs, fn, ...(training === undefined ? {} : { training }) });
      return [...(await (await compiled.run({ x })).read())];
    };
    expect(await run()).toEqual([...x]);
    expect(await run(false)).toEqual([...x]);
    expect((await run(true)).filter((value) => value === 0).length).toBeGreaterThan(0);
    const model = new nn.Linear(3, 3);
    using _ = await Trainer.create(device, model, {
      inputs,
      loss: ({ x }) => {
        modes.push(nn.isTraining());
        // compiled while another function is traced: each has its own mode
        void compile(device, null, { inputs, fn }).then((compiled) => compiled.dispose());
        modes.push(nn.isTraining());
        return mean(square(model.forward(x)));
      },
      optimizer: optim.sgd({ learningRate: 0.1 }),
    });
    expect(modes).toEqual([false, false, true, true, false, true]);
    expect(nn.isTraining()).toBe(false);
  });
});

describe("memory of parameters", () => {
  const forward = (model: nn.Linear) => ({ inputs, fn: ({ x }: { x: Value }) => model.forward(x) });
  const run = async (model: nn.Linear) => {
    using compiled = await compile(device, model, forward(model));
    return [...(await (await compiled.run({ x })).read())];
  };
  /** Two inputs of one name, which only the planner finds, when parameters have memory. */
  const failing = (model: nn.Linear) =>
    compile(device, model, {
      inputs: { "a.b": float32([2, 3]), a: { b: float32([2, 3]) } },
      fn: (v) => model.forward(v["a.b"]),
    });

  test("is freed by a compile that fails, unless another has it or it was loaded", async () => {
    const model = new nn.Linear(3, 3);
    const { bytes } = device.counters;
    await expect(failing(model)).rejects.toThrow(/two inputs are named a\.b/);
    expect(device.counters.bytes).toBe(bytes);
    // whichever comes first
    for (const order of [
      [0, 1, 0],
      [1, 0, 0],
      [0, 0, 1],
    ]) {
      const shared = new nn.Linear(3, 3);
      const made = await Promise.allSettled(
        order.map((good) => (good ? compile(device, shared, forward(shared)) : failing(shared))),
      );
      expect(made.map(({ status }) => status)).toEqual(order.map((good) => (good ? "fulfilled" : "rejected")));
      const good = made.find((each) => each.status === "fulfilled")?.value as Awaited<ReturnType<typeof compile>>;
      const got = [
        ...(await (good as unknown as { run(data: object): Promise<{ read(): Promise<Float32Array> }> })
          .run({ x })
          .then((y) => y.read())),
      ];
      expect(got).toEqual(await run(shared));
      expect(got.some((value) => value !== 0)).toBe(true);
      good.dispose();
      shared.dispose(device);
    }
    expect(device.counters.bytes).toBe(bytes);
    // loaded while a compile that fails has placed it
    const loaded = new nn.Linear(3, 3);
    const data = new Map([
      ["weight", { shape: [3, 3], data: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1) }],
      ["bias", { shape: [3], data: Float32Array.of(1, 2, 3) }],
    ]);
    const failed = expect(failing(loaded)).rejects.toThrow(/two inputs/);
    await new Promise((resolve) => setTimeout(resolve));
    loaded.loadStateDict(device, data);
    await failed;
    expect(await run(loaded)).toEqual([...x].map((value, i) => value + 1 + (i % 3)));
    loaded.dispose(device);
  });

  test("that are loaded can be saved before anything is compiled", async () => {
    const saved = new nn.Linear(3, 2);
    const loaded = {
      weight: { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
      bias: { shape: [2], data: Float32Array.of(7, 8) },
    };
    saved.loadStateDict(device, new Map(Object.entries(loaded)));
    expect(Object.fromEntries(await saved.stateDict(device))).toEqual(loaded);
    await expect(new nn.Linear(3, 2).stateDict(device)).rejects.toThrow(/has no value yet, .*compile it, or load/);
  });

  test("of two models that one program placed is given up one by one", async () => {
    const [a, b] = [new nn.Linear(3, 3), new nn.Linear(3, 3)];
    const { bytes } = device.counters;
    const both = await compile(device, { a, b }, { inputs, fn: ({ x }) => b.forward(a.forward(x)) });
    const alone = await compile(device, b, forward(b));
    const before = [...(await (await alone.run({ x })).read())];
    const kept = await b.stateDict(device);
    a.dispose(device);
    await expect(both.run({ x })).rejects.toThrow(/run: parameter .*weight was disposed of.*compile again/);
    await expect(a.stateDict(device)).rejects.toThrow(/has no value yet/);
    expect([...(await (await alone.run({ x })).read())]).toEqual(before);
    expect(await b.stateDict(device)).toEqual(kept);
    // a begins anew, beside b
    await run(a);
    expect([...(await (await alone.run({ x })).read())]).toEqual(before);
    await expect(both.run({ x })).rejects.toThrow(/disposed of/);
    a.dispose(device);
    b.dispose(device);
    await expect(alone.run({ x })).rejects.toThrow(/disposed of/);
    both.dispose();
    alone.dispose();
    expect(device.counters.bytes).toBe(bytes);
  });
});
