// Options objects that a call takes once: what is not among them is refused, with the nearest one that is.
import { expect, test } from "vitest";
import * as sg from "../src/index.ts";
import { input } from "./plan/support.ts";

const { nn } = sg;
const x = () => input([2, 3, 8]);

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
  ["StreamBatches", (o) => new sg.StreamBatches(new Int32Array(9), o), { batch: 1, seqlen: 2 }, /use seqLen/],
])("%s", ([, call, options, message]) => {
  expect(() => call(options as never)).toThrow(sg.ArgumentError);
  expect(() => call(options as never)).toThrow(message);
});

test("numbers that a generator gives must lie in [0, 1), and tokens before in the vocabulary", () => {
  for (const number of [1, -0.5, Number.NaN])
    expect(() => sg.sampleToken([0, 0], {}, () => number)).toThrow(/random gave/);
  expect(() => sg.tokenProbabilities([0, 0], {}, [2])).toThrow(/previous has 2, expected tokens from 0 to 1/);
  expect([...sg.tokenProbabilities([0, 0], {}, new Set([0, 1]).values())]).toEqual([0.5, 0.5]);
});
