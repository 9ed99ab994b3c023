import type { Case, CaseContext } from "../../../harness/case.ts";
import {
  compile,
  createTransformerDecoder,
  type Device,
  float32,
  int32,
  nn,
  State,
  type TransformerLMDecoder,
} from "../../../src/index.ts";
import { type NdArray, uniform } from "../../reference/array.ts";
import { plus, tolerance } from "../../support/tolerance.ts";
import { assertClose, assertEqual, assertRejects } from "../support/assert.ts";
import { adapterKinds, withProfile } from "../support/profile.ts";

const [SIZE, HEADS, VOCABULARY, LENGTH] = [24, 4, 11, 14];
/** Two forms of the same: each as far from the exact result as a few layers are. */
const allowed = plus(tolerance.recurrent(6, 4 * SIZE), tolerance.recurrent(6, 4 * SIZE));

const floats = (x: NdArray): Float32Array => Float32Array.from(x.data);

/** Numbers of its own for every parameter; norms' weights around 1. */
function fill(device: Device, model: nn.Module): void {
  let seed = 10;
  const entries = [...model.namedParameters()].map(([name, { shape }]) => {
    const middle = /norm\d*\.weight$/.test(name) ? 1 : 0;
    return [name, { shape, data: floats(uniform(shape, seed++, middle - 0.3, middle + 0.3)) }] as const;
  });
  model.loadStateDict(device, new Map(entries));
}

type Setting = Partial<nn.TransformerLMOptions> & { readonly batch: number };

const settings: readonly Setting[] = [
  { batch: 1, positions: "learned" },
  { batch: 3, positions: "learned", kvHeads: 2, normFirst: false },
  { batch: 3, positions: "sinusoidal", tied: false },
  { batch: 3, positions: "rope", kvHeads: 1 },
  { batch: 1, positions: "rope", normFirst: false, activation: "relu" },
  { batch: 3, positions: "alibi", kvHeads: 4 },
  { batch: 1, positions: "none", bias: false },
];

const tokensOf = (batch: number, shift = 0): Int32Array =>
  Int32Array.from({ length: batch * LENGTH }, (_, n) => (n * n + 3 * n + (n >> 3) + shift) % VOCABULARY);

/** Places `start` to `end` of each sequence of [batch, LENGTH] tokens. */
const part = (tokens: Int32Array, start: number, end: number): Int32Array =>
  Int32Array.from(
    { length: (tokens.length / LENGTH) * (end - start) },
    (_, n) => tokens[Math.floor(n / (end - start)) * LENGTH + start + (n % (end - start))] as number,
  );

/** Logits of the model's own forward at every place, [batch, LENGTH, vocabulary]. */
async function allLogits(device: Device, model: nn.TransformerLM, tokens: Int32Array): Promise<Float32Array> {
  using full = await compile(device, model, {
    inputs: { tokens: int32([tokens.length / LENGTH, LENGTH]) },
    fn: ({ tokens }) => ({ logits: model.forward(tokens) }),
  });
  return (await (await full.run({ tokens })).logits.read()) as Float32Array;
}

const at = (logits: Float32Array, place: number): number[] =>
  Array.from({ length: logits.length / LENGTH }, (_, n) => {
    const [b, token] = [Math.floor(n / VOCABULARY), n % VOCABULARY];
    return logits[(b * LENGTH + place) * VOCABULARY + token] as number;
  });

/** Steps from where the decoder stands to the end. */
async function follow(
  what: string,
  decoder: TransformerLMDecoder,
  tokens: Int32Array,
  want: Float32Array,
): Promise<void> {
  for (let place = decoder.length; place < LENGTH; place++) {
    const logits = await decoder.step(part(tokens, place, place + 1));
    assertClose(`${what}: step at ${place}`, logits, at(want, place), allowed);
  }
}

async function stepByStep({ device }: CaseContext): Promise<void> {
  for (const { batch, ...options } of settings) {
    // the kernels for GPUs are compiled slowly by software adapters: one setting tries them
    for (const kind of options.kvHeads === 1 ? adapterKinds : ([device.profile.kind] as const)) {
      await withProfile(device, kind, async () => {
        const what = `${kind} ${JSON.stringify({ batch, ...options })}`;
        const sizes = { dModel: SIZE, numHeads: HEADS, numLayers: 2, dimFeedforward: 32, maxLength: 20 };
        const model = new nn.TransformerLM(VOCABULARY, { ...sizes, ...options });
        fill(device, model);
        const tokens = tokensOf(batch);
        const want = await allLogits(device, model, tokens);
        using decoder = await createTransformerDecoder(device, model, { batch, capacity: LENGTH });
        assertEqual("sizes", [decoder.batch, decoder.vocabulary, decoder.length], [batch, VOCABULARY, 0]);
        await follow(what, decoder, tokens, want);
        assertEqual("length", decoder.length, LENGTH);
        await assertRejects("DataError", ["step", `capacity ${LENGTH}`, "trim"], () =>
          decoder.step(part(tokens, 0, 1)),
        );

        decoder.trim(3);
        assertEqual("trimmed length", decoder.length, 3);
        await follow(`${what}, trimmed`, decoder, tokens, want);

        decoder.reset();
        const logits = await decoder.prefill(part(tokens, 0, 11));
        assertClose(`${what}: prefill`, logits, at(want, 10), allowed);
        await follow(`${what}, prefilled`, decoder, tokens, want);

        decoder.trim(2);
        assertClose(`${what}: prefill behind`, await decoder.prefill(part(tokens, 2, 7)), at(want, 6), allowed);
        await follow(`${what}, prefilled behind`, decoder, tokens, want);
        model.dispose(device);
      });
    }
  }
}

