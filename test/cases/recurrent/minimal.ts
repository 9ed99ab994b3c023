import type { Case, CaseContext } from "../../../harness/case.ts";
import {
  compile,
  float32,
  full,
  losses,
  mean,
  nn,
  optim,
  type Parameter,
  type Tensor,
  Trainer,
  type Value,
} from "../../../src/index.ts";
import { type NdArray, uniform } from "../../reference/array.ts";
import { type MinimalParameters, minimalLayers } from "../../reference/recurrent/minimal.ts";
import { plus, type Tolerance, tolerance } from "../../support/tolerance.ts";
import { assert, assertClose, assertEqual, assertRejects } from "../support/assert.ts";
import { type Check, opCase } from "../support/check.ts";
import { pair } from "../support/pair.ts";
import { adapterKinds, withProfile } from "../support/profile.ts";

const CELLS = ["gru", "lstm"] as const;
const ACTIVATIONS = ["g", "identity", "tanh"] as const;
type Cell = (typeof CELLS)[number];

const layerOf = (cell: Cell, ...args: ConstructorParameters<typeof nn.MinGRU>) =>
  cell === "gru" ? new nn.MinGRU(...args) : new nn.MinLSTM(...args);
const gatesOf = (cell: Cell) => (cell === "gru" ? 2 : 3);

interface Shape {
  readonly batch: number;
  readonly time: number;
  readonly input: number;
  readonly hidden: number;
  readonly layers?: number;
  readonly bias?: boolean;
  /** Of all weights: 1 is the order that a layer starts with. */
  readonly scale?: number;
}

const toleranceOf = ({ time, input, hidden, layers = 1, scale = 1 }: Shape): Tolerance => {
  const one = plus(
    tolerance.reduction(time),
    plus(tolerance.matmul(scale * scale * (input + hidden)), tolerance.elementwise),
  );
  return Array.from({ length: layers - 1 }).reduce<Tolerance>((sum) => plus(sum, one), one);
};

/** Gradients with respect to x, the state, and each parameter: the module's parameters are replaced by inputs. */
function check(cell: Cell, activation: (typeof ACTIVATIONS)[number], shape: Shape): Check {
  const { batch, time, input, hidden, layers = 1, bias = true, scale = 1 } = shape;
  const parameters = Array.from({ length: layers }, (_, layer) => {
    const into = layer === 0 ? input : hidden;
    const bound = scale / Math.sqrt(into);
    const weight = uniform([gatesOf(cell) * hidden, into], 10 + layer, -bound, bound);
    return bias ? [weight, uniform([gatesOf(cell) * hidden], 20 + layer, -bound, bound)] : [weight];
  });
  const grouped = <T>(rest: readonly T[]) =>
    parameters.map((group, layer) => group.map((_, i) => rest[layer * group.length + i] as T));
  return {
    label: `${cell} ${activation} ${JSON.stringify(shape)}`,
    inputs: [uniform([batch, time, input], 1, -2, 2), uniform([layers, batch, hidden], 2), ...parameters.flat()],
    f: pair(
      ([x, state, ...rest]) => {
        const module = layerOf(cell, input, hidden, { numLayers: layers, bias, activation });
        grouped<Value>(rest).forEach(([weight, own], layer) => {
          const replaced = { [`weight_ih_l${layer}`]: weight, ...(own ? { [`bias_ih_l${layer}`]: own } : {}) };
          Object.assign(module, replaced as Record<string, Parameter>);
        });
        return module.forward(x, state);
      },
      ([x, state, ...rest]) =>
        minimalLayers(cell, activation, x, grouped<NdArray>(rest) as unknown as MinimalParameters[], state),
    ),
    tolerance: toleranceOf(shape),
    probes: 3,
  };
}

const SHAPES: readonly Shape[] = [
  { batch: 1, time: 1, input: 1, hidden: 1 },
  { batch: 3, time: 2, input: 5, hidden: 4, bias: false },
  { batch: 2, time: 65, input: 3, hidden: 5, layers: 2 },
  { batch: 4, time: 67, input: 2, hidden: 8, layers: 2 },
  { batch: 1, time: 130, input: 4, hidden: 33 },
];

/** Gates driven to 0 and 1, where quotients and logarithms break. */
const SATURATED: Shape = { batch: 2, time: 80, input: 3, hidden: 6, scale: 16 };

const formulas = CELLS.flatMap((cell) =>
  ACTIVATIONS.map((activation) =>
    opCase(`minimal ${cell} ${activation}`, () => [
      // sizes are the same code for every activation
      ...SHAPES.slice(activation === "g" ? 0 : 3).map((shape) => check(cell, activation, shape)),
      check(cell, activation, SATURATED),
    ]),
  ),
);

