// What WebGPU refuses of one program, trainer, state or tensor fails this one, and nothing else on the device.
import type { Case, CaseContext } from "../../../harness/case.ts";
import {
  compile,
  createRecurrentDecoder,
  createSeq2SeqDecoder,
  createTransformerDecoder,
  type Device,
  float32,
  losses,
  mul,
  nn,
  OutOfMemoryError,
  optim,
  State,
  Trainer,
} from "../../../src/index.ts";
import { languageModel, Reader, readerOptions, trainerOptions, translator } from "../../hostile/world.ts";
import { assert, assertEqual, assertRejects, assertSame } from "../support/assert.ts";

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
  // the GPU has answered: the next run's errors are caught by a scope, and known when that run's are read
  await before.y.read();
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

/** Memory runs out at each place of a creation, one after the other: nothing of it is left, and the device works. */
async function creations({ device }: CaseContext): Promise<void> {
  const [reader, seq2seq] = [new Reader(), translator()];
  // with its first program, which is there before others fail
  (await device.parameters.place(seq2seq.parameters(), 0)).keep();
  const creations: Readonly<Record<string, () => unknown>> = {
    compile: () => double(device),
    "compile with a model": () => {
      const model = new nn.Linear(4, 4);
      return compile(device, model, { inputs: { x: float32([1, 4]) }, fn: ({ x }) => model.forward(x) });
    },
    "Trainer.create": () => {
      const model = new nn.Linear(2, 2);
      return Trainer.create(device, model, { ...trainerOptions(model), optimizer: optim.adamW({ learningRate: 0.1 }) });
    },
    State: () => new State(device, { h: float32([4]), c: float32([4]) }),
    createRecurrentDecoder: () => createRecurrentDecoder(device, reader, readerOptions(reader)),
    createTransformerDecoder: () => createTransformerDecoder(device, languageModel(), { capacity: 4 }),
    createSeq2SeqDecoder: () => createSeq2SeqDecoder(device, seq2seq, { batch: 1, sourceLength: 2 }),
  };
  const { createBuffer } = device;
  for (const [name, create] of Object.entries(creations)) {
    let made: unknown;
    let allowed = 0;
    for (; !made; allowed++) {
      const { bytes } = device.counters;
      let left = allowed;
      device.createBuffer = (label, ...rest) => {
        if (left-- === 0) throw new OutOfMemoryError("device: no room for the test");
        return createBuffer.call(device, label, ...rest);
      };
      try {
        made = await create();
      } catch (error) {
        assertEqual(`${name}: ${error}`, (error as Error).name, "OutOfMemoryError");
      } finally {
        device.createBuffer = createBuffer;
      }
      if (!made) assertEqual(`${name}: bytes left where buffer ${allowed} fails`, device.counters.bytes, bytes);
    }
    assert(allowed > 2, `${name} made only ${allowed} buffers`);
    (made as { dispose(): void }).dispose();
    await works(`a program after ${name} failed`, device);
  }
  reader.dispose(device);
  seq2seq.dispose(device);
}

export const failureCases: readonly Case[] = [
  { name: "failures: a program's are its own", run: programs },
  { name: "failures: a trainer's are its own", run: trainers },
  { name: "failures: a state's are its own", run: states },
  { name: "failures: creations leave nothing behind", run: creations },
  { name: "failures: an output that is its input", run: sameBuffer },
];
