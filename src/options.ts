import { ArgumentError } from "./errors.ts";

/** What an option or argument may be. */
export interface Kind {
  /** For messages: `a positive integer`. */
  readonly expected: string;
  readonly fits: (value: unknown) => boolean;
  /** Options of an options object inside this one. */
  readonly options?: OptionKinds;
  /** Must be given. */
  readonly required?: boolean;
}

export type OptionKinds = Readonly<Record<string, Kind>>;

/** A kind for each option of `O`: a forgotten one is an error of the compiler. */
export type KindsOf<O> = { readonly [Name in keyof O]-?: Kind };

/**
 * Checks an options object, once, where it enters a public function: every option must be known and of its kind. An option
 * that is `undefined` counts as absent. Throws ArgumentError; of an unknown option it names the nearest valid one.
 */
export function checkOptions<O extends object>(where: string, given: O | undefined, kinds: KindsOf<O>): void {
  check(where, "", given === undefined ? {} : given, kinds as OptionKinds);
}

/** Checks one argument; throws ArgumentError. */
export function checkArgument(where: string, name: string, value: unknown, kind: Kind): void {
  if (value === undefined && !kind.required) return;
  if (!kind.fits(value)) throw wrong(where, name, kind.expected, value);
  if (kind.options && isOptionsObject(value)) check(where, `${name}.`, value, kind.options);
}

function check(where: string, path: string, given: object, kinds: OptionKinds): void {
  if (!isOptionsObject(given)) throw wrong(where, path ? path.slice(0, -1) : "options", "an object", given);
  // with what is inherited: reading an option sees that, too
  for (const name in given) if (!Object.hasOwn(kinds, name)) throw unknown(where, path, name, Object.keys(kinds));
  for (const [name, kind] of Object.entries(kinds)) {
    checkArgument(where, path + name, (given as Record<string, unknown>)[name], kind);
  }
}

/** A promise is somebody's forgotten await. */
const isOptionsObject = (value: unknown): value is object =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  !ArrayBuffer.isView(value) &&
  !(value instanceof Promise);

const wrong = (where: string, name: string, expected: string, got: unknown): ArgumentError =>
  new ArgumentError(`${where}: ${name} is ${show(got)}, expected ${expected}`);

function unknown(where: string, path: string, name: string, valid: readonly string[]): ArgumentError {
  const nearest = nearestName(name, valid);
  const remedy = nearest ? `; use ${path}${nearest}` : "";
  return new ArgumentError(`${where}: there is no option ${path}${name}, expected one of ${valid.join(", ")}${remedy}`);
}

/** What other libraries call an option. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  batchsize: ["batch"],
  beta1: ["betas"],
  beta2: ["betas"],
  clip: ["clipNorm", "gateClip"],
  clipgradnorm: ["clipNorm"],
  clipvalue: ["clipValue", "clipNorm", "cellClip"],
  accumulate: ["gradientAccumulationSteps"],
  accumulatesteps: ["gradientAccumulationSteps"],
  accumulategradbatches: ["gradientAccumulationSteps"],
  cellclipvalue: ["cellClip"],
  decay: ["weightDecay"],
  gobackwards: ["reverse"],
  ema: ["weightAverage"],
  emamomentum: ["decay"],
  globalclipnorm: ["clipNorm"],
  gradclip: ["clipNorm"],
  lr: ["learningRate"],
  maxgradnorm: ["clipNorm"],
  maxtokens: ["tokens", "length"],
  mergemode: ["merge"],
  nonlinearity: ["activation"],
  nlayers: ["numLayers"],
  layers: ["numLayers"],
  nhead: ["numHeads"],
  projsize: ["projectionSize"],
  recurrentactivation: ["gateActivation"],
  rho: ["decay"],
  unitforgetbias: ["forgetBias"],
  unroll: [],
  usebias: ["bias"],
  useema: ["weightAverage"],
  variationaldropout: ["recurrentDropout"],
};

const plain = (name: string): string => name.replace(/[^a-z0-9]/gi, "").toLowerCase();

/** The name that was most likely meant, if any is near: spelt otherwise, abbreviated, or known by that name elsewhere. */
export function nearestName(name: string, valid: readonly string[]): string | undefined {
  const wanted = plain(name);
  const aliases = Object.hasOwn(ALIASES, wanted) ? (ALIASES[wanted] as readonly string[]) : [];
  const alias = aliases.find((other) => valid.includes(other));
  if (alias) return alias;
  if (wanted.length > 64) return undefined;
  const near = valid
    .map((candidate) => ({ candidate, distance: nameDistance(wanted, plain(candidate)) }))
    .filter(({ distance }) => distance <= MAX_DISTANCE)
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.candidate;
}

/** Share of letters that may differ. */
const MAX_DISTANCE = 0.4;

