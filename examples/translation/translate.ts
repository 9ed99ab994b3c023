/** Writing translations: beam search, then where the net looked while it wrote the best one. */
import { beamSearch, compile, createSeq2SeqDecoder, type Device, int32, type nn } from "seqgrad";
import { padSequences, type WordTokenizer } from "seqgrad/data";
import type { Settings } from "./translation.ts";

export interface Tools {
  readonly device: Device;
  readonly model: nn.Seq2Seq;
  readonly source: WordTokenizer;
  readonly target: WordTokenizer;
  readonly settings: Settings;
  readonly beams: number;
}

export interface Translated {
  readonly source: readonly string[];
  readonly words: readonly string[];
  /** For each word that was written, how much of the attention went to each word that was read. */
  readonly attention: readonly (readonly number[])[];
}

/** Sentences that are searched side by side. */
const together = 16;

export async function translate(
  { device, model, source, target, settings, beams }: Tools,
  sentences: readonly (readonly string[])[],
): Promise<Translated[]> {
  if (sentences.length === 0) return [];
  const [length, most] = [settings.sizes.length, 2 * settings.sizes.length];
  const { start, end } = target.special as { start: number; end: number };
  const decoder = await createSeq2SeqDecoder(device, model, { batch: together * beams, sourceLength: length });
  const looking = await compile(device, model, {
    inputs: { source: int32([together, length]), lengths: int32([together]), target: int32([together, most]) },
    fn: ({ source, lengths, target }) => model.forward(source, target, { lengths }).weights,
  });
  const translated: Translated[] = [];
  for (let from = 0; from < sentences.length; from += together) {
    const some = sentences.slice(from, from + together);
    // the last ones are filled up by the first
    const rows = Array.from({ length: together }, (_, row) => (some[row] ?? some[0]) as readonly string[]);
    const read = padSequences(
      rows.map((words) => source.encode(words.join(" "))),
      { length },
    );
    const tokens = Int32Array.from(read.data as Int32Array);
    await decoder.encode(tokens, read.lengths);
    const found = await beamSearch(decoder, {
      prompt: [start],
      beams,
      maxTokens: most,
      endToken: end,
      lengthPenalty: 1,
    });
    const best = found.map(([hypothesis]) => hypothesis?.tokens as Int32Array);
    const written = padSequences(best, { length: most });
    const output = await looking.run({
      source: tokens,
      lengths: read.lengths,
      target: Int32Array.from(written.data as Int32Array),
    });
    const weights = await output.read();
    for (const [row, sentence] of some.entries()) {
      const attention = Array.from(best[row] as Int32Array, (_, t) => {
        const at = (row * most + t) * length;
        return sentence.map((_, s) => weights[at + s] as number);
      });
      const words = Array.from(best[row] as Int32Array, (token, t) => {
        if (token !== target.unknown) return target.words[token] as string;
        // a name, say: what stands for the word that was looked at, or that word itself
        const shares = attention[t] as readonly number[];
        const seen = sentence[shares.indexOf(Math.max(...shares))] as string;
        return Object.hasOwn(settings.dictionary, seen) ? (settings.dictionary[seen] as string) : seen;
      });
      translated.push({ source: sentence, words, attention });
    }
  }
  decoder.dispose();
  looking.dispose();
  return translated;
}
