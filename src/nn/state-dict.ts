import { ArgumentError, DataError, DtypeError, ShapeError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import type { Parameter } from "../graph/parameter.ts";
import { formatShape, positionOf, type Shape, sameShape, sizeOf } from "../graph/shape.ts";
import { checkOptions, flag, fn, listNames, show } from "../options.ts";

/** Tensors by parameter name, as `stateDict` gives them. */
export type StateDict = Map<string, { readonly shape: Shape; readonly data: Float32Array }>;

/** What `loadStateDict` takes: also the tensors of a file, which must be floats. */
export type LoadedTensors = ReadonlyMap<string, { readonly shape: Shape; readonly data: Float32Array | Int32Array }>;

/** Options of `stateDict`. */
export interface StateDictOptions {
  /** Whether a tied parameter is there under its first name only, or under all of its names, as PyTorch has it; `first`. */
  readonly tied?: "first" | "all" | undefined;
}

/** Options of `loadStateDict`. */
export interface LoadOptions {
  /** `false` leaves parameters that have no tensor as they are, and takes no notice of tensors that have no parameter; true. */
  readonly strict?: boolean | undefined;
  /** The parameter's name for that of a tensor; null leaves the tensor out. */
  readonly rename?: ((name: string) => string | null) | undefined;
}

/** What did not find its counterpart; nothing unless `strict` is false. */
export interface LoadReport {
  /** Parameters without a tensor. */
  readonly missing: readonly string[];
  /** Tensors without a parameter, by their own names. */
  readonly unexpected: readonly string[];
}

/** Reads parameters back from the GPU. */
export async function readStateDict(device: Device, named: ReadonlyMap<string, Parameter>): Promise<StateDict> {
  const parameters = [...named];
  const data = await device.parameters.read(parameters.map(([, parameter]) => parameter));
  return new Map(parameters.map(([name, { shape }], i) => [name, { shape, data: data[i] as Float32Array }]));
}

type Entry = LoadedTensors extends ReadonlyMap<string, infer E> ? E : never;

/**
 * Sets parameters, unless a name or shape does not fit: then nothing is changed.
 * @param tied first names by the further ones
 */
export function loadParameters(
  device: Device,
  named: ReadonlyMap<string, Parameter>,
  tied: ReadonlyMap<string, string>,
  dict: LoadedTensors,
  options?: LoadOptions,
): LoadReport {
  checkOptions<LoadOptions>("loadStateDict", options, { strict: flag, rename: fn });
  checkDict(dict);
  const { strict = true } = options ?? {};
  const { entries, unexpected } = matchNames(named, tied, dict, options);
  if (strict && unexpected.length > 0) {
    throw new DataError(
      `loadStateDict: the model has no parameter ${listNames(unexpected)}, expected ${listNames(named.keys())}; rename them, or leave them out with strict: false`,
    );
  }
  const missing = [...named.keys()].filter((name) => !entries.has(name));
  if (strict && missing.length > 0) {
    throw new DataError(
      `loadStateDict: parameter ${missing[0]} is missing, expected one entry per parameter; leave it as it is with strict: false`,
    );
  }
  for (const [name, entry] of entries) checkEntry(name, entry, (named.get(name) as Parameter).shape);
  for (const [name, { data }] of entries) device.parameters.write(named.get(name) as Parameter, data as Float32Array);
  return { missing, unexpected };
}

/** Throws DataError unless it is a Map of tensors by name. */
function checkDict(dict: unknown): asserts dict is LoadedTensors {
  if (!(dict instanceof Map)) {
    throw new DataError(
      `loadStateDict: dict is ${show(dict)}, expected a Map of { shape, data } by name, as stateDict and decodeSafetensors give; make one of a record by new Map(Object.entries(record))`,
    );
  }
  for (const [name, entry] of dict) {
    // numbers that nobody asks for are not to be decoded
    const { shape } = (entry ?? {}) as Partial<Entry>;
    if (typeof name === "string" && Array.isArray(shape)) continue;
    throw new DataError(
      `loadStateDict: ${show(name)} is ${show(entry)}, expected { shape, data } by name, with data a Float32Array`,
    );
  }
}

/** Tensors by the first names of their parameters, and the names of those that have none. */
function matchNames(
  named: ReadonlyMap<string, Parameter>,
  tied: ReadonlyMap<string, string>,
  dict: LoadedTensors,
  options?: LoadOptions,
): { entries: Map<string, Entry>; unexpected: string[] } {
  const entries = new Map<string, Entry>();
  const sources = new Map<string, string>();
  const unexpected: string[] = [];
  for (const [own, entry] of dict) {
    const name = options?.rename ? options.rename(own) : own;
    if (name === null) continue;
    if (typeof name !== "string") {
      throw new ArgumentError(`loadStateDict: rename gives ${show(name)} for ${show(own)}, expected a name, or null`);
    }
    const first = named.has(name) ? name : tied.get(name);
    const before = first === undefined ? undefined : entries.get(first);
    if (first === undefined) unexpected.push(own);
    else if (before && !sameNumbers(own, before, entry)) {
      throw new DataError(
        `loadStateDict: ${sources.get(first)} and ${own} are both for ${first} and differ, expected equal numbers; leave one out by rename`,
      );
    } else {
      entries.set(first, entry);
      sources.set(first, own);
    }
  }
  return { entries, unexpected };
}

function requireNumbers(name: string, data: unknown): void {
  if (ArrayBuffer.isView(data)) return;
  throw new DataError(`loadStateDict: the data of ${name} is ${show(data)}, expected a Float32Array`);
}

function sameNumbers(name: string, a: Entry, b: Entry): boolean {
  for (const { data } of [a, b]) requireNumbers(name, data);
  if (!sameShape(a.shape, b.shape) || a.data.length !== b.data.length) return false;
  return a.data.every((x, i) => Object.is(x, b.data[i]));
}

function checkEntry(name: string, { shape, data }: Entry, wanted: Shape): void {
  requireNumbers(name, data);
  if (!sameShape(shape, wanted)) {
    throw new ShapeError(
      `loadStateDict: ${name} has shape ${formatShape(shape)}, expected ${formatShape(wanted)}; build the model with the sizes it was saved with`,
    );
  }
  if (data.length !== sizeOf(wanted)) {
    throw new ShapeError(
      `loadStateDict: ${name} has ${data.length} numbers, expected ${sizeOf(wanted)} for shape ${formatShape(wanted)}`,
    );
  }
  if (!(data instanceof Float32Array)) {
    throw new DtypeError(
      `loadStateDict: ${name} holds integers, expected floats; convert the tensor in the program that wrote it`,
    );
  }
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new DataError(
      `loadStateDict: ${name} is ${data[bad]} at [${positionOf(bad, wanted).join(", ")}], expected finite numbers; save the model before it diverges, and lower the learning rate or clip gradients`,
    );
  }
}
