// What WebGPU refuses of one program, trainer, state or tensor fails this one, and nothing else on the device.
import type { Case, CaseContext } from "../../harness/case.ts";
import { compile, type Device, float32, losses, mul, nn, optim, State, Trainer } from "../../src/index.ts";
import { assertRejects, assertSame } from "./support/assert.ts";

const double = (device: Device) =>
  compile(device, null, { inputs: { x: float32([4]) }, fn: ({ x }) => ({ y: mul(x, 2) }) });

async function works(what: string, device: Device): Promise<void> {
  device.check();
  using program = await double(device);
  const { y } = await program.run({ x: [1, 2, 3, 4] });
  assertSame(what, await y.read(), Float32Array.of(2, 4, 6, 8));
}

const inputOf = ({ replay }: { replay: { buffers: readonly GPUBuffer[] } }) =>
  replay.buffers.find(({ label }) => label.startsWith("input")) as GPUBuffer;

async function programs({ device }: CaseContext): Promise<void> {
  const [broken, whole] = [await double(device), await double(device)];
  const x = [1, 2, 3, 4];
  const before = await whole.run({ x });
  const own = await broken.run({ x });
  // the bind group still holds it
  inputOf(broken).destroy();
  const run = async () => (await broken.run({ x })).y.read();
  await assertRejects("KernelError", ["WebGPU refused it", "compile again"], run);
  await assertRejects("KernelError", ["WebGPU refused it"], run);
  await assertRejects("KernelError", ["WebGPU refused it"], () => own.y.read());
  await assertRejects("KernelError", ["WebGPU refused it"], () => whole.run({ x: own.y }));
  assertSame("another's tensor", await before.y.read(), Float32Array.of(2, 4, 6, 8));
  await works("a program after a broken one", device);
  broken.dispose();
  whole.dispose();
}

async function trainers({ device }: CaseContext): Promise<void> {
  const model = new nn.Linear(4, 4);
  const create = () =>
    Trainer.create(device, model, {
      inputs: { x: float32([2, 4]) },
      carry: { last: float32([2, 4]) },
      loss({ x, last }) {
        const y = model.forward(x);
        return { loss: losses.meanSquaredError(y, last), carry: { last: y } };
      },
      optimizer: optim.sgd({ learningRate: 0.1 }),
    });
  const [broken, whole] = [await create(), await create()];
  const data = { x: new Float32Array(8).fill(1) };
  inputOf(broken).destroy();
  await assertRejects("KernelError", ["WebGPU refused it"], () => broken.step(data));
  await assertRejects("KernelError", ["WebGPU refused it"], () => broken.stepWithoutLoss(data));
  await whole.step(data);
  whole.resetCarry();
  await whole.step(data);
  whole.dispose();
  await assertRejects("DataError", ["disposed of"], () => whole.resetCarry());
  broken.dispose();
  model.dispose(device);
  await works("a program after a broken trainer", device);
}

async function states({ device }: CaseContext): Promise<void> {
  const state = new State(device, { h: float32([4]) });
  state.write({ h: [1, 2, 3, 4] });
  // of itself: nothing to do
  state.write({ h: state.tensors.h });
  assertSame("written with itself", await state.tensors.h.read(), Float32Array.of(1, 2, 3, 4));
  const { h } = state.tensors;
  h.buffer.destroy();
  await assertRejects("KernelError", ["WebGPU refused it"], () => h.read());
  state.reset();
  await device.idle();
  await assertRejects("KernelError", ["state", "make a new one"], () => state.reset());
  await assertRejects("KernelError", ["state"], () => state.tensors.h.read());
  state.dispose();
  await assertRejects("DataError", ["state", "disposed of"], () => state.reset());
  await works("a program after a broken state", device);
}

/** An output that is the input itself goes in again. */
async function sameBuffer({ device }: CaseContext): Promise<void> {
  using program = await compile(device, null, { inputs: { x: float32([4]) }, fn: ({ x }) => ({ x, y: mul(x, 2) }) });
  let { x } = await program.run({ x: [1, 2, 3, 4] });
  for (let i = 0; i < 2; i++) ({ x } = await program.run({ x }));
  assertSame("the same", await x.read(), Float32Array.of(1, 2, 3, 4));
}

export const failureCases: readonly Case[] = [
  { name: "failures: a program's are its own", run: programs },
  { name: "failures: a trainer's are its own", run: trainers },
  { name: "failures: a state's are its own", run: states },
  { name: "failures: an output that is its input", run: sameBuffer },
];
