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
 * whole window the streams begin anew.
 */
export class StreamBatches {
  /** Streams that are read side by side. */
  readonly batch: number;
  /** Tokens of each stream in a step. */
  readonly seqLen: number;
  /** Steps in one pass over the text. */
  readonly stepsPerPass: number;
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
    this.stepsPerPass = Math.floor(this.#streamLength / seqLen);
  }

  /** Whether the next batch begins a pass: it does not continue the one before, so carried state must be reset. */
  get startsPass(): boolean {
    return this.#step % this.stepsPerPass === 0;
  }

  /** The next batch; there is always one. */
  next(): StreamBatch {
    const { batch, seqLen, stepsPerPass } = this;
    const pass = Math.floor(this.#step / stepsPerPass);
    const stepInPass = this.#step % stepsPerPass;
    this.#step++;
    // What whole windows leave over is at the streams' end in even passes and at their beginning in odd ones, so that
    // every token is seen.
    const rest = this.#streamLength - stepsPerPass * seqLen;
    const start = (pass % 2 === 0 ? 0 : rest) + stepInPass * seqLen;
    const tokens = new Int32Array(batch * seqLen);
    const targets = new Int32Array(batch * seqLen);
    for (let row = 0; row < batch; row++) {
      const from = row * this.#streamLength + start;
      tokens.set(this.#tokens.subarray(from, from + seqLen), row * seqLen);
      targets.set(this.#tokens.subarray(from + 1, from + seqLen + 1), row * seqLen);
    }
    return { tokens, targets };
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
