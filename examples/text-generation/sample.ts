import { type CharTokenizer, type Decoder, generateTokens } from "seqgrad";

export interface SampleOptions {
  /** Characters to generate. */
  readonly sample: number;
  readonly temperature: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly seed: number;
  /** Characters, about, that it generates before those that are shown: to the next line end, if one comes. */
  readonly unseen: number;
}

/**
 * Lets the model write, character after character, from the beginning of a line on. Each is handed to `write` as it comes;
 * all together are returned. It ends early when `stop` says so.
 */
export async function sampleText(
  decoder: Decoder,
  tokenizer: CharTokenizer,
  { sample, unseen, ...options }: SampleOptions,
  write: (text: string) => void,
  stop: () => boolean,
): Promise<string> {
  const lineEnd = tokenizer.characters.indexOf("\n");
  const prompt = [Math.max(0, lineEnd)];
  let [hidden, shown] = [unseen > 0, 0];
  let text = "";
  for await (const [token] of generateTokens(decoder, { prompt, maxTokens: 10 * unseen + sample, ...options })) {
    if (stop()) break;
    shown++;
    if (hidden) {
      hidden = shown < unseen || (shown < 10 * unseen && lineEnd >= 0 && token !== lineEnd);
      if (!hidden) shown = 0;
      continue;
    }
    const character = tokenizer.decode([token as number]);
    text += character;
    write(character);
    if (shown === sample) break;
  }
  return text;
}
