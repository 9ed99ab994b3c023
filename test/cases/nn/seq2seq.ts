import type { Case, CaseContext } from "../../../harness/case.ts";
import { compile, full, gradients, int32, losses, nn, type Value } from "../../../src/index.ts";
import { integers, type NdArray, uniform } from "../../reference/array.ts";
import { type Named, type Seq2SeqCase, seq2seq } from "../../reference/recurrent/seq2seq.ts";
import { plus, type Tolerance, tolerance } from "../../support/tolerance.ts";
import { assert, assertClose, assertEqual, assertRejects } from "../support/assert.ts";
import { type Check, opCase } from "../support/check.ts";
import { pair } from "../support/pair.ts";
import { numbersFor, replaceNested } from "../support/replace.ts";

export interface Setting extends Seq2SeqCase {
  readonly batch: number;
  readonly source: number;
  readonly target: number;
  readonly embedding: number;
  readonly hidden: number;
  readonly encoderHidden?: number;
  readonly lengths?: boolean;
}

const SOURCES = 6;
export const TARGETS = 5;

export const modelOf = ({ batch: _, source: __, target: ___, lengths: ____, ...options }: Setting): nn.Seq2Seq =>
  new nn.Seq2Seq(SOURCES, TARGETS, options);

/** Each cell, each attention, one and both directions, one layer and two, with and without feeding; sizes 1, odd and 4n. */
export const SETTINGS: readonly Setting[] = [
  { cell: "lstm", attention: "dot", batch: 1, source: 1, target: 1, embedding: 1, hidden: 1 },
  {
    cell: "lstm",
    attention: "general",
    bidirectional: true,
    batch: 3,
    source: 5,
    target: 4,
    embedding: 4,
    hidden: 8,
    lengths: true,
  },
  {
    cell: "gru",
    attention: "bahdanau",
    bidirectional: true,
    numLayers: 2,
    batch: 2,
    source: 4,
    target: 3,
    embedding: 3,
    hidden: 5,
    lengths: true,
  },
  {
    cell: "rnn",
    attention: "concat",
    inputFeeding: false,
    batch: 2,
    source: 3,
    target: 5,
    embedding: 2,
    hidden: 3,
    encoderHidden: 4,
  },
  {
    cell: "lstm",
    attention: "bahdanau",
    numLayers: 2,
    batch: 2,
    source: 3,
    target: 3,
    embedding: 4,
    hidden: 4,
    startToken: 2,
  },
  {
    cell: "gru",
    attention: "dot",
    inputFeeding: false,
    batch: 2,
    source: 6,
    target: 4,
    embedding: 3,
    hidden: 4,
    lengths: true,
  },
];

const tokens = (shape: readonly [number, number], vocabulary: number, seed: number): NdArray =>
  integers(shape, uniform(shape, seed, 0, vocabulary).data.map(Math.floor));

export function dataOf({ batch, source, target, lengths }: Setting) {
  return {
    source: tokens([batch, source], SOURCES, 1),
    target: tokens([batch, target], TARGETS, 2),
    lengths: lengths
      ? integers(
          [batch],
          Array.from({ length: batch }, (_, b) => Math.max(1, source - 2 * b)),
        )
      : undefined,
  };
}

export const toleranceOf = ({ source, target, hidden, embedding, numLayers = 1 }: Setting): Tolerance =>
  plus(tolerance.recurrent((source + 2 * target) * numLayers, 2 * hidden + embedding), tolerance.softmax(source));

function checkOf(setting: Setting): Check {
  const { source, target, lengths } = dataOf(setting);
  const parameters = numbersFor(modelOf(setting));
  const names = [...parameters.keys()];
  const count = names.length;
  return {
    label: JSON.stringify(setting),
    inputs: [...parameters.values(), source, target, ...(lengths ? [lengths] : [])],
    f: pair(
      (x) => {
        const model = modelOf(setting);
        replaceNested(model, x.slice(0, count));
        const [source, target, lengths] = x.slice(count) as [Value, Value, Value | undefined];
        const { logits, weights } = model.forward(source, target, { lengths });
        return [logits, weights];
      },
      (x) => {
        const named: Named = Object.fromEntries(names.map((name, i) => [name, x[i]]));
        const [source, target, lengths] = x.slice(count) as [NdArray, NdArray, NdArray | undefined];
        const { logits, weights } = seq2seq(setting, named, { source, target, lengths });
        return [logits, weights];
      },
    ),
    tolerance: toleranceOf(setting),
    probes: 2,
  };
}

const forward = opCase("seq2seq", () => SETTINGS.map(checkOf));

