import { DataError } from "../errors.ts";
import { checkDevice, type Device } from "../gpu/device.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { int32 } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { compile } from "../nn/compile.ts";
import type { Compiled } from "../nn/compiled.ts";
import { TransformerLM } from "../nn/transformer/lm.ts";
import { cacheReorder } from "../ops/attention/cache.ts";
import { reshape } from "../ops/layout/layout.ts";
import { checkArgument, checkOptions, count, instanceOf, required, show } from "../options.ts";
import { State } from "../run/state.ts";
import { checkAlive } from "./alive.ts";
import { checkParents, checkTokens, type Decoder } from "./decoder.ts";
import { type Feeding, OwnedSampler } from "./feeding.ts";
import { piecesOf } from "./prompt.ts";
import { Turns } from "./turns.ts";

/** Options of `createTransformerDecoder`. */
export interface TransformerDecoderOptions {
  /** Sequences that are decoded side by side; 1. */
  readonly batch?: number | undefined;
  /** Tokens that the caches of keys and values have room for; the model's `maxLength`. */
  readonly capacity?: number | undefined;
}

/** Longest piece of a prompt that is fed at once. */
const LONGEST_PIECE = 128;

/**
 * A decoder for a TransformerLM. Keys and values of the tokens so far stay on the GPU, and so does their number: a step
 * uploads its tokens and no more, and attends to what is there. A prompt is fed in pieces of 128, 64, … 1 tokens, each of
 * which attends to the pieces before it: a few programs serve all lengths, wherever they begin.
 */
export async function createTransformerDecoder(
  device: Device,
  model: TransformerLM,
  options: TransformerDecoderOptions = {},
): Promise<TransformerLMDecoder> {
  checkDevice("createTransformerDecoder", device);
  checkArgument("createTransformerDecoder", "model", model, aModel);
  checkOptions<TransformerDecoderOptions>("createTransformerDecoder", options, { batch: count, capacity: count });
  const { batch = 1, capacity = model.maxLength } = options;
  const decoder = new TransformerLMDecoder(device, model, batch, capacity);
  try {
    await decoder.open();
  } catch (error) {
    decoder.dispose();
    throw error;
  }
  return decoder;
}

const aModel = required(instanceOf(TransformerLM, "a nn.TransformerLM"));

type CacheSpec = ReturnType<TransformerLM["cacheSpec"]>;
type Feed = Compiled<{ tokens: ReturnType<typeof int32> }, { logits: Value }>;
type Reorder = Compiled<{ parents: ReturnType<typeof int32> }, Record<never, never>>;

