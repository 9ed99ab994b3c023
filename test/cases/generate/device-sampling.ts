/** Texts that are drawn on the GPU, several tokens at once: those of the host's sampler, and a decoder that is as after it. */
import type { Case, CaseContext } from "../../../harness/case.ts";
import {
  createSeq2SeqDecoder,
  createTransformerDecoder,
  type Decoder,
  type GenerateOptions,
  generate,
  generateTokens,
  nn,
  slidingWindow,
} from "../../../src/index.ts";
import { assert, assertEqual, assertRejects, assertSame } from "../support/assert.ts";
import { HIDDEN, type Layer, RecurrentModel } from "../support/recurrent-model.ts";

const [BATCH, VOCABULARY, SEED] = [3, 11, 8];

/** The same decoder, whose logits are read at every token. */
function readByHost(decoder: Decoder): Decoder {
  const { batch, vocabulary } = decoder;
  return {
    batch,
    vocabulary,
    get length() {
      return decoder.length as number;
    },
    step: (tokens) => decoder.step(tokens),
    prefill: (tokens) => decoder.prefill(tokens),
    reorder: (parents) => decoder.reorder(parents),
    reset: () => decoder.reset(),
    dispose: () => decoder.dispose(),
  };
}

type Open = (device: CaseContext["device"]) => Promise<Decoder>;

async function seq2seq(device: CaseContext["device"]): Promise<Decoder> {
  const model = new nn.Seq2Seq(VOCABULARY, VOCABULARY, { embedding: 4, hidden: 6 });
  const decoder = await createSeq2SeqDecoder(device, model, { batch: BATCH, sourceLength: 3 });
  await decoder.encode(Int32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), Int32Array.of(3, 2, 1));
  return decoder;
}

async function transformer(device: CaseContext["device"], maxLength = 40): Promise<Decoder> {
  const sizes = { dModel: 8, numHeads: 2, numLayers: 1, positions: "rope", maxLength, tied: false } as const;
  return createTransformerDecoder(device, new nn.TransformerLM(VOCABULARY, sizes), { batch: BATCH });
}

const recurrent = (layer: nn.Module): Open => {
  return (device) => new RecurrentModel(layer as unknown as Layer, VOCABULARY).decoder({ device, host: "node" }, BATCH);
};

const decoders: Readonly<Record<string, Open>> = {
  LSTM: recurrent(new nn.LSTM(5, HIDDEN)),
  // of a Transformer
  window: async (device) => slidingWindow(await transformer(device, 7), { capacity: 7 }),
  Seq2Seq: seq2seq,
};

const options: GenerateOptions = {
  prompt: [[2, 1, 4], [3], [5, 0]],
  maxTokens: 13,
  temperature: 1.5,
  topK: 9,
  topP: 0.97,
  repetitionPenalty: 1.1,
  seed: SEED,
};

/** What is written until the loop is left, and the logits behind one token more. */
async function written(decoder: Decoder, given: GenerateOptions, leaveAt: number) {
  const tokens: number[][] = [];
  for await (const drawn of generateTokens(decoder, given)) {
    tokens.push([...drawn]);
    if (tokens.length === leaveAt) break;
  }
  return { tokens, logits: await decoder.step(Int32Array.of(6, 3, 1)), length: decoder.length };
}

async function sameTexts({ device }: CaseContext): Promise<void> {
  for (const [name, open] of Object.entries(decoders)) {
    const decoder = await open(device);
    assert(decoder.feeding !== undefined, `${name} is sampled on the host`);
    const host = readByHost(decoder);
    // some stop while others go on; all have stopped; left in the middle of a block
    const all = [...new Array<number>(VOCABULARY).keys()];
    const jobs = [
      [{ ...options, stopTokens: [4, 7], readEvery: 5 }, 99],
      [{ ...options, temperature: 0, stopTokens: all.slice(1), readEvery: 64 }, 99],
      [{ ...options, readEvery: 64 }, 6],
      [options, 99],
    ] as const;
    for (const [given, leaveAt] of jobs) {
      const [want, got] = [await written(host, given, leaveAt), await written(decoder, given, leaveAt)];
      const what = `${name}, ${JSON.stringify(given)}, left at ${leaveAt}`;
      assertEqual(`${what}: tokens`, got.tokens, want.tokens);
      assertEqual(`${what}: length`, got.length, want.length);
      assertSame(`${what}: logits`, got.logits, want.logits);
    }
    decoder.dispose();
  }
}

