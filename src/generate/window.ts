import { ArgumentError } from "../errors.ts";
import { checkOptions, count, required } from "../options.ts";
import { checkAlive, checkDecoder, checkParents, checkTokens, type Decoder } from "./decoder.ts";
import { sharesState } from "./in-use.ts";
import { packPrompts } from "./prompt.ts";
import { Turns } from "./turns.ts";

/** Options of `slidingWindow`. */
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
  readonly #turns = new Turns();
  /** What the decoder holds, for each sequence; all are equally long. */
  #held: readonly (readonly number[])[];
  /** Whether the decoder is to begin anew with it: after a reset, and where reading again failed. */
  #isStale = false;
  #disposed = false;

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
    return this.#feed("step", tokens);
  }

  async prefill(tokens: Int32Array): Promise<Float32Array> {
    checkTokens("prefill", tokens, this.batch);
    return this.#feed("prefill", tokens);
  }

  async reorder(parents: Int32Array): Promise<void> {
    checkParents(parents, this.batch);
    const given = parents.slice();
    return this.#turns.next("reorder", async () => {
      await this.inner.reorder(given);
      this.#held = Array.from(given, (parent) => this.#held[parent] as number[]);
    });
  }

  reset(): void {
    checkAlive("reset", this.#disposed);
    this.#turns.anew();
    this.#turns.next("reset", () => {
      this.#held = this.#nothing();
      // the next call resets the decoder, and tells what is wrong with it
      this.#isStale = true;
    });
  }

  dispose(): void {
    this.#disposed = true;
    this.inner.dispose();
  }

  /** @param tokens [batch · length] */
  #feed(op: "step" | "prefill", tokens: Int32Array): Promise<Float32Array> {
    const given = tokens.slice();
    const length = given.length / this.batch;
    return this.#turns.next(op, async () => {
      const held = this.#held.map((row, i) => [...row, ...given.subarray(i * length, (i + 1) * length)]);
      const total = (held[0] as number[]).length;
      if (total <= this.capacity && !this.#isStale) {
        const logits = await this.inner[op](given);
        this.#held = held;
        return logits;
      }
      this.inner.reset();
      this.#isStale = true;
      const kept = total <= this.capacity ? held : held.map((row) => row.slice(-this.keep));
      const logits = await this.inner.prefill(packPrompts(kept, (kept[0] as number[]).length));
      this.#held = kept;
      this.#isStale = false;
      return logits;
    });
  }

  #nothing(): number[][] {
    return Array.from({ length: this.batch }, () => []);
  }
}
