import type { Tensor } from "../gpu/tensor.ts";
import type { Decoder } from "./decoder.ts";
import type { Feeding } from "./feeding.ts";
import { numberAt } from "./random.ts";
import { type SamplerSettings, SLOTS, type TokenSampler } from "./sampler.ts";
import { badLogits, drawToken } from "./sampling.ts";

/** What a generation draws by. */
export interface DrawingSettings extends SamplerSettings {
  /** By row: the prompt, whose tokens stand at the positions from `start` on. */
  readonly prompts: readonly ArrayLike<number>[];
  /** Position of the first token of the prompts. */
  readonly start: number;
  readonly readEvery: number | undefined;
}

/** Where the tokens of a generation come from, position by position. */
export interface Drawing {
  /** Feeds the prompt [batch · length]; then tokens of the position behind it can be had. */
  begin(prompt: Int32Array): Promise<void>;
  /** The token of a row that draws. Throws DataError where its logits are none. */
  token(row: number): number;
  /** Goes on to the next position; `next` are the tokens of all rows at this one. */
  advance(next: Int32Array): Promise<void>;
  /** Whatever was drawn ahead is taken back: the decoder was fed with what came before this position. */
  end(): void;
}

/** Draws on the host, from logits that are read at every position. */
export class HostDrawing implements Drawing {
  #logits = new Float32Array();
  #position: number;

  constructor(
    private readonly decoder: Decoder,
    private readonly settings: DrawingSettings,
  ) {
    this.#position = settings.start;
  }

  async begin(prompt: Int32Array): Promise<void> {
    this.#position += prompt.length / this.decoder.batch;
    this.#logits = (await this.decoder.prefill(prompt)) as Float32Array<ArrayBuffer>;
  }

  token(row: number): number {
    const { vocabulary } = this.decoder;
    const { seed, sampling, seen } = this.settings;
    const logits = this.#logits.subarray(row * vocabulary, (row + 1) * vocabulary);
    return drawToken(logits, sampling, () => numberAt(seed, row, this.#position), seen[row] as Iterable<number>);
  }

  async advance(next: Int32Array): Promise<void> {
    this.#position++;
    this.#logits = (await this.decoder.step(next)) as Float32Array<ArrayBuffer>;
  }

  end(): void {}
}

/** A block of tokens is to take so long: few enough to be read as they come, long enough for the reading not to count. */
const BLOCK_MS = 50;
/** In fewer, to sample on the GPU costs more than to read the logits. */
const FEWEST = 4;

/**
 * Draws on the GPU, where a decoder is fed with what is drawn before anybody reads it: a block of tokens is read at once. Blocks
 * are as long as `readEvery` says, or grow until they take BLOCK_MS.
 */
export class DeviceDrawing implements Drawing {
  /** Of the block's first token. */
  #position: number;
  #length = 1;
  #slot = 0;
  #codes = new Int32Array();
  /** Tokens of the block that were fed from the GPU and came by since. */
  #fed: Int32Array[] = [];
  /** Tokens of the next block, at most. */
  #size: number;

  constructor(
    private readonly feeding: Feeding,
    private readonly sampler: TokenSampler,
    private readonly settings: DrawingSettings,
  ) {
    this.#position = settings.start;
    this.#size = settings.readEvery ?? FEWEST;
    sampler.begin(settings);
  }

  begin(prompt: Int32Array): Promise<void> {
    return this.#block("prefill", prompt);
  }

  token(row: number): number {
    const code = this.#codes[this.#slot * this.#rows + row] as number;
    if (code < 0) throw this.#wrong(code);
    return code;
  }

  async advance(next: Int32Array): Promise<void> {
    this.#slot++;
    if (this.#slot < this.#length) {
      this.#fed.push(next.slice());
      return;
    }
    this.end();
    this.#position += this.#length;
    await this.#block("step", next);
  }

  end(): void {
    this.feeding.keep(this.#fed);
    this.#fed = [];
  }

  /** See kernels/rows/sample.wgsl. */
  #wrong(code: number): Error {
    const { vocabulary } = this.sampler;
    if (code === -2) return badLogits(vocabulary);
    const logit = code % 2 === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
    return badLogits(vocabulary, { place: (-3 - code) >> 1, logit });
  }

  get #rows(): number {
    return this.settings.prompts.length;
  }

  /** Feeds tokens from the host and draws as many as there is room and time for. */
  async #block(op: "step" | "prefill", tokens: Int32Array): Promise<void> {
    const { feeding, sampler } = this;
    const { ends, readEvery } = this.settings;
    if (op === "prefill") this.#position += tokens.length / this.#rows;
    const last = Math.max(...ends);
    const started = performance.now();
    this.#slot = 0;
    this.#length = 0;
    const draw = (logits: Tensor) => {
      const slot = this.#length++;
      return sampler.draw(logits, this.#position + slot, slot, this.#given(slot));
    };
    await feeding.feed(op, tokens, draw);
    const length = Math.min(this.#size, 1 + feeding.room(), last - this.#position);
    while (this.#length < length) await feeding.feed("step", sampler.tokens, draw);
    this.#codes = (await sampler.read()) as Int32Array<ArrayBuffer>;
    if (readEvery !== undefined) return;
    const wanted = (length * BLOCK_MS) / Math.max(0.1, performance.now() - started);
    this.#size = Math.max(FEWEST, Math.min(SLOTS, 2 * length, Math.floor(wanted)));
  }

  /** By row: the prompt's token at the place of a slot, or -1 behind it. */
  #given(slot: number): number[] {
    const at = this.#position + slot - this.settings.start;
    return this.settings.prompts.map((prompt) => prompt[at] ?? -1);
  }
}
