// What is not a number and got into a decoder's caches or state is gone with its tokens: after reset and trim the logits are a
// fresh decoder's, bit for bit.
import type { Case, CaseContext } from "../../../harness/case.ts";
import {
  compile,
  createSeq2SeqDecoder,
  createTransformerDecoder,
  type Decoder,
  type Device,
  float32,
  int32,
  nn,
  State,
} from "../../../src/index.ts";
import { uniform } from "../../reference/array.ts";
import { assert, assertEqual, assertSame } from "../support/assert.ts";
import { type Layer, RecurrentModel } from "../support/recurrent-model.ts";

const VOCABULARY = 7;
/** The token whose embedding is not a number. */
const BAD = 6;
const CLEAN = Int32Array.of(1, 4, 2, 0, 5);

/** Places the model and makes one row of its table NaN, which loading refuses. */
async function spoil(device: Device, model: nn.Module, table: nn.Embedding): Promise<void> {
  (await device.parameters.place(model.parameters(), 3)).keep();
  const { weight } = table;
  const [numbers] = await device.parameters.read([weight]);
  const size = weight.shape[1] as number;
  device.parameters.write(weight, (numbers as Float32Array).fill(Number.NaN, BAD * size, (BAD + 1) * size));
}

/** Logits of clean tokens, read at once and one by one. */
async function feed(decoder: Decoder): Promise<number[]> {
  const read = await decoder.prefill(CLEAN.slice(0, 3));
  return [...read, ...(await decoder.step(CLEAN.slice(3, 4))), ...(await decoder.step(CLEAN.slice(4)))];
}

/** Feeds tokens of which one is not a number, and shows that it got in. */
async function sicken(decoder: Decoder): Promise<void> {
  await decoder.prefill(Int32Array.of(0, BAD, 3));
  const logits = await decoder.step(Int32Array.of(1));
  assert(logits.every(Number.isNaN), "the logits are numbers, expected NaN in what is held");
}

async function recurrent(context: CaseContext): Promise<void> {
  const { device } = context;
  for (const rnn of [new nn.LSTM(5, 12), new nn.GRU(5, 12), new nn.MinGRU(5, 12)]) {
    const model = new RecurrentModel(rnn as unknown as Layer, VOCABULARY);
    await spoil(device, model, model.embed);
    const [used, fresh] = [await model.decoder(context, 1), await model.decoder(context, 1)];
    const want = await feed(fresh);
    assert(want.every(Number.isFinite), "the clean tokens give numbers");
    await sicken(used);
    used.reset();
    assertSame(`${rnn.constructor.name} after reset`, await feed(used), want);
    for (const decoder of [used, fresh]) decoder.dispose();
    model.dispose(device);
  }
}

async function transformer({ device }: CaseContext): Promise<void> {
  const sizes = { dModel: 8, numHeads: 2, numLayers: 2, dimFeedforward: 8, maxLength: 12, tied: false } as const;
  const model = new nn.TransformerLM(VOCABULARY, sizes);
  await spoil(device, model, model.embed);
  using used = await createTransformerDecoder(device, model);
  using fresh = await createTransformerDecoder(device, model);
  const want = await feed(fresh);
  assert(want.every(Number.isFinite), "the clean tokens give numbers");
  await sicken(used);
  used.reset();
  assertSame("after reset", await feed(used), want);

  // what lies behind the first two tokens is NaN
  for (const decoder of [used, fresh]) {
    decoder.reset();
    await decoder.prefill(Int32Array.of(3, 0));
  }
  await used.prefill(Int32Array.of(BAD, 2, BAD, 1));
  used.trim(2);
  assertEqual("length", used.length, 2);
  assertSame("after trim", await feed(used), await feed(fresh));
  // moved together with what is behind the length
  await used.prefill(Int32Array.of(BAD, BAD));
  used.trim(2);
  await used.reorder(Int32Array.of(0));
  fresh.trim(2);
  assertSame("after trim and reorder", await feed(used), await feed(fresh));
  model.dispose(device);
}

/** A Transformer's decoder whose caches, of the tokens and of the memory, hold nothing but NaN behind their lengths. */
async function memory({ device }: CaseContext): Promise<void> {
  const body = new nn.TransformerDecoder(8, 2, 2, { dimFeedforward: 8 });
  const spec = body.cacheSpec({ batch: 1, capacity: 6, sources: 5 });
  const results: number[][] = [];
  const numbers = uniform([1, 3, 8], 1);
  for (const spoilt of [false, true]) {
    using state = new State(device, spec);
    if (spoilt) {
      const nan = ({ shape, dtype }: { shape: readonly number[]; dtype: string }) =>
        dtype === "float32" ? new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(Number.NaN) : undefined;
      const fill = (tree: unknown): unknown => {
        const one = tree as { shape?: readonly number[]; dtype: string };
        if (one.shape) return nan(one as never);
        if (Array.isArray(tree)) return tree.map(fill);
        return Object.fromEntries(Object.entries(tree as object).map(([name, part]) => [name, fill(part)]));
      };
      state.write(fill(spec) as never);
    }
    using begin = await compile(device, body, {
      inputs: { memory: float32([1, 3, 8]), lengths: int32([1]) },
      state,
      fn: ({ memory, lengths }, cache) => [{}, body.remember(memory, cache, lengths)],
    });
    using step = await compile(device, body, {
      inputs: { x: float32([1, 1, 8]) },
      state,
      fn({ x }, cache) {
        const [y, next] = body.decode(x, cache);
        return [{ y }, next];
      },
    });
    await begin.run({ memory: Float32Array.from(numbers.data), lengths: [2] });
    const rows: number[] = [];
    for (let t = 0; t < 3; t++) {
      const x = Float32Array.from(numbers.data.slice(8 * t, 8 * t + 8));
      rows.push(...(await (await step.run({ x })).y.read()));
    }
    results.push(rows);
  }
  const [want = [], got = []] = results;
  assert(want.every(Number.isFinite), "the clean tokens give numbers");
  assertSame("caches of NaN", got, want);
  body.dispose(device);
}

async function seq2seq({ device }: CaseContext): Promise<void> {
  const model = new nn.Seq2Seq(VOCABULARY, VOCABULARY, { embedding: 4, hidden: 6 });
  await spoil(device, model, model.target_embedding);
  const options = { batch: 1, sourceLength: 3 };
  const [used, fresh] = [
    await createSeq2SeqDecoder(device, model, options),
    await createSeq2SeqDecoder(device, model, options),
  ];
  for (const decoder of [used, fresh]) await decoder.encode(Int32Array.of(1, 2, 3));
  const want = await feed(fresh);
  assert(want.every(Number.isFinite), "the clean tokens give numbers");
  used.reset();
  await sicken(used);
  used.reset();
  assertSame("after reset", await feed(used), want);
  for (const decoder of [used, fresh]) decoder.dispose();
  model.dispose(device);
}

export const decoderNotFiniteCases: readonly Case[] = [
  { name: "decoder after NaN: recurrent", run: recurrent },
  { name: "decoder after NaN: Transformer", run: transformer },
  { name: "decoder after NaN: Transformer with memory", run: memory },
  { name: "decoder after NaN: Seq2Seq", run: seq2seq },
];
