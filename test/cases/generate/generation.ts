import type { Case, CaseContext } from "../../../harness/case.ts";
import { beamSearch, createTransformerDecoder, type Decoder, generate, nn, type Value } from "../../../src/index.ts";
import { tolerance } from "../../support/tolerance.ts";
import { assertClose, assertEqual } from "../support/assert.ts";
import { HIDDEN, type Layer, RecurrentModel, wholeLogits } from "../support/recurrent-model.ts";

const [VOCABULARY, LENGTH] = [4, 3];
const prompt = [2, 1];

/**
 * Every hypothesis of three tokens is in the beam, so the best must be the best of all, by one program over all whole
 * sequences. With few beams what is found is scored as that program does. One beam is greedy.
 */
async function searches(
  { device }: CaseContext,
  model: nn.Module,
  forward: (tokens: Value) => Value,
  open: (batch: number) => Promise<Decoder>,
): Promise<void> {
  const count = VOCABULARY ** LENGTH;
  const all = Array.from({ length: count }, (_, n) => [n >> 4, (n >> 2) & 3, n & 3]);
  const sequences = all.map((tokens) => [...prompt, ...tokens]);
  const logits = await wholeLogits(device, model, forward, sequences);
  const scored = all.map((tokens, i) => {
    const logProbability = tokens.reduce((sum, token, t) => {
      const row = (logits[t + 1] as number[]).slice(i * VOCABULARY, (i + 1) * VOCABULARY);
      return sum + (row[token] as number) - Math.log(row.reduce((total, logit) => total + Math.exp(logit), 0));
    }, 0);
    return { tokens, logProbability };
  });
  const best = scored.sort((a, b) => b.logProbability - a.logProbability)[0] as (typeof scored)[number];
  const allowed = tolerance.recurrent(LENGTH * 2, 4 * HIDDEN);
  for (const beams of [count, 5]) {
    const decoder = await open(2 * beams);
    // two sequences, of which the second must not disturb the first
    const [found] = await beamSearch(decoder, { prompt: [prompt, [0, 3]], beams, maxTokens: LENGTH });
    for (const { tokens, logProbability } of found ?? []) {
      const same = scored.find((one) => one.tokens.join() === tokens.join());
      assertClose(`score of ${tokens}`, [logProbability], [same?.logProbability as number], allowed);
    }
    if (beams === count) assertEqual("best of all", [...(found?.[0]?.tokens ?? [])], best.tokens);
    decoder.dispose();
  }
  const decoder = await open(1);
  const [greedy] = await generate(decoder, { prompt, maxTokens: LENGTH, temperature: 0 });
  const [narrow] = await beamSearch(decoder, { prompt, maxTokens: LENGTH, beams: 1 });
  assertEqual("one beam is greedy", [...(narrow?.[0]?.tokens ?? [])], [...(greedy?.tokens ?? [])]);
  decoder.dispose();
  model.dispose(device);
}

async function recurrent(context: CaseContext): Promise<void> {
  const model = new RecurrentModel(new nn.LSTM(5, HIDDEN) as unknown as Layer, VOCABULARY);
  await searches(
    context,
    model,
    (tokens) => model.forward(tokens)[0],
    (batch) => model.decoder(context, batch),
  );
}

async function transformer(context: CaseContext): Promise<void> {
  const sizes = { dModel: HIDDEN, numHeads: 2, numLayers: 2, positions: "rope", maxLength: 8, tied: false } as const;
  const model = new nn.TransformerLM(VOCABULARY, sizes);
  await searches(
    context,
    model,
    (tokens) => model.forward(tokens),
    (batch) => createTransformerDecoder(context.device, model, { batch }),
  );
}

export const generationCases: readonly Case[] = [
  { name: "generation: beam search and greedy with an LSTM", run: recurrent },
  { name: "generation: beam search and greedy with a Transformer", run: transformer },
];
