/**
 * What CTC takes of a training step of a bidirectional LSTM, by a clock around each dispatch and by whole steps with and without it.
 *
 *   node harness/with-adapter.mjs node harness/ts.mjs bench/programs/ctc-share.ts [--batch 32] [--time 200] [--hidden 128]
 *
 * Without it, the loss is the mean of the logits: forward and backward through the same layers.
 */
import { parseArgs } from "node:util";
import { type Device, float32, int32, losses, mean, nn, openDevice, optim, Trainer } from "../../src/node.ts";
import { median } from "../median.ts";

const [FEATURES, SYMBOLS, TARGET, ROUNDS] = [26, 29, 30, 9];

async function newTrainer(device: Device, [batch, time, hidden]: readonly [number, number, number], isCtc: boolean) {
  const model = {
    body: new nn.LSTM(FEATURES, hidden, { bidirectional: true }),
    head: new nn.Linear(2 * hidden, SYMBOLS),
  };
  return Trainer.create(device, model, {
    inputs: { x: float32([batch, time, FEATURES]), targets: int32([batch, TARGET]) },
    loss: ({ x, targets }) => {
      const logits = model.head.forward(model.body.forward(x)[0]);
      return isCtc ? losses.ctc(logits, targets) : mean(logits);
    },
    optimizer: optim.adam(),
    seed: 1,
  });
}

export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      batch: { type: "string", default: "32" },
      time: { type: "string", default: "200" },
      hidden: { type: "string", default: "128" },
    },
  });
  const sizes = [Number(values.batch), Number(values.time), Number(values.hidden)] as const;
  const device = await openDevice();
  const [withCtc, without] = [await newTrainer(device, sizes, true), await newTrainer(device, sizes, false)];
  const x = Float32Array.from({ length: sizes[0] * sizes[1] * FEATURES }, (_, i) => Math.sin(i * 1.7));
  const targets = Int32Array.from({ length: sizes[0] * TARGET }, (_, i) => 1 + ((i * 7) % (SYMBOLS - 1)));
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round <= ROUNDS; round++) {
    for (const i of round % 2 ? [0, 1] : [1, 0]) {
      const start = performance.now();
      if (i === 0) await withCtc.step({ x, targets });
      else await without.step({ x, targets });
      // the first one compiles and warms up
      if (round > 0) times[i]?.push(performance.now() - start);
    }
  }
  const [a, b] = times.map(median) as [number, number];
  const { rows, total } = await withCtc.profile({ repetitions: 3 });
  const own = rows.filter(({ kernel }) => kernel.startsWith("ctc"));
  const inCtc = own.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  console.log(`a step: ${a.toFixed(1)} ms with CTC, ${b.toFixed(1)} ms without: ${(100 * (1 - b / a)).toFixed(1)}%`);
  console.log(
    `CTC's own kernels (${own.reduce((sum, { calls }) => sum + calls, 0)} dispatches): ${inCtc.toFixed(1)} of ${total.milliseconds.toFixed(1)} ms, ${((100 * inCtc) / total.milliseconds).toFixed(1)}%`,
  );
  device.dispose();
  return 0;
}