/** Made by `createTransformerDecoder`. Calls run in the order in which they are made. */
export class TransformerLMDecoder implements Decoder {
  /** Different tokens. */
  readonly vocabulary: number;
  readonly #state: State<CacheSpec>;
  /** By number of tokens. */
  readonly #feeds = new Map<number, Promise<Feed>>();
  #reorder: Promise<Reorder> | undefined;
  /** Tokens that are there when all calls so far are done. */
  #length = 0;
  /** Tokens that are there now. */
  #fed = 0;
  /** Those before the first that came from the GPU since the last from the host. */
  #mark = 0;
  readonly #sampler = new OwnedSampler();
  readonly #turns = new Turns(() => {
    this.#length = this.#fed;
  });
  #disposed = false;

  /** @internal */
  constructor(
    readonly device: Device,
    readonly model: TransformerLM,
    readonly batch: number,
    readonly capacity: number,
  ) {
    this.vocabulary = model.vocabulary;
    this.#state = new State(device, model.cacheSpec({ batch, capacity }));
  }

  /** @internal Compiles the program of a step. */
  async open(): Promise<void> {
    await this.#feedOf(1);
  }

  /** Tokens of each sequence that are there. */
  get length(): number {
    return this.#length;
  }

  /** What the caches hold on the GPU, in bytes. */
  get cacheBytes(): number {
    return this.#state.bytes;
  }

  /**
   * Feeds each sequence its next token, int32 [batch]; resolves to the logits of the token behind it, [batch ·
   * vocabulary].
   */
  async step(tokens: Int32Array): Promise<Float32Array> {
    this.#checkTokens("step", tokens, 1);
    return this.#read("step", tokens, 1);
  }

  /**
   * Feeds a prompt of equal length to each sequence, int32 [batch · length]; resolves to the logits behind its last
   * token, [batch · vocabulary].
   */
  async prefill(tokens: Int32Array): Promise<Float32Array> {
    this.#checkTokens("prefill", tokens);
    return this.#read("prefill", tokens, tokens.length / this.batch);
  }

  /** Forgets all tokens but the first `length` of each sequence. */
  trim(length: number): void {
    checkAlive("trim", this.#disposed);
    if (!Number.isInteger(length) || length < 0 || length > this.#length) {
      throw new DataError(
        `trim: length is ${show(length)}, expected 0 to the ${this.#length} tokens that are there; feed tokens to get more`,
      );
    }
    // nothing before it shows in what follows
    if (length === 0) this.#turns.anew();
    this.#length = length;
    this.#mark = Math.min(this.#mark, length);
    // refused where what it was to cut failed: then the length is what it was
    this.#turns.next("trim", () => this.#write(length)).catch(() => {});
  }

  /** Lets sequence i go on from the keys and values of sequence `parents[i]`. */
  async reorder(parents: Int32Array): Promise<void> {
    checkAlive("reorder", this.#disposed);
    checkParents(parents, this.batch);
    const given = parents.slice();
    return this.#turns.next("reorder", async () => {
      this.#reorder ??= this.#compileReorder();
      // what failed may be tried again
      this.#reorder.catch(() => {
        this.#reorder = undefined;
      });
      await (await this.#reorder).run({ parents: given });
    });
  }

  /** Begins new sequences: forgets all tokens. */
  reset(): void {
    // what the caches hold behind the length is never read
    this.trim(0);
  }

  /** @internal */
  readonly feeding: Feeding = {
    isSoftware: () => this.device.profile.kind === "software",
    sampler: () => this.#sampler.get(this.device, this.batch, this.vocabulary),
    room: () => this.capacity - this.#length,
    feed: (op, tokens, use) =>
      this.#feed(op, tokens, tokens instanceof Int32Array ? tokens.length / this.batch : 1, use),
    keep: (tokens) => {
      const length = this.#mark + tokens.length;
      if (!this.#disposed && length < this.#length) this.trim(length);
      this.#mark = this.#length;
    },
  };

  /** Frees the caches and programs; the model stays. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#sampler.dispose();
    this.#state.dispose();
    for (const program of [...this.#feeds.values(), this.#reorder]) {
      program?.then(
        (compiled) => compiled.dispose(),
        () => {},
      );
    }
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  async #read(op: string, tokens: Int32Array, length: number): Promise<Float32Array> {
    // the copy is ordered before whatever comes next; waiting for it would only delay that
    const { reading } = await this.#feed(op, tokens, length, (logits) => ({ reading: logits.read() }));
    return (await reading) as Float32Array;
  }

  /** `use` is given the logits behind the last token, before anything else is run. */
  #feed<T>(
    op: string,
    tokens: Int32Array | Tensor,
    length: number,
    use: (logits: Tensor) => T | Promise<T>,
  ): Promise<T> {
    const { capacity } = this;
    if (this.#length + length > capacity) {
      throw new DataError(
        `${op}: ${length} more tokens after ${this.#length}, expected at most capacity ${capacity} in all; trim or reset the decoder, or create it with a larger capacity`,
      );
    }
    this.#length += length;
    if (tokens instanceof Int32Array) this.#mark = this.#length;
    const pieces = tokens instanceof Int32Array ? [...piecesOf(tokens, this.batch, LONGEST_PIECE)] : [tokens];
    return this.#turns.next(op, async () => {
      const before = this.#fed;
      try {
        let last: Tensor | undefined;
        for (const piece of pieces) {
          const program = await this.#feedOf(piece instanceof Int32Array ? piece.length / this.batch : 1);
          last = (await program.run({ tokens: piece })).logits;
        }
        this.#fed = before + length;
        return await use(last as Tensor);
      } catch (error) {
        this.#takeBack(before);
        throw error;
      }
    });
  }

  /** Forgets pieces of what failed. Where the device is lost, or the decoder disposed of, there is nothing to forget. */
  #takeBack(length: number): void {
    try {
      this.#write(length);
    } catch {
      // what failed says why
    }
  }

  /** Makes the first `length` tokens of each sequence all that the caches hold. */
  #write(length: number): void {
    this.#fed = length;
    this.#state.write({ length: new Int32Array(this.batch).fill(length) });
  }

  #feedOf(count: number): Promise<Feed> {
    const known = this.#feeds.get(count);
    if (known) return known;
    const { batch, model } = this;
    const made = compile(this.device, model, {
      inputs: { tokens: int32([batch, count]) },
      state: this.#state,
      fn: ({ tokens }, cache) => {
        const [logits, next] = model.decode(tokens, cache, { last: true });
        return [{ logits: reshape(logits, [batch, this.vocabulary]) }, next];
      },
    });
    this.#feeds.set(count, made);
    // what failed may be tried again
    made.catch(() => this.#feeds.delete(count));
    return made;
  }

  #compileReorder(): Promise<Reorder> {
    return compile(this.device, null, {
      inputs: { parents: int32([this.batch]) },
      state: this.#state,
      fn: ({ parents }, { length, layers }) => {
        const moved = layers.map(({ key, value }) => ({
          key: cacheReorder(key, parents, length),
          value: cacheReorder(value, parents, length),
        }));
        return [{}, { length: cacheReorder(length, parents), layers: moved }];
      },
    });
  }

  #checkTokens(op: string, tokens: Int32Array, length?: number): void {
    checkAlive(op, this.#disposed);
    checkTokens(op, tokens, this.batch, length);
    const wrong = tokens.findIndex((token) => !(token >= 0 && token < this.vocabulary));
    if (wrong >= 0) {
      throw new DataError(
        `${op}: token ${tokens[wrong]} at place ${wrong}, expected 0 to ${this.vocabulary - 1}; check the tokenizer`,
      );
    }
  }
}
