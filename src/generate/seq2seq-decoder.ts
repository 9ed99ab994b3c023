import { DataError, ShapeError } from "../errors.ts";
import { checkDevice, type Device } from "../gpu/device.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { Seq2SeqState } from "../nn/seq2seq/cell.ts";
import { Seq2Seq } from "../nn/seq2seq/seq2seq.ts";
import { checkArgument, checkOptions, count, flag, instanceOf, required } from "../options.ts";
import type { SpecTree } from "../run/inputs.ts";
import { Unfinished } from "../run/unfinished.ts";
import { checkAlive } from "./alive.ts";
import { checkParents, checkTokens, type Decoder, requireInt32 } from "./decoder.ts";
import { type Feeding, OwnedSampler, Rewind } from "./feeding.ts";
import { piecesOf } from "./prompt.ts";
import { compileAll, type Held, type Programs } from "./seq2seq-programs.ts";
import { Turns } from "./turns.ts";

/** Options of `createSeq2SeqDecoder`. */
export interface Seq2SeqDecoderOptions {
  /** Sequences that are decoded side by side. */
  readonly batch: number;
  /** Tokens of a source, shorter ones padded. */
  readonly sourceLength: number;
  /** Whether the attention weights of every step are read back; see `attention`. */
  readonly attention?: boolean | undefined;
}

/** A decoder for `nn.Seq2Seq`: a source is encoded once, then tokens are fed one after the other, beginning with startToken. */
export interface Seq2SeqDecoder extends Decoder {
  /**
   * Reads sources [count · sourceLength], padded behind `lengths` [count], and begins new sequences. `batch` is a multiple of
   * count: each source stands for as many sequences next to each other, as beam search wants them.
   */
  encode(source: Int32Array, lengths?: Int32Array): Promise<void>;
  /** Each sequence's attention weights over its steps so far, [steps, sourceLength], with the option `attention`. */
  attention(): { readonly steps: number; readonly weights: Float32Array }[];
}

/** Compiles a model's decoding for `batch` sequences. Throws DataError where it is used before `encode`. */
export async function createSeq2SeqDecoder(
  device: Device,
  model: Seq2Seq,
  options: Seq2SeqDecoderOptions,
): Promise<Seq2SeqDecoder> {
  checkDevice("createSeq2SeqDecoder", device);
  checkArgument("createSeq2SeqDecoder", "model", model, required(instanceOf(Seq2Seq, "a nn.Seq2Seq")));
  checkOptions<Seq2SeqDecoderOptions>("createSeq2SeqDecoder", options, {
    batch: required(count),
    sourceLength: required(count),
    attention: flag,
  });
  const programs = await Unfinished.make((unfinished) => compileAll(device, model, options, unfinished));
  const sizes = { targetVocabulary: model.targetVocabulary, stateSpec: model.stateSpec(options.batch) };
  return new ModelDecoder(device, sizes, options, programs);
}

const takeFrom = <T>(rows: readonly T[], parents: Int32Array): T[] =>
  Array.from(parents, (parent) => rows[parent] as T);

/** Memory, keys and state of sources; one row for each sequence. */
interface Encoded extends Held<Tensor> {
  readonly state: Seq2SeqState<Tensor>;
  readonly lengths: Int32Array<ArrayBuffer>;
  /** Which source a sequence reads; those of one number are alike. */
  readonly sources: readonly number[];
}

/** Where the sequences stand. Calls put another in its place when all of their work is done. */
interface Now extends Encoded {
  /** Tokens of each sequence. */
  readonly length: number;
  /** Of each step, by sequence. */
  readonly weights: readonly (readonly Float32Array[])[];
}

class ModelDecoder implements Seq2SeqDecoder {
  readonly batch: number;
  readonly vocabulary: number;
  /** What `encode` gave last, or null before it. */
  #encoded: Encoded | null = null;
  #disposed = false;
  readonly #turns = new Turns();
  /** The same, with the sequences as `reorder` put them, after the steps so far. */
  #now: Now | null = null;

  readonly #sampler = new OwnedSampler();
  readonly #rewind: Rewind;
  readonly feeding: Feeding | undefined;

  constructor(
    private readonly device: Device,
    { targetVocabulary, stateSpec }: { readonly targetVocabulary: number; readonly stateSpec: SpecTree },
    private readonly options: Seq2SeqDecoderOptions,
    private readonly programs: Programs,
  ) {
    this.vocabulary = targetVocabulary;
    this.batch = options.batch;
    this.#rewind = new Rewind(device, stateSpec);
    // each step's weights are read anyway
    if (!options.attention) this.feeding = this.#feeding();
  }

  get length(): number {
    return this.#now?.length ?? 0;
  }

  #feeding(): Feeding {
    return {
      isSoftware: () => this.device.profile.kind === "software",
      sampler: () => this.#sampler.get(this.device, this.batch, this.vocabulary),
      room: () => Number.POSITIVE_INFINITY,
      feed: (op, tokens, use) => this.#feed(op, tokens, use),
      keep: (tokens) => {
        this.#turns
          .next("keep", () => {
            const excess = this.#rewind.keep(tokens);
            if (this.#now) this.#now = { ...this.#now, length: this.#now.length - excess };
          })
          .catch(() => {});
      },
    };
  }

