// Options objects that a call takes once: what is not among them is refused, with the nearest one that is.
// That none of the declared functions takes an unknown one: test/hostile/hostile.test.ts.
import { expect, test } from "vitest";
import * as sg from "../../src/index.ts";
import { input } from "../plan/support.ts";

const { nn } = sg;
const x = () => input([2, 3, 8]);
const lengths = () => input([2], "int32");
const tokens = (length: number) => input([2, length], "int32");
const lm = () => new nn.TransformerLM(7, { dModel: 8, numHeads: 2, numLayers: 1, maxLength: 16 });
const seq2seq = () => new nn.Seq2Seq(7, 9, { embedding: 4, hidden: 6 });
const cache = () => ({ length: lengths(), layers: [{ key: input([2, 2, 16, 8]), value: input([2, 2, 16, 8]) }] });

test.for<[string, (options: never) => unknown, object, RegExp]>([
  ["rope", (o) => sg.rope(x(), o), { interleaved: true }, /no option interleaved/],
  ["rope's base", (o) => sg.rope(x(), o), { base: Number.NaN }, /base is NaN/],
  ["sinusoidalPositions", (o) => sg.sinusoidalPositions(3, 4, o), { ofset: 1 }, /use offset/],
  ["sinusoidalPositions' base", (o) => sg.sinusoidalPositions(3, 4, o), { base: 0 }, /base is 0/],
  [
    "attentionScores",
    (o) => sg.attentionScores(input([1, 2, 3, 4]), input([1, 2, 3, 4]), o),
    { dropout: 0.1 },
    /dropout/,
  ],
  ["LayerNorm", (o) => new nn.LayerNorm(4, o), { eps: 1e-5 }, /use epsilon/],
  ["LayerNorm's epsilon", (o) => new nn.LayerNorm(4, o), { epsilon: Number.NaN }, /epsilon is NaN/],
  ["RMSNorm", (o) => new nn.RMSNorm(4, o), { bias: true }, /no option bias/],
  ["MultiheadAttention", (o) => new nn.MultiheadAttention(8, 2, o), { numKvHeads: 1 }, /use kvHeads/],
  ["its rope", (o) => new nn.MultiheadAttention(8, 2, o), { rope: { pair: "half" } }, /use rope\.pairs/],
  ["LuongAttention", (o) => new nn.LuongAttention(4, 4, o), { scores: "dot" }, /use score/],
  [
    "TransformerEncoderLayer",
    (o) => new nn.TransformerEncoderLayer(8, 2, o),
    { finalNorm: true },
    /no option finalNorm/,
  ],
  ["TransformerEncoder", (o) => new nn.TransformerEncoder(8, 2, 1, o), { norm_first: true }, /use normFirst/],
  ["TransformerDecoder", (o) => new nn.TransformerDecoder(8, 2, 1, o), { drop: 0.1 }, /use dropout/],
  ["TransformerLM", (o) => new nn.TransformerLM(7, o), { dModel: 8, nHead: 2, numLayers: 1 }, /use numHeads/],
  [
    "MultiheadAttention.forward",
    (o) => new nn.MultiheadAttention(8, 2).forward(x(), x(), x(), o),
    { isCausal: true },
    /isCausal/,
  ],
  [
    "MultiheadAttention.weights",
    (o) => new nn.MultiheadAttention(8, 2).weights(x(), x(), o),
    { scale: 1 },
    /no option scale/,
  ],
  [
    "MultiheadAttention.cacheSpec",
    (o) => new nn.MultiheadAttention(8, 2).cacheSpec(o),
    { batch: 1, length: 4 },
    /no option length/,
  ],
  [
    "RecurrentAttention.prepare",
    (o) => new nn.AdditiveAttention(4, 8).prepare(x(), o),
    { length: lengths() },
    /use lengths/,
  ],
  [
    "RecurrentAttention.forward",
    (o) => new nn.AdditiveAttention(4, 8).forward(input([2, 4]), x(), o),
    { mask: x() },
    /no option mask/,
  ],
  ["Seq2Seq.encode", (o) => seq2seq().encode(tokens(5), o), { teacherForcing: 1 }, /no option teacherForcing/],
  ["Seq2Seq.forward", (o) => seq2seq().forward(tokens(5), tokens(4), o), { teacher_forcing: 1 }, /use teacherForcing/],
  ["Seq2Seq.greedy", (o) => seq2seq().greedy(tokens(5), 2, o), { length: lengths() }, /use lengths/],
  [
    "TransformerEncoderLayer.forward",
    (o) => new nn.TransformerEncoderLayer(8, 2).forward(x(), o),
    { casual: true },
    /use causal/,
  ],
  [
    "TransformerEncoder.forward",
    (o) => new nn.TransformerEncoder(8, 2, 1).forward(x(), o),
    { length: lengths() },
    /use lengths/,
  ],
  [
    "TransformerEncoder.cacheSpec",
    (o) => new nn.TransformerEncoder(8, 2, 1).cacheSpec(o),
    { batch: 0, capacity: 4 },
    /batch is 0/,
  ],
  [
    "TransformerDecoderLayer.forward",
    (o) => new nn.TransformerDecoderLayer(8, 2).forward(x(), x(), {}, o),
    { memoryLengths: lengths() },
    /memoryLengths/,
  ],
  [
    "TransformerDecoder.forward",
    (o) => new nn.TransformerDecoder(8, 2, 1).forward(x(), x(), o),
    { memory: x() },
    /no option memory/,
  ],
  [
    "TransformerDecoder.cacheSpec",
    (o) => new nn.TransformerDecoder(8, 2, 1).cacheSpec(o),
    { batch: 1, capacity: 4 },
    /sources is undefined/,
  ],
  ["TransformerLM.forward", (o) => lm().forward(tokens(3), o), { causal: false }, /no option causal/],
  ["TransformerLM.decode", (o) => lm().decode(tokens(1), cache(), o), { lastOnly: true }, /use last/],
  ["StreamBatches", (o) => new sg.StreamBatches(new Int32Array(9), o), { batch: 1, seqlen: 2 }, /use seqLen/],
])("%s", ([, call, options, message]) => {
  expect(() => call(options as never)).toThrow(sg.ArgumentError);
  expect(() => call(options as never)).toThrow(message);
});

