import { ArgumentError, DataError } from "../../errors.ts";
import {
  checkArgument,
  checkOptions,
  count,
  either,
  flag,
  iterable,
  listOf,
  nested,
  object,
  oneOf,
  required,
  show,
  text,
} from "../../options.ts";
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

/** Options of a word tokenizer. */
export interface WordOptions {
  /** How many tokens there are at most, special ones and the unknown among them; the rarest words are left out. Default: all. */
  readonly size?: number | undefined;
  /** The token of words that are not in the vocabulary; false makes them an error. Default "<unk>". */
  readonly oov?: string | false | undefined;
  /** Whether upper case counts as lower case. Default false. */
  readonly lower?: boolean | undefined;
  /**
   * What a word is. "words": letters, digits, apostrophes and hyphens in a row, or any other sign by itself; "whitespace":
   * what stands between spaces, for text that is split already; "characters": each code point. Default "words".
   */
  readonly split?: "words" | "whitespace" | "characters" | undefined;
  /** Names of special tokens, which have the first numbers: pad, start, end, then the unknown. */
  readonly special?: SpecialNames | undefined;
}

/** What `WordTokenizer.toJSON` gives. */
export interface WordTokenizerJson {
  /** What the data is of. */
  readonly type: "words";
  /** Words by token, behind the special ones and the unknown. */
  readonly words: readonly string[];
  /** Name of the unknown token; false where an unknown word is an error. */
  readonly oov: string | false;
  /** Whether capitals count as small letters. */
  readonly lower: boolean;
  /** How texts are cut. */
  readonly split: "words" | "whitespace" | "characters";
  /** Names of the special tokens. */
  readonly special: SpecialNames;
}

