// What dispose() gives back, and that a creation which fails leaves nothing behind.
import { expect, test } from "vitest";
import { kernels } from "../../src/kernels/generated/all.ts";
import { compile, float32, losses, matmul, mul, nn, openDevice, optim, Trainer, type Value } from "../../src/node.ts";
import { device } from "../support/device.ts";
import { CharModel, charTrainer, tokensFor } from "../system/support.ts";

const bytes = () => device.counters.bytes;

/** The buffers through which results are read stay for the next reading: read once before counting. */
async function trainAndDispose(): Promise<void> {
  const { model, trainer } = await charTrainer(device);
  await trainer.step(tokensFor(8));
  await trainer.stateDict();
  trainer.dispose();
  trainer.dispose();
  model.dispose(device);
  model.dispose(device);
}

test("a trainer and its model give all bytes back, also when disposed of twice", async () => {
  await trainAndDispose();
  const before = bytes();
  await trainAndDispose();
  expect(bytes()).toBe(before);
});

test("a compiled function gives its bytes back and leaves the model's parameters", async () => {
  const model = new nn.Linear(3, 4);
  const before = bytes();
  const options = {
    inputs: { x: float32([2, 3]) },
    fn: ({ x }: { x: Value }) => ({ y: model.forward(x) }),
  };
  const first = await compile(device, model, options);
  const held = bytes();
  const second = await compile(device, model, options);
  expect(bytes() - held).toBeLessThan(held - before);
  second.dispose();
  expect(bytes()).toBe(held);
  first.dispose();
  expect(bytes()).toBe(before + 16 * 4);
  model.dispose(device);
  expect(bytes()).toBe(before);
});

test("a program whose parameters were freed says so", async () => {
  const model = new nn.Linear(3, 4);
  using program = await compile(device, model, {
    inputs: { x: float32([2, 3]) },
    fn: ({ x }) => ({ y: model.forward(x) }),
  });
  model.dispose(device);
  await expect(program.run({ x: new Float32Array(6) })).rejects.toMatchObject({
    name: "DataError",
    message: expect.stringMatching(/parameters was disposed of.*compile again/),
  });
});

test("a program too large for one buffer is refused, with a remedy, and leaves nothing", async () => {
  const before = bytes();
  const rows = Math.ceil(device.profile.limits.maxStorageBufferBindingSize / 4 / 1024) + 1;
  const model = new nn.Linear(2, 1024);
  const refused = {
    name: "OutOfMemoryError",
    message: expect.stringMatching(/MiB.*expected at most.*use a smaller batch/),
  };
  await expect(
    compile(device, model, { inputs: { x: float32([rows, 2]) }, fn: ({ x }) => ({ y: model.forward(x) }) }),
  ).rejects.toMatchObject(refused);
  await expect(
    Trainer.create(device, model, {
      inputs: { x: float32([rows, 2]) },
      loss: ({ x }) => losses.meanSquaredError(model.forward(x), mul(model.forward(x), 0.5)),
      optimizer: optim.adamW(),
    }),
  ).rejects.toMatchObject(refused);
  await expect(
    compile(device, null, { inputs: { x: float32([rows, 1024]) }, fn: ({ x }) => ({ y: mul(x, 2) }) }),
  ).rejects.toMatchObject(refused);
  expect(bytes()).toBe(before);
  const large = new nn.Linear(1024, rows);
  await expect(
    compile(device, large, {
      inputs: { x: float32([1, 1024]) },
      fn: ({ x }) => ({ y: matmul(x, large.weight, { transposeB: true }) }),
    }),
  ).rejects.toMatchObject({ name: "OutOfMemoryError" });
  expect(bytes()).toBe(before);
  await device.idle();
});

test("a kernel that does not compile leaves nothing, and the model as it was", async () => {
  for (const name of ["random_fill", "adamw"] as const) {
    // what did not compile is not tried again
    using own = await openDevice();
    const kernel = kernels[name].manifest as { source: string };
    const source = kernel.source;
    kernel.source = `${source}\nnonsense`;
    try {
      const before = own.counters.bytes;
      await expect(charTrainer(own)).rejects.toMatchObject({
        name: "KernelError",
        message: expect.stringContaining(`/${name}.wgsl:`),
      });
      expect(own.counters.bytes).toBe(before);
    } finally {
      kernel.source = source;
    }
    await own.idle();
  }
});

test("two programs made at once for one model see the same parameters", async () => {
  const model = new CharModel();
  const options = { inputs: { x: float32([1, 16]) }, fn: ({ x }: { x: Value }) => ({ y: model.head.forward(x) }) };
  const [a, b] = await Promise.all([compile(device, model, options), compile(device, model, options)]);
  const x = new Float32Array(16).fill(1);
  const [one, other] = [await (await a.run({ x })).y.read(), await (await b.run({ x })).y.read()];
  expect(one.some((value) => value !== 0)).toBe(true);
  expect(other).toEqual(one);
  a.dispose();
  b.dispose();
  model.dispose(device);
});

test("a model starts from the same numbers whatever was on the device before", async () => {
  const start = async () => {
    const { model, trainer } = await charTrainer(device, { seed: 5 });
    const dict = await model.stateDict(device);
    trainer.dispose();
    return { model, dict };
  };
  const first = await start();
  const second = await start();
  expect(second.dict).toEqual(first.dict);
  const { trainer, model } = await charTrainer(device, { seed: 6 });
  expect(await model.stateDict(device)).not.toEqual(first.dict);
  trainer.dispose();
  for (const each of [first.model, second.model, model]) each.dispose(device);
});

test("openDevice refuses an adapter of another kind, and says what to do", async () => {
  const other = device.adapter.kind === "software" ? "hardware" : "software";
  // with a GPU and a software adapter side by side both are to be had
  const refused = await openDevice({ adapter: other }).catch((error: unknown) => error);
  if (device.adapter.kind === "hardware" && !(refused instanceof Error)) return;
  expect(refused).toMatchObject({
    name: "UnsupportedError",
    message: expect.stringMatching(/openDevice: .*(use adapter: "auto"|no GPU adapter answers)/),
  });
  using same = await openDevice({ adapter: device.adapter.kind });
  expect(same.adapter).toEqual(device.adapter);
});