export const typed = (x: NdArray) => (x.dtype === "int32" ? Int32Array.from(x.data) : Float32Array.from(x.data));

/** Puts known numbers into a model's parameters; gives them by name. */
export function fill({ device }: CaseContext, model: nn.Seq2Seq, seed = 50): Record<string, NdArray> {
  const numbers = numbersFor(model, seed);
  const dict = [...numbers].map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }] as const);
  model.loadStateDict(device, new Map(dict));
  return Object.fromEntries(numbers);
}

/** Without a probability, or with 1, a training step has no argmax in it, and what is predicted is worked out at once. */
async function plan({ device }: CaseContext): Promise<void> {
  const setting = SETTINGS[1] as Setting;
  const { batch, source, target } = setting;
  const kernels = async (teacherForcing?: number) => {
    const model = modelOf(setting);
    using compiled = await compile(device, model, {
      inputs: { source: int32([batch, source]), target: int32([batch, target]) },
      fn: ({ source, target }) => {
        const options = teacherForcing === undefined ? {} : { teacherForcing };
        const loss = losses.crossEntropy(model.forward(source, target, options).logits, target);
        return { loss, found: gradients(loss, model.parameters()) };
      },
    });
    return compiled.describe();
  };
  const [absent, one, half] = [await kernels(), await kernels(1), await kernels(0.5)];
  assertEqual("1 is as absent", one, absent);
  assert(!/argmax|random/.test(absent), "argmax without a probability");
  assert(/argmax/.test(half) && /random_uniform/.test(half), "no argmax with a probability");
  const linear = nn.linearForcing({ steps: 10, start: 0.9, end: 0.1 });
  assertEqual(
    "linear",
    [0, 5, 10, 20]
      .map(linear)
      .map((x) => x.toFixed(6))
      .join(),
    "0.900000,0.500000,0.100000,0.100000",
  );
  const curve = nn.inverseSigmoidForcing(100);
  assertClose("inverse sigmoid", [curve(0), curve(100 * Math.log(100))], [100 / 101, 0.5], tolerance.arithmetic);
}

async function errors({ device }: CaseContext): Promise<void> {
  const sizes = { embedding: 3, hidden: 4 };
  const make = (options: object) => () => new nn.Seq2Seq(SOURCES, TARGETS, { ...sizes, ...options });
  await assertRejects("UnsupportedError", ["cell is mlp", "lstm"], make({ cell: "mlp" }));
  await assertRejects("UnsupportedError", ["attention is cosine", "bahdanau"], make({ attention: "cosine" }));
  await assertRejects("ShapeError", ["dot", "encoderHidden"], make({ attention: "dot", encoderHidden: 3 }));
  await assertRejects("ArgumentError", ["hidden"], make({ hidden: 0 }));
  await assertRejects("ArgumentError", ["dropout"], make({ dropout: 1 }));
  await assertRejects("ShapeError", ["startToken", "4"], make({ startToken: TARGETS }));
  const model = new nn.Seq2Seq(SOURCES, TARGETS, sizes);
  const trace = (source: number[], target: number[], options: object = {}) =>
    compile(device, model, {
      inputs: { source: int32(source), target: int32(target), lengths: int32([2]) },
      fn: ({ source, target, lengths }) => model.forward(source, target, { lengths, ...options }),
    });
  await assertRejects("ShapeError", ["target", "batch"], () => trace([2, 3], [3, 3]));
  await assertRejects("ShapeError", ["source", "[batch, length]"], () => trace([2, 3, 1], [2, 3]));
  await assertRejects("ShapeError", ["teacherForcing", "1.5"], () => trace([2, 3], [2, 3], { teacherForcing: 1.5 }));
  await assertRejects("ShapeError", ["teacherForcing", "[2]"], () =>
    trace([2, 3], [2, 3], { teacherForcing: full([2], 1) }),
  );
  await assertRejects("DtypeError", ["source", "int32"], () => model.encode(full([2, 3], 1)));
  await assertRejects("ArgumentError", ["linearForcing", "steps"], () => nn.linearForcing({ steps: 0 }));
  using compiled = await trace([2, 3], [2, 3]);
  const data = { source: new Int32Array(6), target: new Int32Array(6) };
  await assertRejects("DataError", ["length", "4"], () => compiled.run({ ...data, lengths: Int32Array.of(3, 4) }));
}

export const seq2seqCases: readonly Case[] = [
  forward,
  { name: "seq2seq plan and schedules", run: plan },
  { name: "seq2seq errors", run: errors },
];
