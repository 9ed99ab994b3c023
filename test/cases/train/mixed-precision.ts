import type { Case } from "../../../harness/case.ts";
import {
  type Device,
  float32,
  linear,
  losses,
  lstm,
  nn,
  optim,
  Parameter,
  Trainer,
  toFloat16,
  type Value,
  zeros,
} from "../../../src/index.ts";
import { uniform } from "../../reference/array.ts";
import { assert, assertRejects, assertSame } from "../support/assert.ts";
import { adapterKinds, withProfile } from "../support/profile.ts";

const [TIME, BATCH, INPUT, HIDDEN, CLASSES] = [3, 2, 6, 8, 4];

/** An LSTM and a head, of which products read the parameters or copies in 16 bits. */
class Net extends nn.Module {
  readonly ih = new Parameter([4 * HIDDEN, INPUT], nn.initializers.uniform(-0.4, 0.4));
  readonly hh = new Parameter([4 * HIDDEN, HIDDEN], nn.initializers.uniform(-0.4, 0.4));
  readonly bias = new Parameter([4 * HIDDEN], nn.initializers.uniform(-0.4, 0.4));
  readonly head: Parameter;

  constructor(
    readonly copies: boolean,
    head = nn.initializers.uniform(-0.4, 0.4),
  ) {
    super();
    this.head = new Parameter([CLASSES, HIDDEN], head);
  }

  loss(x: Value, y: Value): Value {
    const read = this.copies ? toFloat16 : (weight: Value) => weight;
    const start = zeros([BATCH, HIDDEN]);
    const { outputs } = lstm(linear(x, read(this.ih), this.bias), read(this.hh), start, start);
    return losses.meanSquaredError(linear(outputs, read(this.head)), y);
  }
}

const data = {
  x: Float32Array.from(uniform([TIME, BATCH, INPUT], 1).data),
  y: Float32Array.from(uniform([TIME, BATCH, CLASSES], 2).data),
};

function train(device: Device, model: Net, mixedPrecision: boolean, learningRate = 0.1) {
  return Trainer.create(device, model, {
    inputs: { x: float32([TIME, BATCH, INPUT]), y: float32([TIME, BATCH, CLASSES]) },
    loss: ({ x, y }) => model.loss(x, y),
    optimizer: optim.sgd({ learningRate, momentum: 0.9 }),
    clipNorm: 0.5,
    mixedPrecision,
    seed: 7,
  });
}

/** Losses of some steps, then of an evaluation, then all parameters. */
async function run(device: Device, copies: boolean, mixedPrecision: boolean, learningRate?: number) {
  const model = new Net(copies);
  using trainer = await train(device, model, mixedPrecision, learningRate);
  const before = await model.stateDict(device);
  const given: number[] = [];
  for (let step = 0; step < 3; step++) given.push((await trainer.step(data)).loss);
  const { loss } = await trainer.evaluate(data);
  const after = await model.stateDict(device);
  const flat = (state: nn.StateDict) => [...state.values()].flatMap(({ data }) => [...data]);
  return { given, evaluated: loss, before: flat(before), after: flat(after), head: model.head.dtype };
}

export const mixedPrecisionCases: readonly Case[] = [
  {
    name: "mixed precision reads copies in 16 bits and trains the parameters",
    async run({ device }) {
      for (const kind of adapterKinds) {
        await withProfile(device, kind, async () => {
          const [mixed, byHand, full] = [
            await run(device, false, true),
            await run(device, true, false),
            await run(device, false, false),
          ];
          assertSame(`${kind}: losses`, mixed.given, byHand.given);
          assertSame(`${kind}: parameters`, mixed.after, byHand.after);
          assert(mixed.given[0] !== full.given[0], `${kind}: expected another loss than that of float32 weights`);
          // what is evaluated are the parameters, the copies of which are an evaluation of the other model
          assert(mixed.evaluated !== byHand.evaluated, `${kind}: expected evaluate to read the parameters`);
          const slow = await run(device, false, true, 1e-4);
          const isTooSmallFor16Bits = (i: number) =>
            Math.abs((slow.after[i] as number) - (slow.before[i] as number)) <
            2 ** -12 * Math.abs(slow.before[i] as number);
          const moved = slow.after.filter((value, i) => value !== slow.before[i] && isTooSmallFor16Bits(i)).length;
          assert(moved > slow.after.length / 2, `${kind}: only ${moved} parameters took a small step`);
        });
      }
    },
  },
  {
    name: "mixed precision: a weight that 16 bits do not hold stops training",
    async run({ device }) {
      using trainer = await train(device, new Net(false, nn.initializers.constant(1e5)), true);
      await assertRejects("NonFiniteError", ["step 1", "loss"], () => trainer.step(data));
    },
  },
];