const splits = oneOf("words", "whitespace", "characters");
const oovKind = either(text, oneOf(false));
const WORDS = /[\p{L}\p{M}\p{N}_]+(?:['’-][\p{L}\p{M}\p{N}_]+)*|[^\s]/gu;

/** A token for each of the most frequent words of some texts. */
export class WordTokenizer implements Tokenizer {
  /** To each token its word; special ones and the unknown by their names. */
  readonly words: readonly string[];
  /** Special tokens, which have the first numbers. */
  readonly special: SpecialTokens;
  /** The token of what is not in the vocabulary; undefined where that is an error. */
  readonly unknown: number | undefined;
  readonly #saved: WordTokenizerJson;
  readonly #tokens: ReadonlyMap<string, number>;
  /** Names that stand for themselves in a text. */
  readonly #named: RegExp | undefined;

  private constructor(saved: WordTokenizerJson) {
    const names = specialNames("WordTokenizer", saved.special);
    const reserved = [...names.map(([, name]) => name), ...(saved.oov === false ? [] : [saved.oov])];
    if (new Set(reserved).size < reserved.length || saved.oov === "") {
      throw new ArgumentError(`WordTokenizer: oov is ${show(saved.oov)}, expected a name that no special token has`);
    }
    this.#saved = saved;
    this.words = [...reserved, ...saved.words];
    this.special = specialTokens(names, 0);
    this.unknown = saved.oov === false ? undefined : names.length;
    this.#tokens = new Map(this.words.map((word, token) => [word, token]));
    this.#named = reserved.length > 0 ? namesIn(reserved) : undefined;
  }

  /**
   * A tokenizer for the words of some texts, the most frequent first, equally frequent ones as they appear. Throws DataError
   * where there is no word.
   */
  static fit(texts: Iterable<string>, options: WordOptions = {}): WordTokenizer {
    checkArgument("WordTokenizer.fit", "texts", texts, required(either(text, iterable)));
    checkOptions("WordTokenizer.fit", options, {
      size: count,
      oov: oovKind,
      lower: flag,
      split: splits,
      special: nested(specialKinds),
    });
    const { size, oov = "<unk>", lower = false, split = "words", special = {} } = options;
    const empty = new WordTokenizer({ type: "words", words: [], oov, lower, split, special });
    const counts = new Map<string, number>();
    let row = 0;
    for (const each of typeof texts === "string" ? [texts] : texts) {
      if (typeof each !== "string")
        throw new DataError(`WordTokenizer.fit: text ${row} is ${show(each)}, expected a string`);
      for (const word of empty.#wordsOf(each))
        if (!empty.#tokens.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
      row++;
    }
    if (counts.size === 0) throw new DataError("WordTokenizer.fit: the texts have no word, expected some");
    const room = size === undefined ? counts.size : size - empty.size;
    if (room < 1) {
      throw new DataError(
        `WordTokenizer.fit: size is ${size}, expected more than ${empty.size}, the special tokens and the unknown; pass a larger size`,
      );
    }
    if (oov === false && room < counts.size) {
      throw new ArgumentError(
        `WordTokenizer.fit: size leaves out ${counts.size - room} words and oov is false, expected a token for them; name one in oov`,
      );
    }
    const words = [...counts]
      .sort((a, b) => b[1] - a[1])
      .slice(0, room)
      .map(([word]) => word);
    return new WordTokenizer({ ...empty.#saved, words });
  }

  /** Reads what `toJSON` gave. */
  static fromJSON(json: unknown): WordTokenizer {
    const saved = (typeof json === "object" && json !== null ? json : {}) as Partial<WordTokenizerJson>;
    const { type, words, oov, lower, split, special } = saved;
    const isNames = object.fits(special) && Object.values(special as object).every((name) => typeof name === "string");
    const isSaved =
      type === "words" && oovKind.fits(oov) && typeof lower === "boolean" && splits.fits(split) && isNames;
    if (!isSaved || !listOf(text, "strings").fits(words)) {
      throw new DataError(
        'WordTokenizer.fromJSON: not a saved tokenizer, expected { "type": "words", "words": ["a", …], "oov": "<unk>", "lower": false, "split": "words", "special": {} }',
      );
    }
    const tokenizer = new WordTokenizer(saved as WordTokenizerJson);
    if (tokenizer.#tokens.size === tokenizer.size) return tokenizer;
    throw new DataError("WordTokenizer.fromJSON: the saved words are not distinct");
  }

  /** How many tokens there are, special ones and the unknown among them. */
  get size(): number {
    return this.words.length;
  }

  /**
   * The token of each word. A name of a special token stands for it. Throws a DataError for a word outside the vocabulary
   * where `oov` is false.
   */
  encode(source: string, options: EncodeOptions = {}): Int32Array<ArrayBuffer> {
    checkArgument("WordTokenizer.encode", "source", source, required(text));
    const tokens = Array.from(this.#wordsOf(source), (word, place) => {
      const token = this.#tokens.get(word) ?? this.unknown;
      if (token !== undefined) return token;
      throw new DataError(
        `WordTokenizer.encode: word ${place} of the text is ${show(word)}, which is not among the ${this.size} of the vocabulary; fit the tokenizer to texts that have it, or name a token for such words in oov`,
      );
    });
    return enclose("WordTokenizer.encode", tokens, this.special, options);
  }

  /** The words of tokens, with spaces between (none between characters); special tokens give none. Throws a DataError for a number that is no token. */
  decode(tokens: Iterable<number>): string {
    checkArgument("WordTokenizer.decode", "tokens", tokens, required(iterable));
    const silent = Object.values(this.special);
    const words: string[] = [];
    for (const token of tokens) {
      const word = typeof token === "number" ? this.words[token] : undefined;
      if (word === undefined) throw badToken("WordTokenizer.decode", token, this.size);
      if (!silent.includes(token)) words.push(word);
    }
    return words.join(this.#saved.split === "characters" ? "" : " ");
  }

  /** Plain data, which `WordTokenizer.fromJSON` takes. */
  toJSON(): WordTokenizerJson {
    return this.#saved;
  }

  *#wordsOf(source: string): Generator<string> {
    const parts = this.#named ? source.split(this.#named) : [source];
    for (const [at, part] of parts.entries()) {
      // what split catches stands at odd places
      if (at % 2 === 1) yield part;
      else yield* split(this.#saved.lower ? part.toLowerCase() : part, this.#saved.split);
    }
  }
}

function split(source: string, by: WordTokenizerJson["split"]): Iterable<string> {
  if (by === "characters") return source;
  if (by === "whitespace") return source.split(/\s+/u).filter((word) => word !== "");
  return source.match(WORDS) ?? [];
}

/** Finds any of these names, the longest where several begin at one place. */
function namesIn(names: readonly string[]): RegExp {
  const escaped = [...names]
    .sort((a, b) => b.length - a.length)
    .map((name) => name.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"));
  return new RegExp(`(${escaped.join("|")})`);
}
