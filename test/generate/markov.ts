import type { Decoder } from "../../src/generate/decoder.ts";
import { seededRandom } from "../../src/generate/random.ts";

/** Logits of the token behind a sequence of tokens. */
export type Logits = (tokens: readonly number[]) => readonly number[];

/** Random logits that depend on the last two tokens. */
export function markovLogits(vocabulary: number, seed: number, spread = 2): Logits {
  const random = seededRandom(seed);
  const table = Array.from({ length: vocabulary ** 2 }, () =>
    Array.from({ length: vocabulary }, () => Math.fround(spread * (random() - random()))),
  );
  return (tokens) => {
    const [before = 0, last = 0] = tokens.slice(-2);
    return table[before * vocabulary + last] as readonly number[];
  };
}

/** Random logits of every sequence of tokens, so that no two hypotheses are equally likely. */
export function historyLogits(vocabulary: number, seed: number, spread = 2): Logits {
  return (tokens) => {
    const random = seededRandom(
      seed,
      tokens.reduce((code, token) => (Math.imul(code, vocabulary) + token) | 0, 1),
    );
    return Array.from({ length: vocabulary }, () => Math.fround(spread * (random() - random())));
  };
}

/** A decoder in plain TypeScript that keeps each sequence's tokens and counts its calls. */
export class FakeDecoder implements Decoder {
  readonly calls: string[] = [];
  context: number[][];
  /** Tokens of every step, in order. */
  readonly fed: number[][] = [];

  constructor(
    readonly batch: number,
    readonly vocabulary: number,
    private readonly logits: Logits,
  ) {
    this.context = Array.from({ length: batch }, () => []);
  }

  async step(tokens: Int32Array): Promise<Float32Array> {
    this.calls.push("step");
    this.fed.push([...tokens]);
    return this.#feed(tokens);
  }

  async prefill(tokens: Int32Array): Promise<Float32Array> {
    this.calls.push(`prefill ${tokens.length / this.batch}`);
    return this.#feed(tokens);
  }

  async reorder(parents: Int32Array): Promise<void> {
    this.calls.push("reorder");
    this.context = Array.from(parents, (parent) => [...(this.context[parent] as number[])]);
  }

  reset(): void {
    this.calls.push("reset");
    this.context = this.context.map(() => []);
  }

  dispose(): void {
    this.calls.push("dispose");
  }

  #feed(tokens: Int32Array): Float32Array {
    const length = tokens.length / this.batch;
    for (const token of tokens) {
      if (!(token >= 0 && token < this.vocabulary)) throw new Error(`token ${token} is none`);
    }
    this.context = this.context.map((context, i) => [...context, ...tokens.slice(i * length, (i + 1) * length)]);
    return Float32Array.from(this.context.flatMap((context) => [...this.logits(context)]));
  }
}
