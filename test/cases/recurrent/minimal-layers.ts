/** What the minimal layers share with all recurrent layers, each by a second way that does without it. */
import type { Case, CaseContext } from "../../../harness/case.ts";
import {
  add,
  compile,
  concat,
  flip,
  float32,
  gradients,
  int32,
  mul,
  nn,
  slice,
  sum,
  type Value,
} from "../../../src/index.ts";
import { uniform } from "../../reference/array.ts";
import { tolerance } from "../../support/tolerance.ts";
import { assert, assertClose } from "../support/assert.ts";

const [BATCH, TIME, INPUT, HIDDEN] = [4, 7, 4, 5] as const;
const LENGTHS = [5, 0, 7, 1] as const;

type Layer = nn.MinGRU | nn.MinLSTM;
const kinds = [
  ["MinGRU", (options: nn.MinimalOptions) => new nn.MinGRU(INPUT, HIDDEN, options)],
  ["MinLSTM", (options: nn.MinimalOptions) => new nn.MinLSTM(INPUT, HIDDEN, options)],
] as const;

type Way = (layer: Layer, x: Value, state: Value, lengths: Value) => { outputs: Value; state: Value };

/** Outputs, final states and all gradients of a layer run in some way, on poisoned memory. */
async function resultsOf({ device }: CaseContext, layer: Layer, way: Way, seed = 3): Promise<Float32Array[]> {
  const count = layer.stateSpec(1).shape[0] as number;
  using compiled = await compile(device, layer, {
    inputs: {
      x: float32([BATCH, TIME, INPUT]),
      state: layer.stateSpec(BATCH),
      w: float32([BATCH, TIME, layer.outputSize]),
      lengths: int32([BATCH]),
    },
    fn: ({ x, state, w, lengths }) => {
      const result = way(layer, x, state, lengths);
      const loss = add(sum(mul(result.outputs, w)), sum(mul(result.state, result.state)));
      const found = gradients(loss, [x, state, ...layer.parameters()]);
      // parameters that take no part have no gradient
      return [result.outputs, result.state, ...found.filter((gradient) => gradient !== undefined)];
    },
    seed,
  });
  compiled.replay.poison();
  const data = (shape: readonly number[], salt: number) => Float32Array.from(uniform(shape, salt).data);
  const tensors = await compiled.run({
    x: data([BATCH, TIME, INPUT], 1),
    state: data([count, BATCH, HIDDEN], 2),
    w: data([BATCH, TIME, layer.outputSize], 3),
    lengths: Int32Array.from(LENGTHS),
  });
  return Promise.all(tensors.map(async (tensor) => (await tensor.read()) as Float32Array));
}

const asked = (result: readonly [Value, Value]) => ({ outputs: result[0], state: result[1] });
const whole: Way = (layer, x, state) => asked(layer.forward(x, state));
const withLengths: Way = (layer, x, state, lengths) => asked(layer.forward(x, state, { lengths }));

/** Each row by itself, cut to its own length. */
const rowByRow: Way = (layer, x, state) => {
  const rows = LENGTHS.map((length, row) => {
    const before = slice(state, 1, row, row + 1);
    // of a row without steps, outputs that are masked below, and the state as it is
    const own = slice(slice(x, 0, row, row + 1), 1, 0, Math.max(length, 1));
    const [found, after] = layer.forward(own, before);
    const [outputs, last] = length === 0 ? [mul(found, 0), before] : [found, after];
    const rest = TIME - Math.max(length, 1);
    const padding = rest > 0 ? [mul(slice(slice(x, 0, row, row + 1), 1, 0, rest), 0)] : [];
    // zeros of the outputs' width behind the end
    const zeros = padding.map((part) => concat(new Array(layer.outputSize).fill(slice(part, 2, 0, 1)), 2));
    return { outputs: concat([outputs, ...zeros], 1), state: last };
  });
  return {
    outputs: concat(rows.map(({ outputs }) => outputs)),
    state: concat(
      rows.map((row) => row.state),
      1,
    ),
  };
};

