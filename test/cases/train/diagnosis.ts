// Which module a step's error names.
import type { Case } from "../../../harness/case.ts";
import {
  add,
  compile,
  type Device,
  float32,
  int32,
  mean,
  mul,
  NonFiniteError,
  nn,
  optim,
  type Parameter,
  sqrt,
  square,
  Trainer,
  type Value,
} from "../../../src/index.ts";
import { assert, assertEqual } from "../support/assert.ts";

const [BATCH, STEPS, VOCABULARY] = [2, 3, 5];

class Root extends nn.Module {
  forward(x: Value): Value {
    return sqrt(x);
  }
}

class Model extends nn.Module {
  readonly embed = new nn.Embedding(VOCABULARY, 4);
  readonly parts = [new nn.LSTM(4, 6), new nn.Linear(6, 4)] as const;
  readonly root = new Root();

  forward(tokens: Value, under: Value): Value {
    const [hidden] = this.parts[0].forward(this.embed.forward(tokens));
    return this.root.forward(mul(square(this.parts[1].forward(hidden)), under));
  }
}

async function makeTrainer(device: Device) {
  const model = new Model();
  const trainer = await Trainer.create(device, model, {
    inputs: { tokens: int32([BATCH, STEPS]), under: float32([]), factor: float32([1]) },
    // the gradient of a root at 0 is infinite, and times 0 it is NaN
    loss: ({ tokens, under, factor }) => mean(sqrt(mul(add(model.forward(tokens, under), 1), factor))),
    optimizer: optim.adamW(),
  });
  return { model, trainer };
}

const tokens = Int32Array.of(0, 1, 2, 3, 2, 1);
const good = { tokens, under: 1, factor: [1] };

async function failureOf(step: Promise<unknown>): Promise<NonFiniteError> {
  try {
    await step;
  } catch (error) {
    assert(error instanceof NonFiniteError, `expected NonFiniteError, got ${error}`);
    return error;
  }
  throw new Error("expected NonFiniteError, nothing was thrown");
}

function expectSaid(error: NonFiniteError, what: string, module: string | null, ...parts: readonly string[]): void {
  assertEqual(error.message, { what: error.what, module: error.module }, { what, module });
  for (const part of parts) assert(error.message.includes(part), `"${error.message}" does not mention ${part}`);
}

export const diagnosisCases: readonly Case[] = [
  {
    name: "guard: the error names the first module that is not finite",
    async run({ device }) {
      const { model, trainer } = await makeTrainer(device);
      await trainer.step(good);
      const state = await trainer.stateDict();
      const { bytes } = device.counters;
      const spoil = async (name: string, at: number): Promise<NonFiniteError> => {
        const parameter = new Map(model.namedParameters()).get(name) as Parameter;
        const { data } = state.get(name) as { data: Float32Array };
        device.parameters.write(parameter, data.with(at, Number.NaN));
        const error = await failureOf(trainer.step(good));
        device.parameters.write(parameter, data);
        trainer.recover();
        return error;
      };
      const forward = "the first module whose output is not finite is";
      const weight = await spoil("parts.0.weight_hh_l0", 3);
      expectSaid(
        weight,
        "loss",
        "parts.0",
        "the loss is NaN",
        `${forward} parts.0 (LSTM)`,
        "parts.0.weight_hh_l0 is not",
      );
      const row = await spoil("embed.weight", 4 * 2 + 1);
      expectSaid(row, "loss", "embed", `${forward} embed (Embedding)`, "parameter embed.weight is not finite");
      // a row that no token asks for harms nobody
      const other = new Map(model.namedParameters()).get("embed.weight") as Parameter;
      const table = state.get("embed.weight") as { data: Float32Array };
      device.parameters.write(other, table.data.with(4 * 4, Number.NaN));
      await trainer.step(good);
      device.parameters.write(other, table.data);

      const fails = async (batch: Parameters<typeof trainer.step>[0]) => {
        const error = await failureOf(trainer.step(batch));
        trainer.recover();
        return error;
      };
      const root = await fails({ ...good, under: 0 });
      expectSaid(root, "gradient", "root", "going backward", "root (Root)", "the norm of the gradients is NaN");
      const outside = await fails({ ...good, factor: [0] });
      expectSaid(outside, "gradient", "", "the model itself (Model): the gradient that reaches its output");
      const input = await fails({ ...good, under: Number.NaN });
      expectSaid(input, "loss", "root", "input under is not finite");
      const late = await fails({ ...good, factor: [Number.POSITIVE_INFINITY] });
      expectSaid(late, "loss", null, "it arises in the loss function", "input factor is not finite", "is Infinity");
      assertEqual("bytes on the GPU", device.counters.bytes, bytes);
      trainer.dispose();
      model.dispose(device);
    },
  },
  {
    name: "guard: the module is found in steps in flight, where their inputs are there still",
    async run({ device }) {
      const { model, trainer } = await makeTrainer(device);
      const batch = { ...good, tokens: tokens.slice(), factor: new Float32Array([Number.NaN]) };
      const failing = [trainer.step({ ...batch, under: 0 }), trainer.step(good)];
      batch.factor[0] = 1;
      batch.tokens.fill(0);
      const [first, second] = await Promise.all(failing.map(failureOf));
      assert(first !== undefined && first === second, "both fail alike");
      expectSaid(first, "loss", null, "it arises in the loss function", "input factor is not finite");
      trainer.recover();

      using maker = await compile(device, null, { inputs: { x: float32([1]) }, fn: ({ x }) => mul(x, 2) });
      const onDevice = { ...good, factor: await maker.run({ x: [Number.NaN] }) };
      expectSaid(await failureOf(trainer.step(onDevice)), "loss", null, "input factor is not finite");
      trainer.recover();
      const [gone] = await Promise.all([trainer.step(onDevice), trainer.step(good)].map(failureOf));
      expectSaid(gone as NonFiniteError, "loss", null, "no module can be named", "factor of that step is gone");
      trainer.recover();
      assertEqual("steps", trainer.steps, 0);
      await trainer.step(good);
      trainer.dispose();
      model.dispose(device);
    },
  },
];
