import type { Case } from "../../../harness/case.ts";
import { float32, losses, nn, optim, Trainer, type Value } from "../../../src/index.ts";
import { generator } from "../../reference/array.ts";
import { tolerance } from "../../support/tolerance.ts";
import { assertClose, assertEqual } from "../support/assert.ts";

/** The largest in the middle: what is made before and after it runs in its memory. */
const sizes = [
  [2, 3],
  [5, 7],
  [3, 1],
] as const;

const dataOf = (batch: number, time: number, step: number) => {
  const random = generator(batch * 100 + time * 10 + step);
  const array = (...shape: number[]) =>
    Object.assign(
      Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random() - 0.5),
      { shape },
    );
  return { x: array(batch, time, 3), y: array(batch, time, 5) };
};

export const sizesCases: readonly Case[] = [
  {
    name: "sizes that vary: programs in one memory",
    async run({ device }) {
      const make = (batch: number | string, time: number | string) => {
        const model = new nn.LSTM(3, 5);
        return Trainer.create(device, model, {
          inputs: { x: float32([batch, time, 3]), y: float32([batch, time, 5]) },
          loss: ({ x, y }: { x: Value; y: Value }) => losses.meanSquaredError(model.forward(x)[0], y),
          // the parameters stay, so that the order of the steps does not matter
          optimizer: optim.sgd({ learningRate: 0 }),
          seed: 1,
        });
      };
      using trainer = await make("batch", "time");
      const found = new Map<string, number[]>();
      for (let step = 0; step < 2; step++) {
        for (const [batch, time] of sizes) {
          if (step > 0) trainer.replay.poison();
          const { loss, gradNorm } = await trainer.step(dataOf(batch, time, step));
          found.set(`${batch} ${time} ${step}`, [loss, gradNorm]);
        }
      }
      assertEqual("programs", trainer.programs.programs.length, sizes.length);
      for (const [batch, time] of sizes) {
        using own = await make(batch, time);
        for (let step = 0; step < 2; step++) {
          const { loss, gradNorm } = await own.step(dataOf(batch, time, step));
          const what = `${batch} ${time} ${step}`;
          assertClose(what, found.get(what) as number[], [loss, gradNorm], tolerance.optimizer(8));
        }
      }
    },
  },
];