/** Share of letters to change; small where one name begins with the other (`eps`, `epsilon`). */
function nameDistance(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  if (shorter >= 3 && (a.startsWith(b) || b.startsWith(a))) return 0.1;
  return editDistance(a, b) / Math.max(a.length, b.length, 1);
}

/** Items to insert, delete or replace (Levenshtein 1966). */
export function editDistance(a: ArrayLike<string>, b: ArrayLike<string>): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}

const SHOWN = 60;

/** A value in a message: short, and safe whatever it is. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  try {
    if (Array.isArray(value)) {
      const text = `[${value
        .slice(0, 8)
        .map((item) => (Array.isArray(item) ? "[…]" : show(item)))
        .join(", ")}${value.length > 8 ? ", …" : ""}]`;
      return text.length > SHOWN ? `an array of ${value.length}` : text;
    }
    const name: unknown = value.constructor?.name;
    return typeof name === "string" && name !== "" && name !== "Object" ? `a ${name}` : "an object";
  } catch {
    return "an object";
  }
}

const NAMED = 8;

/** Names in a message: the first few, and how many there are. */
export function listNames(names: Iterable<string>): string {
  const all = [...names];
  if (all.length === 0) return "none";
  const first = all.slice(0, NAMED).map((name) => (name.length > SHOWN ? `${name.slice(0, SHOWN)}…` : name));
  return `${first.join(", ")}${all.length > NAMED ? `, … (${all.length} in all)` : ""}`;
}

const isNumber = (value: unknown): value is number => typeof value === "number";

const kind = (expected: string, fits: (value: unknown) => boolean): Kind => ({ expected, fits });

export const flag = kind("true or false", (value) => typeof value === "boolean");
export const text = kind("a string", (value) => typeof value === "string");
export const fn = kind("a function", (value) => typeof value === "function");
export const anything = kind("anything", () => true);
export const finite = kind("a finite number", Number.isFinite);
/** What an element may be: also infinite, or NaN. */
export const anElement = kind("a number", isNumber);
/** Finite or not, but a number. */
export const aNumber = kind("a number", (value) => isNumber(value) && !Number.isNaN(value));
export const positive = kind("a finite number > 0", (value) => Number.isFinite(value) && (value as number) > 0);
export const nonNegative = kind("a finite number ≥ 0", (value) => Number.isFinite(value) && (value as number) >= 0);
export const integer = kind("an integer", Number.isSafeInteger);
export const count = kind("a positive integer", (value) => Number.isSafeInteger(value) && (value as number) > 0);
export const countOrZero = kind("an integer ≥ 0", (value) => Number.isSafeInteger(value) && (value as number) >= 0);
/** Of dropout: a share that is never all. */
export const rate = kind("a number from 0 up to, but not, 1", (value) => isNumber(value) && value >= 0 && value < 1);
/** A share of all, all included. */
export const share = kind("a number from 0 to 1", (value) => isNumber(value) && value >= 0 && value <= 1);
/** What numbers can be taken from: a string is none. */
export const iterable = kind(
  "something that can be iterated over",
  (value) => typeof value === "object" && value !== null && typeof (value as never)[Symbol.iterator] === "function",
);
export const numbers = kind("an array of numbers", (value) =>
  Array.isArray(value)
    ? Array.from(value).every(isNumber)
    : ArrayBuffer.isView(value) &&
      isNumber((value as Int8Array).length) &&
      !(value as object).constructor.name.startsWith("Big"),
);
export const object = kind("an object", isOptionsObject);

export const numberWithin = (expected: string, fits: (value: number) => boolean): Kind =>
  kind(expected, (value) => isNumber(value) && fits(value));

export const oneOf = (...values: readonly unknown[]): Kind =>
  kind(`one of ${values.map(show).join(", ")}`, (value) => values.includes(value));

/** `what` with its article: `a Value`. */
export const instanceOf = (type: { readonly prototype: object }, what: string): Kind =>
  kind(
    what,
    (value) =>
      typeof value === "object" && value !== null && Object.prototype.isPrototypeOf.call(type.prototype, value),
  );

export const either = (a: Kind, b: Kind): Kind => {
  const options = a.options ?? b.options;
  const both = kind(`${a.expected} or ${b.expected}`, (value) => a.fits(value) || b.fits(value));
  return options ? { ...both, options } : both;
};

/** `what` in the plural: `positive integers`. */
export const listOf = (each: Kind, what: string): Kind =>
  kind(`an array of ${what}`, (value) => Array.isArray(value) && Array.from(value).every((item) => each.fits(item)));

/** An options object inside another. */
export const nested = <O extends object>(kinds: KindsOf<O>): Kind => ({
  expected: "an object",
  fits: isOptionsObject,
  options: kinds as OptionKinds,
});

/** As `of`, and must be given. */
export const required = (of: Kind): Kind => ({ ...of, required: true });
