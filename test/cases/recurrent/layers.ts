// Every option of nn.RNN, nn.GRU and nn.LSTM against the float64 oracle, with central differences for the gradients.
import type { Case, CaseContext } from "../../../harness/case.ts";
import {
  add,
  compile,
  concat,
  dropout,
  float32,
  full,
  mul,
  nn,
  randomUniform,
  sub,
  sum,
  type Tensor,
  type Value,
} from "../../../src/index.ts";
import { array, map, type NdArray, uniform } from "../../reference/array.ts";
import { type CellKind, type LayerOptions, recurrentLayers } from "../../reference/recurrent/layers.ts";
import { plus, tolerance } from "../../support/tolerance.ts";
import { assertClose } from "../support/assert.ts";
import { opCase } from "../support/check.ts";
import { pair } from "../support/pair.ts";
import {
  type LayerCheck,
  layerCheck,
  layerOf,
  NORMALIZED,
  parametersFor,
  replaceParameters,
  stateShapes,
} from "../support/recurrent-layers.ts";
import { recurrentAccuracyCases } from "./accuracy.ts";
import { recurrentErrorCases } from "./errors.ts";
import { recurrentLongCases } from "./long.ts";
import { recurrentNameCases } from "./names.ts";
import { oneLoopCases } from "./one-loop.ts";
import { ownCellCases } from "./own-cell.ts";
import { recurrentPaddingCases } from "./padding.ts";
import { recurrentSequenceCases } from "./sequences.ts";

const KINDS = ["RNN", "GRU", "LSTM"] as const;

/** Options that all layers have, each with lengths and a given state. */
const sharedOptions: readonly NonNullable<LayerCheck["options"]>[] = [
  {},
  { bias: false },
  { reverse: true },
  { bidirectional: true },
  { bidirectional: true, merge: "sum" },
  { bidirectional: true, merge: "average" },
  { bidirectional: true, merge: "multiply" },
  { numLayers: 2 },
  { numLayers: 2, bidirectional: true },
  { numLayers: 2, bidirectional: true, merge: "average", checkpointEvery: 2 },
  { checkpointEvery: 1 },
  { checkpointEvery: 3 },
  { checkpointEvery: 5 },
];

/** Layers of different sizes. */
const sizes: readonly Partial<LayerCheck>[] = [
  { hidden: [4, 3], lengths: true, state: true },
  { hidden: [3, 5, 4], options: { bidirectional: true, merge: "sum", checkpointEvery: 2 }, state: true },
  { hidden: [2, 5], options: { bidirectional: true, trainableState: true }, inspect: true },
];

const ownOptions: Readonly<Record<CellKind, readonly NonNullable<LayerCheck["options"]>[]>> = {
  RNN: [
    ...["sigmoid", "identity", "hard_sigmoid"].map((activation) => ({ activation })),
    { activation: "relu" },
    { activation: "leaky_relu", negativeSlope: 0.3 },
    { activation: "hard_sigmoid", hardSigmoidSlope: 0.3 },
    { activation: "elu", gateClip: 0.5 },
    { singleBias: true },
    { numLayers: 2, activation: { name: "scaled_tanh", alpha: 1.3 } },
  ],
  GRU: [
    { resetAfter: false },
    { resetAfter: false, bias: false, bidirectional: true },
    { resetAfter: false, checkpointEvery: 2 },
    { gateActivation: "hard_sigmoid", activation: "silu" },
    { activation: "identity", resetAfter: false, singleBias: true },
    { gateClip: 0.3 },
    {
      bidirectional: true,
      activation: ["softsign", "tanh"],
      gateActivation: ["sigmoid", { name: "hard_sigmoid", alpha: 0.3, beta: 0.4 }],
    },
  ],
  LSTM: [
    { peephole: true },
    { projectionSize: 3 },
    { projectionSize: 1, bidirectional: true, numLayers: 2 },
    { layerNorm: true },
    { layerNorm: true, bias: false, peephole: true, projectionSize: 2 },
    { cellClip: 0.4 },
    { gateClip: 0.3, peephole: true },
    { coupleForget: true, activation: "softplus" },
    { coupleForget: true, peephole: true, cellClip: 0.5 },
    { gateActivation: "hard_sigmoid", hardSigmoidSlope: 0.2, activation: "hard_tanh", outputActivation: "softsign" },
    { singleBias: true },
    { activation: "relu", checkpointEvery: 2, singleBias: true },
    { peephole: true, checkpointEvery: 3, bidirectional: true },
    { peephole: "full", projectionSize: 3 },
    { layerNorm: { epsilon: 0.1, carry: true }, peephole: "full" },
    { layerNorm: { carry: true }, outputActivation: { name: "affine", alpha: 0.5, beta: 0.1 }, cellClip: 0.9 },
  ],
};

