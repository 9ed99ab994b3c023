import { show } from "../options.ts";

/** A JSON object whose keys are known with their places in the text. */
export interface KeyedJson {
  readonly value: Record<string, unknown>;
  /** For each top-level key, the index of its opening quote in the text. */
  readonly places: ReadonlyMap<string, number>;
}

/** What is wrong with a JSON text, and at which character. */
export class JsonError extends Error {
  override name = "JsonError";

  constructor(
    message: string,
    readonly index: number,
  ) {
    super(message);
  }
}

/**
 * `JSON.parse` for an object, but a key that occurs twice is an error: `JSON.parse` would keep the last one silently.
 * Throws a JsonError.
 */
export function parseKeyedJson(text: string): KeyedJson {
  checkDepth(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const message = (error as Error).message;
    const position = /position (\d+)/.exec(message)?.[1];
    throw new JsonError("is not valid JSON", position === undefined ? 0 : Number(position));
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new JsonError("is JSON, but not an object", 0);
  }
  return { value: value as Record<string, unknown>, places: findKeys(text) };
}

/** More than any header has; what is deeper could only make a parser run out of stack. */
const DEEPEST = 32;

function checkDepth(text: string): void {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === "{" || character === "[") {
      if (++depth > DEEPEST) throw new JsonError(`is nested deeper than ${DEEPEST} levels`, i);
    } else if (character === "}" || character === "]") {
      depth--;
    } else if (character === '"') {
      for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === "\\") i++;
    }
  }
}

/** Walks over JSON known to be valid; gives the top-level keys and refuses keys that repeat at any level. */
function findKeys(text: string): Map<string, number> {
  const open: (Map<string, number> | "array")[] = [];
  const top = new Map<string, number>();
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === "{") open.push(open.length === 0 ? top : new Map());
    else if (character === "[") open.push("array");
    else if (character === "}" || character === "]") open.pop();
    else if (character === '"') {
      const start = i;
      for (i++; text[i] !== '"'; i++) if (text[i] === "\\") i++;
      const keys = open.at(-1);
      // In valid JSON a string followed by a colon is a key.
      if (keys === undefined || keys === "array" || nextCharacter(text, i + 1) !== ":") continue;
      const key = JSON.parse(text.slice(start, i + 1)) as string;
      if (keys.has(key)) throw new JsonError(`names ${show(key)} twice`, start);
      keys.set(key, start);
    }
  }
  return top;
}

/** The first character from `index` on that is not white space. */
function nextCharacter(text: string, index: number): string | undefined {
  let i = index;
  while (text[i] === " " || text[i] === "\n" || text[i] === "\r" || text[i] === "\t") i++;
  return text[i];
}
