import { ArgumentError } from "../errors.ts";
import { checkOptions, count, required } from "../options.ts";
import { checkAlive } from "./alive.ts";
import { checkDecoder, checkParents, checkTokens, type Decoder } from "./decoder.ts";
import type { Feeding } from "./feeding.ts";
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
  /** Tokens that came by, also those that are forgotten. */
  #length = 0;
  /** Of them, those from the GPU that are not in `#held` yet. */
  #ahead = 0;

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

  get length(): number {
    return this.#length;
  }

  get feeding(): Feeding | undefined {
    const { feeding } = this.inner;
    return feeding && { ...feeding, ...this.#feedingOf(feeding) };
  }

  #feedingOf(inner: Feeding): Omit<Feeding, "sampler" | "isSoftware"> {
    return {
      room: () => Math.min(inner.room(), this.capacity - (this.#held[0] as readonly number[]).length - this.#ahead),
      feed: async (op, tokens, use) => {
        if (tokens instanceof Int32Array) return this.#feed(op, tokens, (op, all) => inner.feed(op, all, use));
        return this.#turns.next(op, async () => {
          await inner.feed(op, tokens, use);
          this.#ahead++;
          this.#length++;
        });
      },
      keep: (tokens) => {
        this.#turns
          .next("keep", () => {
            inner.keep(tokens);
            const count = Math.min(tokens.length, this.#ahead);
            this.#held = this.#held.map((row, i) => [
              ...row,
              ...tokens.slice(0, count).map((each) => each[i] as number),
            ]);
            this.#length -= this.#ahead - count;
            this.#ahead = 0;
          })
          .catch(() => {});
      },
    };
  }

  async step(tokens: Int32Array): Promise<Float32Array> {
    checkTokens("step", tokens, this.batch, 1);
    return this.#feed("step", tokens, (op, all) => this.inner[op](all));
  }

  async prefill(tokens: Int32Array): Promise<Float32Array> {
    checkTokens("prefill", tokens, this.batch);
    return this.#feed("prefill", tokens, (op, all) => this.inner[op](all));
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
      [this.#length, this.#ahead] = [0, 0];
      // the next call resets the decoder, and tells what is wrong with it
      this.#isStale = true;
    });
  }

  dispose(): void {
    this.#disposed = true;
    this.inner.dispose();
  }

  /** @param tokens [batch · length] @param give feeds the decoder with them, or with what it is to read again */
  #feed<T>(
    op: "step" | "prefill",
    tokens: Int32Array,
    give: (op: "step" | "prefill", tokens: Int32Array) => Promise<T>,
  ): Promise<T> {
    const given = tokens.slice();
    const length = given.length / this.batch;
    return this.#turns.next(op, async () => {
      const held = this.#held.map((row, i) => [...row, ...given.subarray(i * length, (i + 1) * length)]);
      const total = (held[0] as number[]).length;
      if (total <= this.capacity && !this.#isStale) {
        const result = await give(op, given);
        this.#held = held;
        this.#length += length;
        return result;
      }
      this.inner.reset();
      this.#isStale = true;
      const kept = total <= this.capacity ? held : held.map((row) => row.slice(-this.keep));
      const result = await give("prefill", packPrompts(kept, (kept[0] as number[]).length));
      this.#held = kept;
      this.#length += length;
      this.#isStale = false;
      return result;
    });
  }

  #nothing(): number[][] {
    return Array.from({ length: this.batch }, () => []);
  }
}
