/**
 * Tokens a second that decoders write, sampled on the GPU (blocks of several lengths, and the default) and on the host, which reads
 * the logits of every token. In turns.
 *
 *   node harness/with-adapter.mjs node harness/ts.mjs bench/programs/sampling.ts [--rounds 7] [--tokens 96] [--json file]
 *
 * First it checks that all ways write the same tokens.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  createRecurrentDecoder,
  createTransformerDecoder,
  type Decoder,
  type Device,
  generate,
  nn,
  openDevice,
  type Value,
} from "../../src/node.ts";
import { median } from "../median.ts";

const VOCABULARY = 96;
const HIDDEN = 128;

class CharModel extends nn.Module {
  readonly embed = new nn.Embedding(VOCABULARY, 64);
  readonly rnn = new nn.LSTM(64, HIDDEN);
  readonly head = new nn.Linear(HIDDEN, VOCABULARY);

  forward(tokens: Value, state?: nn.LSTMState) {
    const [hidden, next] = this.rnn.forward(this.embed.forward(tokens), state);
    return [this.head.forward(hidden), next] as const;
  }
}

const decoders: Readonly<Record<string, (device: Device, batch: number) => Promise<Decoder>>> = {
  lstm(device, batch) {
    const model = new CharModel();
    const forward = (tokens: Value, state: nn.LSTMState | undefined) => model.forward(tokens, state);
    return createRecurrentDecoder(device, model, { batch, state: model.rnn.stateSpec(batch), forward });
  },
  transformer(device, batch) {
    const sizes = { dModel: 64, numHeads: 4, numLayers: 2, maxLength: 256 } as const;
    return createTransformerDecoder(device, new nn.TransformerLM(VOCABULARY, sizes), { batch });
  },
};

/** The same decoder for a sampler that knows no other way than to read logits. */
const readByHost = (decoder: Decoder): Decoder => ({
  batch: decoder.batch,
  vocabulary: decoder.vocabulary,
  step: (tokens) => decoder.step(tokens),
  prefill: (tokens) => decoder.prefill(tokens),
  reorder: (parents) => decoder.reorder(parents),
  reset: () => decoder.reset(),
  dispose: () => decoder.dispose(),
});

export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: "string", default: "7" },
      tokens: { type: "string", default: "96" },
      json: { type: "string" },
    },
  });
  const [rounds, tokens] = [Number(values.rounds), Number(values.tokens)];
  const device = await openDevice();
  const cases = [];
  for (const [name, open] of Object.entries(decoders)) {
    for (const batch of [1, 16]) {
      const decoder = await open(device, batch);
      const options = { prompt: [1, 2, 3], maxTokens: tokens, temperature: 0.8, topK: 40, topP: 0.95, seed: 7 };
      const ways = [
        { way: "host", write: () => generate(readByHost(decoder), options), times: [] as number[] },
        ...[1, 4, 16, 64, undefined].map((readEvery) => ({
          way: `readEvery ${readEvery ?? "by default"}`,
          write: () => generate(decoder, { ...options, readEvery }),
          times: [] as number[],
        })),
      ];
      const texts = [];
      for (const { write } of ways) texts.push((await write()).map((row) => row.tokens.join()).join());
      if (new Set(texts).size > 1) {
        console.error(`error: ${name}, batch ${batch}: the ways write ${texts.join(" | ")}, expected the same tokens`);
        return 1;
      }
      for (let round = 0; round < rounds; round++) {
        for (const { write, times } of round % 2 ? [...ways].reverse() : ways) {
          const start = performance.now();
          await write();
          times.push(performance.now() - start);
        }
      }
      const host = ways[0]?.times as number[];
      const results = ways.map(({ way, times }) => ({
        way,
        tokensPerSecond: (1e3 * batch * tokens) / median(times),
        timesHost: median(times.map((time, i) => (host[i] as number) / time)),
      }));
      cases.push({ decoder: name, batch, ways: results });
      for (const { way, tokensPerSecond, timesHost } of results) {
        console.log(
          `${name}, batch ${batch}, ${way}: ${tokensPerSecond.toFixed(0)} tokens a second, ${timesHost.toFixed(2)} times the host's`,
        );
      }
      decoder.dispose();
    }
  }
  const result = { adapter: device.adapter, node: process.version, rounds, tokens, vocabulary: VOCABULARY, cases };
  if (values.json) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
  device.dispose();
  return 0;
}
