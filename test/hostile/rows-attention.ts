// A valid call of each model with attention, and of its methods: the object first.
import * as sg from "../../src/index.ts";
import { input } from "../plan/support.ts";
import { f, i, type Rows } from "./rows.ts";

const { nn } = sg;
const transformer = () => ({ dimFeedforward: 8, dropout: 0.1, activation: "gelu", normFirst: true, bias: true });
const mha = () => new nn.MultiheadAttention(8, 2);
const cache = () => ({ key: f(2, 2, 16, 8), value: f(2, 2, 16, 8) });
const place = () => ({ position: i(2), lengths: i(2) });
const seq2seq = () => new nn.Seq2Seq(7, 9, { embedding: 4, hidden: 6 });
type DecoderCache = ReturnType<InstanceType<typeof nn.TransformerDecoder>["cacheSpec"]>;
/** Inputs of a decoder's cache, by its own specs. */
function decoderCache(decoder: InstanceType<typeof nn.TransformerDecoder>): unknown {
  const inputs = (tree: unknown): unknown => {
    if (Array.isArray(tree)) return tree.map(inputs);
    const { shape, dtype } = tree as sg.Spec;
    if (shape) return input(shape, dtype);
    return Object.fromEntries(Object.entries(tree as DecoderCache).map(([name, part]) => [name, inputs(part)]));
  };
  return inputs(decoder.cacheSpec({ batch: 2, capacity: 16, sources: 5 }));
}
const lm = () => new nn.TransformerLM(7, { dModel: 8, numHeads: 2, numLayers: 1, maxLength: 16 });

export const attentionModels: Rows = {
  "new nn.AdditiveAttention": () => [4, 6, 5],
  "new nn.LuongAttention": () => [4, 6, { score: "general" }],
  "new nn.MultiheadAttention": () => [8, 4, { bias: true, dropout: 0.1, kvHeads: 2, rope: { base: 10 }, alibi: false }],
  "new nn.Seq2Seq": () => [7, 9, { embedding: 4, hidden: 6, numLayers: 1, dropout: 0.1 }],
  "new nn.TransformerDecoder": () => [8, 2, 2, transformer()],
  "new nn.TransformerDecoderLayer": () => [8, 2, transformer()],
  "new nn.TransformerEncoder": () => [8, 2, 2, transformer()],
  "new nn.TransformerEncoderLayer": () => [8, 2, transformer()],
  "new nn.TransformerLM": () => [7, { dModel: 8, numHeads: 2, numLayers: 1, maxLength: 16 }],
  "MultiheadAttention#cacheSpec": () => [mha(), { batch: 2, capacity: 16 }],
  "MultiheadAttention#decode": () => [mha(), f(2, 1, 8), cache(), place()],
  "MultiheadAttention#forward": () => [mha(), f(2, 3, 8), f(2, 5, 8), f(2, 5, 8), { causal: true, lengths: i(2) }],
  "MultiheadAttention#recall": () => [mha(), f(2, 1, 8), cache(), i(2)],
  "MultiheadAttention#remember": () => [mha(), f(2, 3, 8), cache()],
  "MultiheadAttention#weights": () => [mha(), f(2, 3, 8), f(2, 5, 8), { causal: true, lengths: i(2) }],
  "RecurrentAttention#forward": () => [new nn.AdditiveAttention(4, 6, 5), f(2, 4), f(2, 5, 6), { lengths: i(2) }],
  "RecurrentAttention#prepare": () => [new nn.AdditiveAttention(4, 6, 5), f(2, 5, 6), { lengths: i(2) }],
  "Seq2Seq#encode": () => [seq2seq(), i(2, 5), { lengths: i(2) }],
  "Seq2Seq#forward": () => [seq2seq(), i(2, 5), i(2, 4), { lengths: i(2), teacherForcing: 0.5 }],
  "Seq2Seq#greedy": () => [seq2seq(), i(2, 5), 3, { lengths: i(2) }],
  "Seq2Seq#stateSpec": () => [seq2seq(), 2],
  "Seq2Seq#step": () => {
    const model = seq2seq();
    const { memory, state } = model.encode(i(2, 5));
    return [model, f(2, 4), state, memory];
  },
  "TransformerDecoder#cacheSpec": () => [new nn.TransformerDecoder(8, 2, 1), { batch: 2, capacity: 16, sources: 5 }],
  "TransformerDecoder#decode": () => {
    const decoder = new nn.TransformerDecoder(8, 2, 1);
    return [decoder, f(2, 1, 8), decoderCache(decoder)];
  },
  "TransformerDecoder#forward": () => [
    new nn.TransformerDecoder(8, 2, 1),
    f(2, 3, 8),
    f(2, 5, 8),
    { causal: true },
    { lengths: i(2) },
  ],
  "TransformerDecoder#remember": () => {
    const decoder = new nn.TransformerDecoder(8, 2, 1);
    return [decoder, f(2, 5, 8), decoderCache(decoder), i(2)];
  },
  "TransformerDecoderLayer#cacheSpec": () => [
    new nn.TransformerDecoderLayer(8, 2),
    { batch: 2, capacity: 16, sources: 5 },
  ],
  "TransformerDecoderLayer#decode": () => [
    new nn.TransformerDecoderLayer(8, 2),
    f(2, 1, 8),
    { self: cache(), memory: cache() },
    place(),
    i(2),
  ],
  "TransformerDecoderLayer#forward": () => [
    new nn.TransformerDecoderLayer(8, 2),
    f(2, 3, 8),
    f(2, 5, 8),
    { causal: true },
    { lengths: i(2) },
  ],
  "TransformerDecoderLayer#remember": () => [
    new nn.TransformerDecoderLayer(8, 2),
    f(2, 5, 8),
    { self: cache(), memory: cache() },
  ],
  "TransformerEncoder#cacheSpec": () => [new nn.TransformerEncoder(8, 2, 1), { batch: 2, capacity: 16 }],
  "TransformerEncoder#decode": () => [
    new nn.TransformerEncoder(8, 2, 1),
    f(2, 1, 8),
    { length: i(2), layers: [cache()] },
  ],
  "TransformerEncoder#forward": () => [new nn.TransformerEncoder(8, 2, 1), f(2, 3, 8), { causal: true }],
  "TransformerEncoderLayer#cacheSpec": () => [new nn.TransformerEncoderLayer(8, 2), { batch: 2, capacity: 16 }],
  "TransformerEncoderLayer#decode": () => [new nn.TransformerEncoderLayer(8, 2), f(2, 1, 8), cache(), place()],
  "TransformerEncoderLayer#forward": () => [new nn.TransformerEncoderLayer(8, 2), f(2, 3, 8), { causal: true }],
  "TransformerLM#cacheSpec": () => [lm(), { batch: 2, capacity: 16 }],
  "TransformerLM#decode": () => [lm(), i(2, 1), { length: i(2), layers: [cache()] }, { last: true }],
  "TransformerLM#forward": () => [lm(), i(2, 3), { lengths: i(2) }],
  "nn.inverseSigmoidForcing": () => [10],
  "nn.linearForcing": () => [{ start: 1, end: 0, steps: 10 }],
};