const checksOf = (kind: CellKind, options: readonly NonNullable<LayerCheck["options"]>[], rest: Partial<LayerCheck>) =>
  options.map((each) => layerCheck({ kind, options: each, ...rest }));

/** Both whole batches from zeros and unequal lengths from a given state. */
const optionCases = KINDS.flatMap((kind) => [
  opCase(`${kind} layers`, () => [
    ...checksOf(kind, sharedOptions, { lengths: true, state: true }),
    ...checksOf(kind, sharedOptions.slice(0, 4), {}),
    ...sizes.map((each) => layerCheck({ kind, ...each })),
  ]),
  opCase(`${kind} options`, () => [
    // every cell has kernels of its own, with lengths and without: most of a case is compiling them
    ...ownOptions[kind].flatMap((options, i) =>
      checksOf(kind, [options], i % 2 === 0 ? { lengths: true, state: true } : {}),
    ),
  ]),
  opCase(`${kind} states`, () => [
    ...checksOf(kind, [{ trainableState: true }], {}),
    ...checksOf(kind, [{ trainableState: true, numLayers: 2, bidirectional: true }], { lengths: true }),
    ...checksOf(kind, [{}, { trainableState: true }], { state: true, reset: true, lengths: true }),
    ...checksOf(kind, [{ bidirectional: true, trainableState: true, checkpointEvery: 2 }], {
      state: true,
      reset: true,
    }),
  ]),
  opCase(`${kind} inspected`, () => [
    ...checksOf(kind, [{}, { bidirectional: true, numLayers: 2 }], { inspect: true, lengths: true, state: true }),
    ...checksOf(kind, ownOptions[kind].slice(0, 3), { inspect: true }),
  ]),
]);

/** Zoneout in evaluation mode takes the expectation; dropout of connections does nothing there. */
const evaluationCase = opCase("recurrent layers' zoneout and dropout in evaluation", () =>
  KINDS.flatMap((kind) => [
    layerCheck({ kind, options: { zoneout: 0.3, recurrentDropout: 0.4 }, evaluate: true }),
    layerCheck({ kind, options: { zoneout: { h: 0.2 } }, evaluate: true, lengths: true, state: true }),
    layerCheck({ kind, options: { zoneout: { c: 0.5 }, bidirectional: true }, evaluate: true, lengths: true }),
  ]),
);

interface Random {
  readonly kind: CellKind;
  readonly options: LayerOptions & { readonly recurrentDropout?: number; readonly zoneout?: { h: number; c: number } };
  readonly lengths: boolean;
}

const random: readonly Random[] = KINDS.flatMap((kind) => [
  { kind, options: { recurrentDropout: 0.4 }, lengths: false },
  { kind, options: { zoneout: { h: 0.3, c: 0.5 } }, lengths: true },
  { kind, options: { recurrentDropout: 0.3, zoneout: { h: 0.5, c: 0.25 } }, lengths: true },
]);

/**
 * In training the masks are random: a program that draws nothing else draws the same numbers, in the order of the layers, and the
 * oracle is given what follows from them. Forward and backward must have taken these. One number tells of both states of an LSTM.
 */
