// A script for Deno: a GRU learns to continue a sine, goes on by itself, and is saved.
//
//   deno run --allow-write=sine.safetensors sine.ts
import { writeFile } from "node:fs/promises";
import { compile, encodeSafetensors, float32, losses, nn, openDevice, optim, Trainer, type Value } from "npm:seqgrad";

class Forecaster extends nn.Module {
  rnn = new nn.GRU(1, 16);
  head = new nn.Linear(16, 1);

  forward(x: Value, state?: Value): [y: Value, state: Value] {
    const [hidden, next] = this.rnn.forward(x, state);
    return [this.head.forward(hidden), next];
  }
}

const batch = 8;
const length = 32;
const wave = (step: number) => Math.sin(step / 4);
const waves = (first: number) =>
  Float32Array.from({ length: batch * length }, (_, i) => wave(first + 7 * Math.floor(i / length) + (i % length)));

const device = await openDevice();
console.log(`adapter: ${device.adapter.name}`);
const model = new Forecaster();
const trainer = await Trainer.create(device, model, {
  inputs: { x: float32([batch, length, 1]), y: float32([batch, length, 1]) },
  loss: ({ x, y }) => losses.meanSquaredError(model.forward(x)[0], y),
  optimizer: optim.adamW({ learningRate: 0.02 }),
  seed: 0,
});
for (let step = 0; step <= 150; step++) {
  const { loss } = await trainer.step({ x: waves(step), y: waves(step + 1) });
  if (step % 50 === 0) console.log(`step ${step}: loss ${loss.toFixed(4)}`);
}

// it hears a wave once, then each of its answers is what it hears next
const next = await compile(device, model, {
  inputs: { x: float32([1, 1, 1]), state: float32([1, 1, 16]) },
  fn: ({ x, state }) => {
    const [y, after] = model.forward(x, state);
    return { y, state: after };
  },
});
let { y, state } = await next.run({ x: [[[wave(0)]]], state: new Float32Array(16) });
for (let step = 1; step < length; step++) ({ y, state } = await next.run({ x: [[[wave(step)]]], state }));
for (let step = length; step < length + 4; step++) {
  const [heard = 0] = await y.read();
  console.log(`${heard.toFixed(2)} where the sine is ${wave(step).toFixed(2)}`);
  ({ y, state } = await next.run({ x: y, state }));
}

await writeFile("sine.safetensors", encodeSafetensors(await trainer.stateDict()));
console.log("saved to sine.safetensors");
device.dispose();
