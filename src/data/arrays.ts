import { DataError, ShapeError } from "../errors.ts";
import { type Kind, show } from "../options.ts";

/** Typed arrays that data may come in. */
export type NumericArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** A typed array that knows its shape: it goes wherever a typed array goes. The shape is a property that is not listed. */
export type Shaped<T extends NumericArray = NumericArray> = T & { readonly shape: readonly number[] };

/** Numbers as they come: one, a typed array, a typed array with a shape, or arrays of such, one in another. */
export type Numbers = number | NumericArray | readonly Numbers[];

/** Numbers row by row, and their shape. */
export interface Dense<T extends NumericArray = NumericArray> {
  readonly data: T;
  readonly shape: readonly number[];
}

/** More than any host holds in one array. */
const MOST = 2 ** 29;
const DEEPEST = 8;

export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, extent) => size * extent, 1);

/** Gives a typed array its shape. */
export function shaped<T extends NumericArray>(data: T, shape: readonly number[]): Shaped<T> {
  return Object.defineProperty(data, "shape", { value: Object.freeze([...shape]), configurable: true }) as Shaped<T>;
}

/** Throws DataError where an array of this shape is too large to be made. */
export function requireSize(where: string, shape: readonly number[]): number {
  const size = sizeOf(shape);
  if (size <= MOST) return size;
  throw new DataError(
    `${where}: [${shape.join(", ")}] would be ${size} numbers, expected at most 2^29; make it smaller`,
  );
}

export const isNumeric = (value: unknown): value is NumericArray =>
  ArrayBuffer.isView(value) && !(value instanceof DataView) && !/^Float16/.test(value.constructor.name);

const isShape = (shape: unknown): shape is readonly number[] =>
  Array.isArray(shape) && shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0);

/** The shape that a typed array carries; one axis where it has none. */
export function shapeOf(data: NumericArray): readonly number[] {
  const { shape } = data as Partial<Shaped>;
  return isShape(shape) && sizeOf(shape) === data.length ? shape : [data.length];
}

/** What numbers may come in; what is inside is checked by `dense`. */
export const numbersKind: Kind = {
  expected: "an array or typed array of numbers, or an array of such rows",
  fits: (value) => Array.isArray(value) || isNumeric(value),
};

/**
 * Nested numbers as one typed array and its shape. Plain numbers become a Float64Array, which inputs of every type take.
 * Throws ShapeError for ragged rows, DataError for what is no number. `where` names the operation and what is given.
 */
export function dense(where: string, given: unknown): Dense {
  if (isNumeric(given)) return { data: given, shape: shapeOf(given) };
  const shape = shapeOfNested(where, given);
  const typed = firstTyped(given);
  const size = requireSize(where, shape);
  const data = typed ? new (typed.constructor as new (size: number) => NumericArray)(size) : new Float64Array(size);
  fill(where, given, data, shape, 0, []);
  return { data, shape };
}

function firstTyped(given: unknown): NumericArray | undefined {
  let at: unknown = given;
  while (Array.isArray(at)) at = at[0];
  return isNumeric(at) ? at : undefined;
}

/** By the first entry of each axis; `fill` compares the others. */
function shapeOfNested(where: string, given: unknown): number[] {
  const shape: number[] = [];
  let at: unknown = given;
  while (Array.isArray(at)) {
    if (shape.length === DEEPEST)
      throw new DataError(`${where} is nested deeper than ${DEEPEST} levels, expected arrays of numbers`);
    shape.push(at.length);
    at = at[0];
  }
  return isNumeric(at) ? [...shape, ...shapeOf(at)] : shape;
}

function fill(
  where: string,
  given: unknown,
  into: NumericArray,
  shape: readonly number[],
  start: number,
  path: readonly number[],
): void {
  const rest = shape.slice(path.length);
  if (isNumeric(given) && rest.length > 0) {
    if (given.constructor !== into.constructor) {
      throw new DataError(
        `${where}${at(path)} is a ${given.constructor.name}, expected ${into.constructor.name} as before; convert it`,
      );
    }
    const own = shapeOf(given);
    if (own.length !== rest.length || own.some((extent, axis) => extent !== rest[axis]))
      throw ragged(where, path, own, rest);
    (into as Float64Array).set(given as Float64Array, start);
    return;
  }
  if (rest.length === 0) {
    put(where, given, into, start, path);
    return;
  }
  if (!Array.isArray(given)) throw ragged(where, path, given, rest);
  if (given.length !== rest[0]) throw ragged(where, path, [given.length], rest);
  const size = sizeOf(rest.slice(1));
  for (let i = 0; i < given.length; i++) {
    if (rest.length === 1) put(where, given[i], into, start + i, path, i);
    else fill(where, given[i], into, shape, start + i * size, [...path, i]);
  }
}

function put(
  where: string,
  value: unknown,
  into: NumericArray,
  index: number,
  path: readonly number[],
  last?: number,
): void {
  if (typeof value === "number" && !(into instanceof BigInt64Array) && !(into instanceof BigUint64Array)) {
    into[index] = value;
    return;
  }
  const place = last === undefined ? path : [...path, last];
  throw new DataError(`${where}${at(place)} is ${show(value)}, expected a number`);
}

const at = (path: readonly number[]): string => (path.length > 0 ? ` at [${path.join(", ")}]` : "");

function ragged(where: string, path: readonly number[], got: unknown, expected: readonly number[]): ShapeError {
  const what = Array.isArray(got) ? `has shape [${got.join(", ")}]` : `is ${show(got)}`;
  return new ShapeError(
    `${where}${at(path)} ${what}, expected [${expected.join(", ")}] as the first; pad rows to equal lengths (padSequences, or the option lengths of Batches)`,
  );
}

/** A new array of the same type. */
export const emptyLike = <T extends NumericArray>(like: T, size: number): T =>
  new (like.constructor as new (size: number) => T)(size);

/** Copies `count` numbers; both are of one type. */
export const copyNumbers = (
  from: NumericArray,
  start: number,
  count: number,
  into: NumericArray,
  target: number,
): void => (into as Float64Array).set((from as Float64Array).subarray(start, start + count), target);