/** A whole sequence, the same in pieces, and step by step, the state kept on the GPU: the same numbers. */
async function inPieces({ device }: CaseContext): Promise<void> {
  const [batch, time, input, hidden, numLayers] = [3, 120, 5, 12, 2];
  const x = uniform([batch, time, input], 1);
  for (const cell of CELLS) {
    const module = layerOf(cell, input, hidden, { numLayers });
    /** Results for pieces of `size` steps, put together. */
    const run = async (size: number) => {
      using compiled = await compile(device, module, {
        inputs: { x: float32([batch, size, input]), state: module.stateSpec(batch) },
        fn: ({ x, state }) => module.forward(x, state),
        seed: 3,
      });
      compiled.replay.poison();
      const outputs = new Float32Array(batch * time * hidden);
      let state: Tensor | undefined;
      for (let from = 0; from < time; from += size) {
        const piece = Float32Array.from({ length: batch * size * input }, (_, i) => {
          const [row, rest] = [Math.floor(i / (size * input)), i % (size * input)];
          return x.data[(row * time + from) * input + rest] as number;
        });
        const [y, next] = await compiled.run({ x: piece, ...(state ? { state } : {}) } as never);
        const data = await y.read();
        for (let row = 0; row < batch; row++) {
          outputs.set(data.subarray(row * size * hidden, (row + 1) * size * hidden), (row * time + from) * hidden);
        }
        state = next;
      }
      return { outputs, state: await (state as Tensor).read(), dispatches: compiled.stats.dispatches };
    };
    const whole = await run(time);
    for (const size of [40, 8, 1]) {
      const pieces = await run(size);
      const allowed = toleranceOf({ batch, time, input, hidden, layers: numLayers });
      assertClose(`${cell} in pieces of ${size}`, pieces.outputs, whole.outputs, allowed);
      assertClose(`${cell} state after pieces of ${size}`, pieces.state, whole.state, allowed);
    }
  }
}

/** Learns to keep the first input's sign; dispatches do not grow with the sequence, whichever kernels are chosen. */
async function training({ device }: CaseContext): Promise<unknown> {
  const [batch, input, hidden] = [8, 2, 16];
  const report: Record<string, number> = {};
  for (const cell of CELLS) {
    const trainerOf = async (time: number) => {
      const rnn = layerOf(cell, input, hidden);
      const head = new nn.Linear(hidden, 1);
      class Model extends nn.Module {
        rnn = rnn;
        head = head;
      }
      return Trainer.create(device, new Model(), {
        inputs: { x: float32([batch, time, input]), y: float32([batch, 1]) },
        loss: ({ x, y }) => losses.meanSquaredError(head.forward(mean(rnn.forward(x)[0], 1)), y),
        optimizer: optim.adam({ learningRate: 0.02 }),
        seed: 1,
      });
    };
    for (const time of [32, 200]) {
      using trainer = await trainerOf(time);
      const x = uniform([batch, time, input], time);
      const y = Float32Array.from({ length: batch }, (_, row) => Math.sign(x.data[row * time * input] as number));
      const found: number[] = [];
      trainer.replay.poison();
      for (let step = 0; step < 8; step++) found.push((await trainer.step({ x: Float32Array.from(x.data), y })).loss);
      assert(found.every(Number.isFinite), `${cell} T ${time}: losses ${found}`);
      assert((found.at(-1) as number) < (found[0] as number), `${cell} T ${time}: the loss does not fall, ${found}`);
    }
    for (const kind of adapterKinds) {
      const counts = await withProfile(device, kind, async () => {
        using short = await trainerOf(512);
        using long = await trainerOf(4096);
        return [short.stats.dispatches, long.stats.dispatches] as const;
      });
      // a sum over more rows may take a stage more
      const [short, long] = counts;
      assert(
        long <= Math.min(short + 4, 40),
        `${cell}, ${kind} kernels: ${long} dispatches at T 4096, ${short} at T 512, expected no more and at most 40`,
      );
      report[`${cell} ${kind}`] = long;
    }
  }
  return report;
}

async function dropoutBetweenLayers({ device }: CaseContext): Promise<void> {
  const module = new nn.MinGRU(3, 8, { numLayers: 2, dropout: 0.5 });
  const data = { x: Float32Array.from(uniform([2, 9, 3], 1).data) };
  const outputs: Float32Array[] = [];
  for (const training of [false, true]) {
    using compiled = await compile(device, module, {
      inputs: { x: float32([2, 9, 3]) },
      fn: ({ x }) => module.forward(x)[0],
      training,
    });
    outputs.push((await (await compiled.run(data)).read()) as Float32Array);
  }
  assert(
    (outputs[1] as Float32Array).every(Number.isFinite) && `${outputs[0]}` !== `${outputs[1]}`,
    "dropout changes nothing",
  );
}

const errors: Case = {
  name: "minimal layers' errors",
  async run() {
    for (const cell of CELLS) {
      const name = cell === "gru" ? "MinGRU" : "MinLSTM";
      const module = layerOf(cell, 3, 4, { numLayers: 2 });
      const named = Object.fromEntries([...module.namedParameters()].map(([key, { shape }]) => [key, shape]));
      const rows = gatesOf(cell) * 4;
      assertEqual(name, named, {
        weight_ih_l0: [rows, 3],
        bias_ih_l0: [rows],
        weight_ih_l1: [rows, 4],
        bias_ih_l1: [rows],
      });
      await assertRejects("ShapeError", [name, "[2, 5, 4]", "[batch, time, 3]"], () =>
        module.forward(full([2, 5, 4], 0)),
      );
      await assertRejects("ShapeError", [name, "[2, 3, 4]", "[2, 2, 4]"], () =>
        module.forward(full([2, 5, 3], 0), full([2, 3, 4], 0)),
      );
      await assertRejects("ShapeError", [name, "hiddenSize"], () => layerOf(cell, 3, 0));
      await assertRejects("ArgumentError", [name, "dropout"], () => layerOf(cell, 3, 4, { dropout: 1 }));
      await assertRejects("ArgumentError", [name, 'one of "g", "identity", "tanh"'], () =>
        layerOf(cell, 3, 4, { activation: "relu" as never }),
      );
    }
  },
};

export const minimalCases: readonly Case[] = [
  ...formulas,
  { name: "minimal layers in pieces", run: inPieces },
  { name: "minimal layers learn", run: training },
  { name: "minimal layers' dropout", run: dropoutBetweenLayers },
  errors,
];
