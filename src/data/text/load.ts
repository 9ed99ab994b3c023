import { DataError } from "../../errors.ts";
import { show } from "../../options.ts";
import { ByteTokenizer } from "./byte-tokenizer.ts";
import { CharTokenizer } from "./char-tokenizer.ts";
import { WordTokenizer } from "./word-tokenizer.ts";

const readers: Readonly<Record<string, (json: unknown) => CharTokenizer | ByteTokenizer | WordTokenizer>> = {
  characters: (json) => CharTokenizer.fromJSON(json),
  bytes: (json) => ByteTokenizer.fromJSON(json),
  words: (json) => WordTokenizer.fromJSON(json),
};

/** The tokenizer whose `toJSON` gave this, of whichever kind it is. Throws DataError for what is none. */
export function tokenizerFromJSON(json: unknown): CharTokenizer | ByteTokenizer | WordTokenizer {
  const type = typeof json === "object" && json !== null ? (json as { type?: unknown }).type : undefined;
  if (typeof type === "string" && Object.hasOwn(readers, type)) return readers[type]?.(json) as CharTokenizer;
  throw new DataError(
    `tokenizerFromJSON: type is ${show(type)}, expected one of ${Object.keys(readers).join(", ")}; a tokenizer.json of Hugging Face is read by HuggingFaceTokenizer.load`,
  );
}
