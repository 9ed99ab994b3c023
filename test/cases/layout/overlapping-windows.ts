import type { Case } from "../../../harness/case.ts";
import {
  add,
  compile,
  concat,
  float32,
  gradients,
  mean,
  nn,
  optim,
  slice,
  sqrt,
  square,
  stopGradient,
  sum,
  Trainer,
  type Value,
} from "../../../src/index.ts";
import { uniform } from "../../reference/array.ts";
import { tolerance } from "../../support/tolerance.ts";
import { assertClose } from "../support/assert.ts";

const [BATCH, INPUT, HIDDEN] = [3, 2, 5] as const;
/** Williams and Peng 1990: every k1 steps the gradient goes back over k2 steps. */
const [K1, K2] = [3, 6] as const;
const TIME = K1 + K2;

export const overlappingWindowCases: readonly Case[] = [
  {
    name: "truncated backpropagation with k1 < k2: windows overlap, the state goes on after k1 steps",
    async run({ device }) {
      const model = new nn.LSTM(INPUT, HIDDEN);
      const trainer = await Trainer.create(device, model, {
        inputs: { x: float32([BATCH, K2, INPUT]) },
        carry: { state: model.stateSpec(BATCH) },
        loss: ({ x, state }) => {
          const [first, next] = model.forward(slice(x, 1, 0, K1), state);
          const [rest] = model.forward(slice(x, 1, K1), next);
          return { loss: mean(square(concat([first, rest], 1))), carry: { state: next } };
        },
        optimizer: optim.sgd({ learningRate: 0 }),
      });
      const x = Float32Array.from(uniform([BATCH, TIME, INPUT], 5).data);
      const window = (start: number) =>
        Float32Array.from({ length: BATCH * K2 * INPUT }, (_, i) => {
          const row = Math.floor(i / (K2 * INPUT));
          return x[row * TIME * INPUT + start * INPUT + (i % (K2 * INPUT))] as number;
        });
      await trainer.step({ x: window(0) });
      const second = await trainer.step({ x: window(K1) });

      using whole = await compile(device, model, {
        inputs: { x: float32([BATCH, TIME, INPUT]) },
        fn: ({ x: all }) => {
          const [, { h, c }] = model.forward(slice(all, 1, 0, K1));
          const [outputs] = model.forward(slice(all, 1, K1), { h: stopGradient(h), c: stopGradient(c) });
          const loss = mean(square(outputs));
          const found = gradients(loss, model.parameters()) as Value[];
          const squares = found.map((gradient) => sum(square(gradient)));
          return { loss, norm: sqrt(squares.reduce((total, part) => add(total, part))) };
        },
      });
      const want = await whole.run({ x });
      const bounds = tolerance.recurrent(TIME, HIDDEN);
      assertClose("loss of the second window", [second.loss], await want.loss.read(), bounds);
      assertClose("norm of its gradient", [second.gradNorm], await want.norm.read(), bounds);
      trainer.dispose();
    },
  },
];