async function randomMasks(context: CaseContext): Promise<unknown> {
  const [batch, time, hidden] = [3, 5, 4];
  const state = [batch, hidden];
  using compiled = await compile(context.device, null, {
    inputs: { none: float32([1]) },
    training: true,
    fn: () =>
      random.map(({ options }) => ({
        ...(options.recurrentDropout ? { recurrentMask: dropout(full(state, 1), options.recurrentDropout) } : {}),
        ...(options.zoneout ? { drawn: randomUniform([time, ...state]) } : {}),
      })),
  });
  const results = (await compiled.run({ none: new Float32Array(1) })) as unknown as Record<string, Tensor>[];
  const checks = await Promise.all(
    random.map(async ({ kind, options, lengths }, i) => {
      const { recurrentMask, drawn } = Object.fromEntries(
        await Promise.all(
          Object.entries(results[i] as Record<string, Tensor>).map(
            async ([name, tensor]) => [name, array(tensor.shape, await tensor.read())] as const,
          ),
        ),
      );
      const { h = 0, c = 0 } = options.zoneout ?? {};
      const where = (stays: (u: number) => boolean) => map(drawn as NdArray, (u) => (stays(u) ? 0 : 1));
      const renewed = drawn && {
        h: where((u) => u < h),
        ...(kind === "LSTM" ? { c: where((u) => u < h * c || (u >= h && u < h + (1 - h) * c)) } : {}),
      };
      const masks = { recurrentMask, ...(renewed ? { renewed } : {}) };
      return layerCheck({ kind, options, batch, time, hidden, lengths, masks });
    }),
  );
  return opCase("", () => checks).run(context);
}

/** Of units, how many keep h, c and both: as many as two independent draws would let. */
async function zoneoutShares({ device }: CaseContext): Promise<void> {
  const [batch, hidden, rates] = [16, 256, { h: 0.3, c: 0.5 }];
  const cell = new nn.LSTMCell(1, hidden, { zoneout: rates });
  const state = float32([batch, hidden]);
  using compiled = await compile(device, cell, {
    inputs: { x: float32([batch, 1]), h: state, c: state },
    training: true,
    seed: 3,
    fn: ({ x, h, c }) => cell.forward(x, { h, c }),
  });
  const before = new Float32Array(batch * hidden).fill(2);
  const next = await compiled.run({ x: new Float32Array(batch), h: before, c: before });
  const [h, c] = [await next.h.read(), await next.c.read()];
  const share = (stays: (i: number) => boolean) => before.filter((_, i) => stays(i)).length / before.length;
  const shares = [share((i) => h[i] === 2), share((i) => c[i] === 2), share((i) => h[i] === 2 && c[i] === 2)];
  // five standard deviations
  const near = (p: number) => ({ relative: 0, absolute: 5 * Math.sqrt((p * (1 - p)) / before.length) });
  for (const [i, p] of [rates.h, rates.c, rates.h * rates.c].entries()) {
    assertClose(`share ${i}`, [shares[i] as number], [p], near(p));
  }
  cell.dispose(device);
}

type CellOptions = LayerOptions & { readonly bias?: boolean };

/** Cells are one step of their layers: forward and gradients by the layers' oracle. */
function cellCheck(kind: CellKind, options: CellOptions) {
  const [batch, input, hidden] = [3, 2, 4];
  const make = () => {
    if (kind === "RNN") return new nn.RNNCell(input, hidden, options as nn.RNNCellOptions);
    if (kind === "GRU") return new nn.GRUCell(input, hidden, options as nn.GRUCellOptions);
    return new nn.LSTMCell(input, hidden, options as nn.LSTMCellOptions);
  };
  const layer = layerOf(kind, input, hidden, options);
  const parameters = parametersFor(layer);
  const shapes = Object.entries(stateShapes(layer, batch)).map(([name, [, ...shape]]) => [name, shape] as const);
  const names = shapes.map(([name]) => name);
  return {
    label: `${kind}Cell ${JSON.stringify(options)}`,
    inputs: [
      uniform([batch, input], 1),
      ...shapes.map(([, shape], i) => uniform(shape, 2 + i)),
      ...parameters.values(),
    ],
    f: pair(
      ([x, h, ...rest]) => {
        const cell = make();
        if (cell instanceof nn.LSTMCell) {
          replaceParameters(cell, rest.slice(1));
          const { h: next, c } = cell.forward(x, { h, c: rest[0] as Value });
          return [next, c];
        }
        replaceParameters(cell, rest);
        return cell.forward(x, h);
      },
      ([x, ...rest]) => {
        const layered = (value: NdArray) => ({ ...value, shape: [1, ...value.shape] });
        const states = Object.fromEntries(names.map((name, i) => [name, layered(rest[i] as NdArray)]));
        const own = Object.fromEntries([...parameters.keys()].map((name, i) => [name, rest[names.length + i]]));
        const sequence = { ...x, shape: [batch, 1, input] };
        const result = recurrentLayers(kind, options, sequence, own, { states });
        return Object.values(result.states).map((value) => ({ ...value, shape: value.shape.slice(1) }));
      },
    ),
    tolerance: plus(tolerance.recurrent(1, hidden), options.layerNorm ? NORMALIZED : tolerance.exact),
    gradients: plus(tolerance.recurrent(2, 16), options.layerNorm ? NORMALIZED : tolerance.exact),
    probes: 2,
  };
}

