import { ArgumentError } from "../errors.ts";
import { checkOptions, count, required } from "../options.ts";
import { checkDecoder, checkParents, checkTokens, type Decoder } from "./decoder.ts";
import { sharesState } from "./in-use.ts";
import { packPrompts } from "./prompt.ts";

export interface SlidingWindowOptions {
  /** Tokens that the decoder can hold. */
  readonly capacity: number;
  /** Tokens that it reads again when it is full; half of `capacity`. */
  readonly keep?: number;
}

/**
 * A decoder without an end for one that holds `capacity` tokens: where one more does not fit, it begins anew and reads the
 * last `keep` tokens again. What lies before them is forgotten.
 */
export function slidingWindow(decoder: Decoder, options: SlidingWindowOptions): Decoder {
  checkDecoder("slidingWindow", decoder);
  checkOptions("slidingWindow", options, { capacity: required(count), keep: count });
  const { capacity } = options;
  const kept = options.keep ?? Math.max(1, Math.floor(capacity / 2));
  if (kept > capacity) {
    throw new ArgumentError(`slidingWindow: keep is ${kept}, expected an integer from 1 to the capacity ${capacity}`);
  }
  return new WindowedDecoder(decoder, capacity, kept);
}

class WindowedDecoder implements Decoder {
  /** What the decoder holds, for each sequence; all are equally long. */
  #held: number[][];

  constructor(
    private readonly inner: Decoder,
    private readonly capacity: number,
    private readonly keep: number,
  ) {
    this.#held = this.#nothing();
    sharesState(this, inner);
  }

  get batch(): number {
    return this.inner.batch;
  }

  get vocabulary(): number {
    return this.inner.vocabulary;
  }

  async step(tokens: Int32Array): Promise<Float32Array> {
    checkTokens("step", tokens, this.batch, 1);
    return this.#feed(tokens, () => this.inner.step(tokens));
  }

  async prefill(tokens: Int32Array): Promise<Float32Array> {
    checkTokens("prefill", tokens, this.batch);
    return this.#feed(tokens, () => this.inner.prefill(tokens));
  }

  async reorder(parents: Int32Array): Promise<void> {
    checkParents(parents, this.batch);
    await this.inner.reorder(parents);
    this.#held = Array.from(parents, (parent) => [...(this.#held[parent] as number[])]);
  }

  reset(): void {
    this.inner.reset();
    this.#held = this.#nothing();
  }

  dispose(): void {
    this.inner.dispose();
  }

  /** @param tokens [batch · length] */
  #feed(tokens: Int32Array, feed: () => Promise<Float32Array>): Promise<Float32Array> {
    const length = tokens.length / this.batch;
    this.#held.forEach((held, i) => {
      held.push(...tokens.subarray(i * length, (i + 1) * length));
    });
    if ((this.#held[0] as number[]).length <= this.capacity) return feed();
    this.inner.reset();
    this.#held = this.#held.map((held) => held.slice(-this.keep));
    return this.inner.prefill(packPrompts(this.#held, (this.#held[0] as number[]).length));
  }

  #nothing(): number[][] {
    return Array.from({ length: this.batch }, () => []);
  }
}