/** In parts as in one go, also where a part ends in the middle of a block; and a row's text does not depend on the others. */
async function parts({ device }: CaseContext): Promise<void> {
  for (const open of [decoders.LSTM, decoders.window] as Open[]) {
    const decoder = await open(device);
    const whole = await generate(decoder, { prompt: [1, 2], maxTokens: 12, seed: SEED });
    const first: number[][] = [];
    for await (const drawn of generateTokens(decoder, { prompt: [1, 2], maxTokens: 40, seed: SEED, readEvery: 7 })) {
      first.push([...drawn]);
      if (first.length === 4) break;
    }
    const prompt = (first.at(-1) as number[]).map((token) => [token]);
    const second = await generate(decoder, { prompt, maxTokens: 8, seed: SEED, reset: false });
    for (let row = 0; row < BATCH; row++) {
      const tokens = [...first.map((each) => each[row] as number), ...(second[row]?.tokens ?? [])];
      assertSame("in parts", tokens, whole[row]?.tokens as Int32Array);
    }
    const others = await generate(decoder, { prompt: [[1, 2], [9], [8, 7, 6]], maxTokens: 12, seed: SEED });
    assertSame("beside others", others[0]?.tokens as Int32Array, whole[0]?.tokens as Int32Array);
    decoder.dispose();
  }
}

/** What cannot go on ends as on the host, and the decoder is of use afterwards. */
async function endings({ device }: CaseContext): Promise<void> {
  const small = await transformer(device, 6);
  const tokens: number[][] = [];
  await assertRejects("DataError", ["step: 1 more tokens after 6", "capacity 6"], async () => {
    const given = { prompt: [1, 2], maxTokens: 20, readEvery: 64 };
    for await (const drawn of generateTokens(small, given)) tokens.push([...drawn]);
  });
  assertEqual("tokens until it was full", tokens.length, 5);
  assertEqual("length", small.length, 6);
  const controller = new AbortController();
  let seen = 0;
  await assertRejects("Error", ["enough"], async () => {
    for await (const _ of generateTokens(small, {
      prompt: [1],
      maxTokens: 5,
      readEvery: 5,
      signal: controller.signal,
    })) {
      if (++seen === 2) controller.abort(new Error("enough"));
    }
  });
  assertEqual("seen before the abort, and length", [seen, small.length], [2, 2]);
  assertEqual("afterwards", (await generate(small, { prompt: [1, 2], maxTokens: 5 })).length, BATCH);
  small.dispose();

  const model = new nn.TransformerLM(VOCABULARY, { dModel: 8, numHeads: 1, numLayers: 1, maxLength: 9 });
  const broken = await createTransformerDecoder(device, model, { batch: 2 });
  const { weight } = model.embed;
  device.parameters.write(weight, new Float32Array(VOCABULARY * 8).fill(Number.NaN));
  await assertRejects("DataError", ["sampleToken: logit 0 is NaN"], () =>
    generate(broken, { prompt: [1], maxTokens: 3 }),
  );
  assertEqual("length", broken.length, 1);
  broken.dispose();
}

export const deviceSamplingCases: readonly Case[] = [
  { name: "sampling: texts of the host's sampler", run: sameTexts },
  { name: "sampling: texts in parts", run: parts },
  { name: "sampling: texts that cannot go on", run: endings },
];
