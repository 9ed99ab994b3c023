import { UserError } from "./errors.ts";

/** Options as a user gives them, by name. Each reader throws a UserError that says what is wrong and what would be right. */
export class Flags {
  readonly #given: ReadonlyMap<string, string>;

  /** @param given as text, by name */
  constructor(given: Readonly<Record<string, string>>) {
    this.#given = new Map(Object.entries(given));
  }

  names(): string[] {
    return [...this.#given.keys()];
  }

  /** As text, by name. */
  given(): Record<string, string> {
    return Object.fromEntries(this.#given);
  }

  has(name: string): boolean {
    return this.#given.has(name);
  }

  integer(name: string, fallback: number, least = 1, most = Number.MAX_SAFE_INTEGER): number {
    const range = most < Number.MAX_SAFE_INTEGER ? `from ${least} to ${most}` : `from ${least} on`;
    const expected = least === 1 && most === Number.MAX_SAFE_INTEGER ? "a positive integer" : `an integer ${range}`;
    const accepts = (value: number) => Number.isInteger(value) && value >= least && value <= most;
    return this.number(name, fallback, expected, accepts);
  }

  number(name: string, fallback: number, expected: string, accepts: (value: number) => boolean): number {
    const text = this.#given.get(name);
    return text === undefined ? fallback : readNumber(name, text, expected, accepts);
  }

  /** Numbers with commas between them. */
  numbers(name: string, fallback: readonly number[], expected: string, accepts: (value: number) => boolean): number[] {
    const text = this.#given.get(name);
    return text === undefined
      ? [...fallback]
      : text.split(",").map((part) => readNumber(name, part, expected, accepts));
  }

  choice<T extends string>(name: string, fallback: T, choices: readonly T[]): T {
    return readChoice(name, this.#given.get(name) ?? fallback, choices);
  }

  /** Names with commas between them. */
  choices<T extends string>(name: string, fallback: readonly T[], choices: readonly T[]): T[] {
    const text = this.#given.get(name);
    return text === undefined ? [...fallback] : text.split(",").map((part) => readChoice(name, part, choices));
  }

  path(name: string, fallback: string): string {
    const text = this.#given.get(name) ?? fallback;
    if (text === "") throw new UserError(`--${name}: the path is empty; give one or leave it out`);
    return text;
  }
}

function readNumber(name: string, text: string, expected: string, accepts: (value: number) => boolean): number {
  const value = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value) || !accepts(value)) throw new UserError(`--${name}: expected ${expected}, got "${text}"`);
  return value;
}

function readChoice<T extends string>(name: string, text: string, choices: readonly T[]): T {
  const found = choices.find((item) => item === text);
  if (found === undefined) throw new UserError(`--${name}: expected ${alternatives(choices)}, got "${text}"`);
  return found;
}

/** "a, b or c". */
export function alternatives(items: readonly string[]): string {
  return items.join(", ").replace(/, (?=[^,]*$)/, " or ");
}