/** A layer's own weights in another layer: its parameters are put in the place of the other's. */
function sharing(
  layer: Layer,
  make: (options: nn.MinimalOptions) => Layer,
  suffix: string,
  options: nn.MinimalOptions,
): Layer {
  const other = make(options);
  const fields = layer as unknown as Record<string, unknown>;
  Object.assign(other, { weight_ih_l0: fields[`weight_ih_l0${suffix}`], bias_ih_l0: fields[`bias_ih_l0${suffix}`] });
  return other;
}

function compareAll(label: string, got: readonly Float32Array[], want: readonly Float32Array[]): void {
  assert(got.length === want.length && got.length > 3, `${label}: ${got.length} results`);
  const bounds = tolerance.recurrent(TIME, HIDDEN);
  got.forEach((values, i) => {
    assertClose(`${label}: result ${i}`, values, want[i] as Float32Array, bounds);
  });
}

const casesOf = ([kind, make]: (typeof kinds)[number]): Case[] => [
  {
    name: `${kind}: rows with lengths are rows by themselves`,
    async run(context) {
      for (const options of [
        {},
        { bidirectional: true },
        { numLayers: 2, bidirectional: true, merge: "sum" },
      ] as const) {
        const layer = make(options);
        const want = await resultsOf(context, layer, rowByRow);
        compareAll(JSON.stringify(options), await resultsOf(context, layer, withLengths), want);
      }
    },
  },
  {
    name: `${kind}: two directions are two layers`,
    async run(context) {
      const layer = make({ bidirectional: true });
      const byHand: Way = (both, x, state) => {
        const [forward, forwardState] = sharing(both, make, "", {}).forward(x, slice(state, 0, 0, 1));
        const [turned, reverseState] = sharing(both, make, "_reverse", {}).forward(flip(x, 1), slice(state, 0, 1, 2));
        return { outputs: concat([forward, flip(turned, 1)], 2), state: concat([forwardState, reverseState]) };
      };
      compareAll("bidirectional", await resultsOf(context, layer, whole), await resultsOf(context, layer, byHand));
      const alone: Way = (both, x, state) => {
        const [outputs, last] = sharing(both, make, "", { reverse: true }).forward(x, slice(state, 0, 0, 1));
        return { outputs: concat([outputs, outputs], 2), state: concat([last, last]) };
      };
      const turnedByHand: Way = (both, x, state) => {
        const [turned, last] = sharing(both, make, "", {}).forward(flip(x, 1), slice(state, 0, 0, 1));
        const outputs = flip(turned, 1);
        return { outputs: concat([outputs, outputs], 2), state: concat([last, last]) };
      };
      compareAll("reverse", await resultsOf(context, layer, alone), await resultsOf(context, layer, turnedByHand));
    },
  },
  {
    name: `${kind}: checkpoints and inspection change nothing`,
    async run(context) {
      for (const checkpointEvery of [1, 3, 4]) {
        const options = { checkpointEvery, bidirectional: true };
        const layer = make(options);
        const plain: Way = (_, x, state, lengths) => {
          const same = make({ bidirectional: true });
          for (const [name, parameter] of layer.namedParameters()) Object.assign(same, { [name]: parameter });
          return asked(same.forward(x, state, { lengths }));
        };
        compareAll(
          `every ${checkpointEvery}`,
          await resultsOf(context, layer, withLengths),
          await resultsOf(context, layer, plain),
        );
      }
      const layer = make({ numLayers: 2 });
      const inspected: Way = (own, x, state, lengths) => own.inspect(x, state, { lengths });
      compareAll("inspect", await resultsOf(context, layer, inspected), await resultsOf(context, layer, withLengths));
    },
  },
];

export const minimalLayerCases: readonly Case[] = kinds.flatMap(casesOf);