/** The options of the layers, none of them of several layers or directions, as far as cells have them. */
const cellCase = opCase("recurrent cells", () => [
  ...["tanh", "relu", "hard_sigmoid"].map((activation) => cellCheck("RNN", { activation })),
  cellCheck("RNN", { activation: { name: "scaled_tanh", alpha: 1.3 }, gateClip: 0.5, singleBias: true }),
  ...[true, false].map((resetAfter) => cellCheck("GRU", { resetAfter })),
  cellCheck("GRU", { gateActivation: "hard_sigmoid", activation: "silu", gateClip: 0.5, bias: false }),
  cellCheck("LSTM", {}),
  ...ownOptions.LSTM.filter(
    ({ numLayers, bidirectional, checkpointEvery }) => !numLayers && !bidirectional && !checkpointEvery,
  ).map((options) => cellCheck("LSTM", options)),
]);

/** Sum of squares of all outputs and states, and `gradientNorms` of it, against differences with respect to h_t. */
function normCheck(kind: CellKind, options: LayerOptions, lengths: boolean) {
  const [batch, time, input, hidden] = [2, 6, 2, 4];
  const parameters = parametersFor(layerOf(kind, input, hidden, options));
  const ends = lengths ? [{ ...array([batch], [time, 4]), dtype: "int32" as const }] : [];
  return {
    label: `${kind} ${JSON.stringify(options)}${lengths ? " with lengths" : ""}`,
    inputs: [uniform([batch, time, input], 1), ...parameters.values(), ...ends],
    f: pair(
      ([x, ...rest]) => {
        const layer = layerOf(kind, input, hidden, options);
        replaceParameters(layer, rest.slice(0, parameters.size));
        const lengthsGiven = { lengths: rest[parameters.size] as Value | undefined };
        const { outputs, layers } = (layer as nn.LSTM).inspect(x, undefined, lengthsGiven);
        const weighed = mul(outputs, mul(outputs, outputs));
        const loss = add(sum(weighed), sum(mul(sub(outputs, 0.3), 0.5)));
        return concat(nn.gradientNorms(loss, layers));
      },
      ([x, ...rest]) => {
        const own = Object.fromEntries([...parameters.keys()].map((name, i) => [name, rest[i]]));
        const lossAt = (probe: NdArray): number => {
          const run = { lengths: rest[parameters.size], probe };
          const { outputs } = recurrentLayers(kind, options, x, own, run);
          return outputs.data.reduce((total, y) => total + y ** 3 + (y - 0.3) * 0.5, 0);
        };
        const step = 1e-5;
        const squares = new Float64Array(time);
        for (let i = 0; i < time * batch * hidden; i++) {
          const moved = (by: number) => {
            const probe = array([time, batch, hidden], new Float64Array(time * batch * hidden));
            probe.data[i] = by;
            return lossAt(probe);
          };
          const slope = (moved(step) - moved(-step)) / (2 * step);
          const t = Math.floor(i / (batch * hidden));
          squares[t] = (squares[t] as number) + slope ** 2;
        }
        return array([time], squares.map(Math.sqrt));
      },
    ),
    tolerance: tolerance.recurrent(2 * time, 16 * hidden),
    gradients: false as const,
  };
}

const normsCase = opCase("gradientNorms", () => [
  ...KINDS.map((kind) => normCheck(kind, {}, false)),
  ...KINDS.map((kind) => normCheck(kind, {}, true)),
  normCheck("RNN", { activation: "relu" }, false),
  normCheck("LSTM", { reverse: true }, true),
  normCheck("GRU", { resetAfter: false, reverse: true }, false),
]);

export const recurrentCases: readonly Case[] = [
  ...optionCases,
  ...oneLoopCases,
  evaluationCase,
  { name: "recurrent layers' random masks", run: randomMasks },
  { name: "zoneout keeps two states independently", run: zoneoutShares },
  cellCase,
  normsCase,
  ...ownCellCases,
  ...recurrentNameCases,
  ...recurrentSequenceCases,
  ...recurrentErrorCases,
  ...recurrentLongCases,
  ...recurrentPaddingCases,
  ...recurrentAccuracyCases,
];
