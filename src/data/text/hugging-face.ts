import { DataError } from "../../errors.ts";
import { checkArgument, checkOptions, flag, iterable, type Kind, object, required, text } from "../../options.ts";
import { loadPeer } from "../peers.ts";
import { badToken, type Tokenizer } from "./tokenizer.ts";

/** What is used of a tokenizer that `@huggingface/tokenizers` makes. */
interface PeerTokenizer {
  encode(text: string, options: { add_special_tokens: boolean }): { readonly ids: readonly number[] };
  decode(ids: number[], options: { skip_special_tokens: boolean }): string;
  token_to_id(token: string): number | undefined;
  get_vocab(): ReadonlyMap<string, number>;
}

/** `@huggingface/tokenizers`. */
export interface HuggingFaceLibrary {
  /** The class that reads tokenizer.json. */
  readonly Tokenizer: new (
    tokenizer: object,
    config: object,
  ) => unknown;
}

/** Options of a Hugging Face tokenizer. */
export interface HuggingFaceOptions {
  /** The content of tokenizer_config.json. Default: nothing. */
  readonly config?: object | undefined;
  /** `@huggingface/tokenizers`. Default: it is imported. */
  readonly library?: HuggingFaceLibrary | undefined;
}

const library: Kind = {
  expected: "the package @huggingface/tokenizers",
  fits: (value) =>
    typeof value === "object" && value !== null && typeof (value as HuggingFaceLibrary).Tokenizer === "function",
};

/** A tokenizer that Hugging Face's `tokenizer.json` describes. It needs the package `@huggingface/tokenizers`. */
export class HuggingFaceTokenizer implements Tokenizer {
  /** One more than the greatest token. */
  readonly size: number;
  readonly #peer: PeerTokenizer;
  readonly #ids: ReadonlySet<number>;
  readonly #saved: object;

  private constructor(peer: PeerTokenizer, saved: object) {
    this.#peer = peer;
    this.#ids = new Set(peer.get_vocab().values());
    this.size = 1 + [...this.#ids].reduce((most, id) => Math.max(most, id), -1);
    this.#saved = saved;
  }

  /**
   * The tokenizer of a file.
   * @param json the content of tokenizer.json, parsed
   * Rejects with UnsupportedError where the package is not installed, and with DataError for what it cannot read.
   */
  static async load(json: object, options: HuggingFaceOptions = {}): Promise<HuggingFaceTokenizer> {
    checkArgument("HuggingFaceTokenizer.load", "json", json, required(object));
    checkOptions("HuggingFaceTokenizer.load", options, { config: object, library });
    const { Tokenizer: Peer } =
      options.library ??
      (await loadPeer<HuggingFaceLibrary>(
        "HuggingFaceTokenizer.load",
        "@huggingface/tokenizers",
        "library",
        () => import("@huggingface/tokenizers"),
      ));
    try {
      return new HuggingFaceTokenizer(new Peer(json, options.config ?? {}) as PeerTokenizer, json);
    } catch (error) {
      const [why = ""] = String((error as Error | undefined)?.message ?? error).split("\n");
      throw new DataError(
        `HuggingFaceTokenizer.load: @huggingface/tokenizers does not read this (${why.slice(0, 200)}), expected the content of a tokenizer.json`,
      );
    }
  }

  /** The token of a word or special name, such as "[CLS]"; undefined where there is none. */
  tokenOf(name: string): number | undefined {
    checkArgument("HuggingFaceTokenizer.tokenOf", "name", name, required(text));
    return this.#peer.token_to_id(name);
  }

  /** The tokens of a text. `special` puts those around it that the file says ("[CLS]" and the like). Default false. */
  encode(source: string, options: { readonly special?: boolean | undefined } = {}): Int32Array<ArrayBuffer> {
    checkArgument("HuggingFaceTokenizer.encode", "source", source, required(text));
    checkOptions("HuggingFaceTokenizer.encode", options, { special: flag });
    return Int32Array.from(this.#peer.encode(source, { add_special_tokens: options.special ?? false }).ids);
  }

  /** The text of tokens, without special ones. Throws a DataError for a number that is no token. */
  decode(tokens: Iterable<number>): string {
    checkArgument("HuggingFaceTokenizer.decode", "tokens", tokens, required(iterable));
    const ids: number[] = [];
    for (const token of tokens) {
      if (!this.#ids.has(token)) throw badToken("HuggingFaceTokenizer.decode", token, this.size);
      ids.push(token);
    }
    // which it refuses
    if (ids.length === 0) return "";
    return this.#peer.decode(ids, { skip_special_tokens: true });
  }

  /** The content of tokenizer.json, as it was given. */
  toJSON(): object {
    return this.#saved;
  }
}
