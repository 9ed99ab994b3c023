import { CharTokenizer } from "seqgrad";
import { UserError } from "../shared/errors.ts";
import type { Random } from "../shared/random.ts";
import { count } from "../shared/terminal.ts";

/** Windows of a text, one a row: [rows, seqLen]; each target is the token behind its token. */
export interface Windows {
  readonly tokens: Int32Array;
  readonly targets: Int32Array;
}

/** A text as tokens. The last tenth is for validation and is never trained on. */
export class Corpus {
  readonly vocabulary: number;
  readonly training: Int32Array;
  readonly validation: Int32Array;

  constructor(
    text: string,
    readonly batch: number,
    readonly seqLen: number,
  ) {
    const tokenizer = CharTokenizer.fromText(text);
    const tokens = tokenizer.encode(text);
    const cut = Math.floor(0.9 * tokens.length);
    this.vocabulary = tokenizer.size;
    this.training = tokens.subarray(0, cut);
    this.validation = tokens.subarray(cut);
    const needed = batch * seqLen + 1;
    if (this.validation.length < needed) {
      throw new UserError(
        `--text: its last tenth has ${count(this.validation.length)} characters, but --batch ${batch} × --seq-len ${seqLen} needs ${count(needed)}; give a longer text, or a smaller --batch or --seq-len`,
      );
    }
  }

  /** A training batch from places anywhere in the first nine tenths. */
  draw(random: Random): Windows {
    const places = this.training.length - this.seqLen;
    const starts = Array.from({ length: this.batch }, () => Math.floor(random() * places));
    return this.#cut(this.training, starts);
  }

  /** Batches of validation windows that follow one another without a gap. */
  get validationBatches(): number {
    return Math.floor((this.validation.length - 1) / (this.seqLen * this.batch));
  }

  validate(index: number): Windows {
    const starts = Array.from({ length: this.batch }, (_, row) => (index * this.batch + row) * this.seqLen);
    return this.#cut(this.validation, starts);
  }

  #cut(source: Int32Array, starts: readonly number[]): Windows {
    const tokens = new Int32Array(this.batch * this.seqLen);
    const targets = new Int32Array(tokens.length);
    for (const [row, start] of starts.entries()) {
      tokens.set(source.subarray(start, start + this.seqLen), row * this.seqLen);
      targets.set(source.subarray(start + 1, start + this.seqLen + 1), row * this.seqLen);
    }
    return { tokens, targets };
  }
}