  async encode(source: Int32Array, lengths?: Int32Array): Promise<void> {
    const { batch } = this;
    const { sourceLength } = this.options;
    checkAlive("encode", this.#disposed);
    requireInt32("encode", "source", source);
    if (lengths !== undefined) requireInt32("encode", "lengths", lengths);
    const count = source.length / sourceLength;
    if (!Number.isInteger(count) || count < 1 || batch % count !== 0) {
      throw new ShapeError(
        `encode: got ${source.length} tokens, expected count · sourceLength ${sourceLength} of them with a count that divides batch ${batch}; pad each source`,
      );
    }
    if (lengths && lengths.length !== count) {
      throw new ShapeError(`encode: got ${lengths.length} lengths, expected one for each of the ${count} sources`);
    }
    const sources = Array.from({ length: batch }, (_, row) => Math.floor((row * count) / batch));
    const rows = new Int32Array(batch * sourceLength);
    sources.forEach((from, row) => {
      rows.set(source.subarray(from * sourceLength, (from + 1) * sourceLength), row * sourceLength);
    });
    const rowLengths = Int32Array.from(sources, (from) => lengths?.[from] ?? sourceLength);
    this.#turns.anew();
    return this.#turns.next("encode", async () => {
      const left = await this.programs.encode.run({ source: rows, lengths: rowLengths });
      this.#encoded = { ...left, lengths: rowLengths, sources };
      this.#begin();
    });
  }

  async step(tokens: Int32Array): Promise<Float32Array> {
    checkAlive("step", this.#disposed);
    checkTokens("step", tokens, this.batch, 1);
    return this.#read("step", tokens);
  }

  async prefill(tokens: Int32Array): Promise<Float32Array> {
    checkAlive("prefill", this.#disposed);
    checkTokens("prefill", tokens, this.batch);
    return this.#read("prefill", tokens);
  }

  async reorder(parents: Int32Array): Promise<void> {
    checkAlive("reorder", this.#disposed);
    checkParents(parents, this.batch);
    const given = parents.slice();
    return this.#turns.next("reorder", async () => {
      await this.#catchUp();
      const now = this.#now;
      if (!now) return;
      const { state } = await this.programs.moveState.run({ parents: given, state: now.state });
      const moved = { ...now, state, weights: takeFrom(now.weights, given), sources: takeFrom(now.sources, given) };
      // the beams of one source share what was read of it
      if (moved.sources.every((source, row) => source === now.sources[row])) {
        this.#now = moved;
        return;
      }
      const { memory, keys } = now;
      const held = await this.programs.moveMemory.run({ parents: given, memory, keys });
      this.#now = { ...moved, ...held, lengths: given.map((parent) => now.lengths[parent] as number) };
    });
  }

  reset(): void {
    checkAlive("reset", this.#disposed);
    this.#turns.anew();
    this.#turns.next("reset", () => this.#begin());
  }

  #begin(): void {
    const encoded = this.#encoded;
    this.#rewind.forget();
    this.#now = encoded && { ...encoded, length: 0, weights: Array.from({ length: this.batch }, () => []) };
  }

  async #read(op: string, tokens: Int32Array): Promise<Float32Array> {
    // the copy is ordered before whatever comes next; waiting for it would only delay that
    const { reading } = await this.#feed(op, tokens, (logits) => ({ reading: logits.read() }));
    return (await reading) as Float32Array;
  }

  /** `use` is given the logits behind the last token, before anything else is run. */
  #feed<T>(op: string, tokens: Int32Array | Tensor, use: (logits: Tensor) => T | Promise<T>): Promise<T> {
    const isHost = tokens instanceof Int32Array;
    const pieces = isHost ? [...piecesOf(tokens, this.batch, 1)] : [tokens];
    return this.#turns.next(op, async () => {
      await this.#catchUp();
      if (!this.#now) throw new DataError(`${op}: no source was read, expected encode(source) first`);
      let now = this.#now;
      if (isHost) this.#rewind.forget();
      else this.#rewind.beforeToken(now.state);
      let last: Tensor | undefined;
      for (const piece of pieces) {
        const { memory, keys, lengths } = now;
        const step = await this.programs.step.run({ tokens: piece, memory, keys, lengths, state: now.state });
        now = { ...now, state: step.state };
        last = step.logits;
        if (this.options.attention) now = { ...now, weights: await this.#withRows(now.weights, step.weights) };
      }
      this.#now = { ...now, length: now.length + pieces.length };
      return use(last as Tensor);
    });
  }

  /** Goes back to what stands of tokens that were fed from the GPU. */
  async #catchUp(): Promise<void> {
    const { pending } = this.#rewind;
    if (!pending || !this.#now) return;
    let state = pending.state as Now["state"];
    const { memory, keys, lengths } = this.#now;
    for (const tokens of pending.tokens) {
      ({ state } = await this.programs.step.run({ tokens, memory, keys, lengths, state }));
    }
    this.#now = { ...this.#now, state };
    this.#rewind.forget();
  }

  /** The weights of each sequence with those of one more step, [batch · sourceLength]. */
  async #withRows(weights: Now["weights"], step: Tensor): Promise<Now["weights"]> {
    const { sourceLength } = this.options;
    const seen = (await step.read()) as Float32Array;
    return weights.map((steps, row) => [...steps, seen.slice(row * sourceLength, (row + 1) * sourceLength)]);
  }

  attention(): { steps: number; weights: Float32Array }[] {
    if (!this.options.attention) {
      throw new DataError("attention: the weights were not kept, expected createSeq2SeqDecoder with attention: true");
    }
    const { sourceLength } = this.options;
    const weights = this.#now?.weights ?? Array.from({ length: this.batch }, () => []);
    return weights.map((steps) => {
      const weights = new Float32Array(steps.length * sourceLength);
      steps.forEach((row, t) => {
        weights.set(row, t * sourceLength);
      });
      return { steps: steps.length, weights };
    });
  }

  dispose(): void {
    this.#disposed = true;
    this.#sampler.dispose();
    this.#rewind.dispose();
    for (const program of Object.values(this.programs)) program.dispose();
  }
}