test("a cache or state of another model is refused by name, one with more in it is taken", () => {
  const { length, layers } = cache();
  const decode = (given: object) => () => lm().decode(tokens(1), given as never);
  expect(decode({ length })).toThrow(/TransformerLM: cache\.layers is undefined, expected an array/);
  expect(decode({ length, layers: [...layers, ...layers] })).toThrow(/layers has 2 parts, expected one for each of 1/);
  expect(decode({ length, layers: [{ key: layers[0]?.key }] })).toThrow(/cache\.value is undefined, expected a value/);
  expect(decode({ length, layers, steps: length })).not.toThrow();
  const model = seq2seq();
  const { memory, state } = model.encode(tokens(5));
  const step = (given: object, read: object = memory) => model.step(input([2, 4]), given as never, read as never);
  expect(() => step({ ...state, c: [] })).toThrow(/Seq2Seq: state\.c has 0 values, expected 1/);
  expect(() => step({ ...state, feed: undefined })).toThrow(/state\.feed is undefined/);
  expect(() => step(state, { memory: memory.memory })).toThrow(/memory\.keys is undefined/);
});

test("split takes a whole number of parts", () => {
  for (const parts of [1.5, Number.POSITIVE_INFINITY, 0, -1, 2])
    expect(() => sg.split(input([3]), parts)).toThrow(sg.ShapeError);
});

test("numbers that a generator gives must lie in [0, 1), and tokens before in the vocabulary", () => {
  for (const number of [1, -0.5, Number.NaN])
    expect(() => sg.sampleToken([0, 0], {}, () => number)).toThrow(/random gave/);
  expect(() => sg.tokenProbabilities([0, 0], {}, [2])).toThrow(/previous has 2, expected tokens from 0 to 1/);
  expect([...sg.tokenProbabilities([0, 0], {}, new Set([0, 1]).values())]).toEqual([0.5, 0.5]);
});
