import { DataError } from "../../errors.ts";
import { checkArgument, checkOptions, iterable, nested, object, required, text } from "../../options.ts";
import {
  badToken,
  type EncodeOptions,
  enclose,
  type SpecialNames,
  type SpecialTokens,
  specialKinds,
  specialNames,
  specialTokens,
  type Tokenizer,
} from "./tokenizer.ts";

/** What `ByteTokenizer.toJSON` gives. */
export interface ByteTokenizerJson {
  /** What the data is of. */
  readonly type: "bytes";
  /** Names of the special tokens. */
  readonly special: SpecialNames;
}

const BYTES = 256;

/** A token for each byte of UTF-8, 0 to 255, and for special tokens from 256 on: it knows every text, and none is unknown. */
export class ByteTokenizer implements Tokenizer {
  /** Special tokens, from 256 on. */
  readonly special: SpecialTokens;
  readonly #names: ReturnType<typeof specialNames>;

  constructor(options: { readonly special?: SpecialNames | undefined } = {}) {
    checkOptions("ByteTokenizer", options, { special: nested(specialKinds) });
    this.#names = specialNames("ByteTokenizer", options.special ?? {});
    this.special = specialTokens(this.#names, BYTES);
  }

  /** Reads what `toJSON` gave. */
  static fromJSON(json: unknown): ByteTokenizer {
    const { type, special } = (typeof json === "object" && json !== null ? json : {}) as Record<string, unknown>;
    const isNames = object.fits(special) && Object.values(special as object).every((name) => typeof name === "string");
    if (type !== "bytes" || !isNames) {
      throw new DataError('ByteTokenizer.fromJSON: not a saved tokenizer, expected { "type": "bytes", "special": {} }');
    }
    return new ByteTokenizer({ special: special as SpecialNames });
  }

  /** 256 and the special tokens. */
  get size(): number {
    return BYTES + this.#names.length;
  }

  /** The bytes of a text in UTF-8. */
  encode(source: string, options: EncodeOptions = {}): Int32Array<ArrayBuffer> {
    checkArgument("ByteTokenizer.encode", "source", source, required(text));
    return enclose("ByteTokenizer.encode", new TextEncoder().encode(source), this.special, options);
  }

  /** The text of bytes; special tokens give none, and what is no UTF-8 gives U+FFFD. Throws a DataError for a number that is no token. */
  decode(tokens: Iterable<number>): string {
    checkArgument("ByteTokenizer.decode", "tokens", tokens, required(iterable));
    const bytes: number[] = [];
    for (const token of tokens) {
      if (!Number.isInteger(token) || token < 0 || token >= this.size)
        throw badToken("ByteTokenizer.decode", token, this.size);
      if (token < BYTES) bytes.push(token);
    }
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(bytes));
  }

  /** Plain data, which `ByteTokenizer.fromJSON` takes. */
  toJSON(): ByteTokenizerJson {
    return { type: "bytes", special: Object.fromEntries(this.#names) };
  }
}
