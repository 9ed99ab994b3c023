import { DataError } from "../../errors.ts";
import { checkArgument, checkOptions, count, countOrZero, instanceOf, object, required, show } from "../../options.ts";

/** One training step's worth of text: what a trainer with these inputs takes as it is. */
export interface StreamBatch {
  /** [batch, seqLen], row by row. */
  readonly tokens: Int32Array<ArrayBuffer>;
  /** `[batch, seqLen]`: for each token the one that follows it in the text. */
  readonly targets: Int32Array<ArrayBuffer>;
}

/** Where `StreamBatches` stands: plain numbers, which JSON keeps. */
export interface StreamBatchesState {
  /** Batches that were given. */
  readonly step: number;
  /** What the order depends on. */
  readonly tokens: number;
  /** Streams. */
  readonly batch: number;
  /** Tokens of each stream in a batch. */
  readonly seqLen: number;
}

/**
 * Batches for truncated backpropagation through time. The text is cut into `batch` streams of equal length; each step
 * gives the next `seqLen` tokens of every stream, so hidden state may be carried from one step to the next. After the last
 * whole window the streams begin anew: `for (const batch of batches)` and `fit` take what is left of an epoch, `next()` goes
 * on without end.
 */
export class StreamBatches {
  /** Streams that are read side by side. */
  readonly batch: number;
  /** Tokens of each stream in a step. */
  readonly seqLen: number;
  /** Batches of an epoch, which is one pass over the text. */
  readonly length: number;
  readonly #tokens: Int32Array;
  readonly #streamLength: number;
  #step = 0;

  /** Throws a DataError for a text that does not give each stream one window and the token after it. */
  constructor(tokens: Int32Array, options: { readonly batch: number; readonly seqLen: number }) {
    checkArgument("StreamBatches", "tokens", tokens, required(instanceOf(Int32Array, "an Int32Array")));
    checkOptions("StreamBatches", options, { batch: required(count), seqLen: required(count) });
    const { batch, seqLen } = options;
    const needed = batch * seqLen + 1;
    if (tokens.length < needed) {
      throw new DataError(
        `StreamBatches: the text has ${tokens.length} tokens, expected at least batch · seqLen + 1 = ${batch} · ${seqLen} + 1 = ${needed}; take a longer text or a smaller batch or sequence length`,
      );
    }
    this.batch = batch;
    this.seqLen = seqLen;
    this.#tokens = tokens;
    this.#streamLength = Math.floor((tokens.length - 1) / batch);
    this.length = Math.floor(this.#streamLength / seqLen);
  }

  /** The epoch of the next batch, from 0. */
  get epoch(): number {
    return Math.floor(this.#step / this.length);
  }

  /**
   * Whether the next batch begins an epoch: it does not continue the one before, so carried state must be reset (`fit` does).
   */
  get startsEpoch(): boolean {
    return this.#step % this.length === 0;
  }

  /** The next batch; there is always one. */
  next(): StreamBatch {
    const { batch, seqLen, length, epoch } = this;
    const stepInEpoch = this.#step % length;
    this.#step++;
    // What whole windows leave over is at the streams' end in even epochs and at their beginning in odd ones, so that
    // every token is seen.
    const rest = this.#streamLength - length * seqLen;
    const start = (epoch % 2 === 0 ? 0 : rest) + stepInEpoch * seqLen;
    const tokens = new Int32Array(batch * seqLen);
    const targets = new Int32Array(batch * seqLen);
    for (let row = 0; row < batch; row++) {
      const from = row * this.#streamLength + start;
      tokens.set(this.#tokens.subarray(from, from + seqLen), row * seqLen);
      targets.set(this.#tokens.subarray(from + 1, from + seqLen + 1), row * seqLen);
    }
    return { tokens, targets };
  }

  /** What is left of the epoch. A loop that is broken off leaves the rest to the next. */
  *[Symbol.iterator](): IterableIterator<StreamBatch> {
    const { epoch } = this;
    while (this.epoch === epoch) yield this.next();
  }

  /** The position, to be saved. */
  state(): StreamBatchesState {
    const { batch, seqLen } = this;
    return { step: this.#step, tokens: this.#tokens.length, batch, seqLen };
  }

  /**
   * Goes to a saved position: what comes then is what came then. Throws DataError where it belongs to a text of another length,
   * another batch or another sequence length.
   */
  restore(state: StreamBatchesState): void {
    checkArgument("StreamBatches.restore", "state", state, required(object));
    checkArgument("StreamBatches.restore", "state.step", state.step, required(countOrZero));
    const own = this.state();
    for (const key of ["tokens", "batch", "seqLen"] as const) {
      if (state[key] === own[key]) continue;
      throw new DataError(
        `StreamBatches.restore: the position was saved with ${key} ${show(state[key])}, expected ${own[key]}; restore it with the text and options it was saved with`,
      );
    }
    this.#step = state.step;
  }
}