async function reordered({ device }: CaseContext): Promise<void> {
  const sizes = { dModel: SIZE, numHeads: HEADS, numLayers: 2, kvHeads: 2, maxLength: 20 };
  const model = new nn.TransformerLM(VOCABULARY, sizes);
  fill(device, model);
  const [tokens, others] = [tokensOf(3), tokensOf(3, 5)];
  const parents = Int32Array.of(2, 0, 0);
  const mixed = Int32Array.from(tokens, (_, n) => {
    const [b, place] = [Math.floor(n / LENGTH), n % LENGTH];
    return (place < 5 ? tokens[(parents[b] as number) * LENGTH + place] : others[n]) as number;
  });
  using decoder = await createTransformerDecoder(device, model, { batch: 3 });
  await decoder.prefill(part(tokens, 0, 5));
  await decoder.reorder(parents);
  await follow("after reorder", decoder, mixed, await allLogits(device, model, mixed));
  await assertRejects("DataError", ["got parents [0, 1]", "3 integers"], () => decoder.reorder(Int32Array.of(0, 1)));
  await assertRejects("DataError", ["[0, 1, 3]", "0 to 2"], () => decoder.reorder(Int32Array.of(0, 1, 3)));
  model.dispose(device);
}

/** Layers with a memory: its keys and values are worked out once. */
async function withMemory({ device }: CaseContext): Promise<void> {
  const [batch, sources, length] = [2, 5, 6];
  for (const normFirst of [false, true]) {
    const body = new nn.TransformerDecoder(20, 2, 2, { normFirst, dimFeedforward: 32 });
    fill(device, body);
    const x = uniform([batch, length, 20], 1);
    const memory = uniform([batch, sources, 20], 2);
    const lengths = Int32Array.of(5, 3);
    using full = await compile(device, body, {
      inputs: { x: float32(x.shape), memory: float32(memory.shape), lengths: int32([batch]) },
      fn: ({ x, memory, lengths }) => ({ y: body.forward(x, memory, { causal: true }, { lengths }) }),
    });
    const want = (await (await full.run({ x: floats(x), memory: floats(memory), lengths })).y.read()) as Float32Array;

    using state = new State(device, body.cacheSpec({ batch, capacity: length, sources: 7 }));
    using begin = await compile(device, body, {
      inputs: { memory: float32(memory.shape), lengths: int32([batch]) },
      state,
      fn: ({ memory, lengths }, cache) => [{}, body.remember(memory, cache, lengths)],
    });
    using step = await compile(device, body, {
      inputs: { x: float32([batch, 1, 20]) },
      state,
      fn: ({ x }, cache) => {
        const [y, next] = body.decode(x, cache);
        return [{ y }, next];
      },
    });
    begin.replay.poison();
    step.replay.poison();
    await begin.run({ memory: floats(memory), lengths });
    const row = (data: ArrayLike<number>, place: number) =>
      Float32Array.from(
        { length: batch * 20 },
        (_, n) => data[(Math.floor(n / 20) * length + place) * 20 + (n % 20)] as number,
      );
    for (let place = 0; place < length; place++) {
      const { y } = await step.run({ x: row(x.data, place) });
      assertClose(`normFirst ${normFirst}, step at ${place}`, await y.read(), row(want, place), allowed);
    }
    assertEqual("length", [...(await state.tensors.length.read())], [length, length]);
    body.dispose(device);
  }
}

async function errors({ device }: CaseContext): Promise<void> {
  const model = new nn.TransformerLM(VOCABULARY, { dModel: 8, numHeads: 2, numLayers: 1, maxLength: 16 });
  await assertRejects("ShapeError", ["capacity 17", "maxLength 16"], () =>
    createTransformerDecoder(device, model, { capacity: 17 }),
  );
  await assertRejects("ArgumentError", ["batch is 0"], () => createTransformerDecoder(device, model, { batch: 0 }));
  using decoder = await createTransformerDecoder(device, model, { capacity: 4 });
  await assertRejects("DataError", ["prefill", "5 more tokens after 0", "capacity 4"], () =>
    decoder.prefill(new Int32Array(5)),
  );
  await assertRejects("ShapeError", ["step", "got 2 tokens"], () => decoder.step(new Int32Array(2)));
  await assertRejects("ShapeError", ["prefill", "got 0 tokens"], () => decoder.prefill(new Int32Array(0)));
  await assertRejects("DataError", ["token 11 at place 1", "0 to 10"], () => decoder.prefill(Int32Array.of(3, 11)));
  await assertRejects("DataError", ["trim", "length is 1", "0 tokens"], () => decoder.trim(1));
  assertEqual("length", decoder.length, 0);
  decoder.dispose();
  await assertRejects("DataError", ["disposed"], () => decoder.step(new Int32Array(1)));
  model.dispose(device);
}

export const transformerDecodingCases: readonly Case[] = [
  { name: "transformer decoding step by step", run: stepByStep },
  { name: "transformer decoding reordered", run: reordered },
  { name: "transformer decoding with memory", run: withMemory },
  { name: "transformer decoding errors", run: errors },
];
