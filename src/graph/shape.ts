import { ShapeError } from "../errors.ts";
import { checkOptions, finite, numberWithin, show } from "../options.ts";

/**
 * Element types of values. `bool` results are float32 0 or 1. float16 is how a float is stored, not how it is computed with:
 * two lie in a word, kernels read them as float32, and an operation that cannot is given a float32 copy.
 */
export type DType = "float32" | "float16" | "int32" | "uint32";

/** Extents of a tensor, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

/** An extent of an input: a number, or the name of one that may be another in each run. */
export type Extent = number | string;

/** How an input is declared whose extents may have names: `int32(["batch", "time"])`. */
export interface NamedSpec<Name extends string = string> {
  /** Extents, outermost first; a name stands for one that the data of a run tell. */
  readonly shape: readonly (number | Name)[];
  /** Element type. */
  readonly dtype: DType;
}

/** As NamedSpec, of an input that may be left out. */
export interface DefaultedNamedSpec<Name extends string = string> extends NamedSpec<Name> {
  /** What all of its elements are where it is left out. */
  readonly default: number;
}

/** Shape and element type of a value. */
export interface Spec {
  /** Extents, outermost first; `[]` is a scalar. */
  readonly shape: Shape;
  /** Type of the elements. */
  readonly dtype: DType;
}

/** Of all element types but float16. */
export const BYTES_PER_ELEMENT = 4;

export const bytesPerElement = (dtype: DType): number => (dtype === "float16" ? 2 : BYTES_PER_ELEMENT);

/** Elements in as many bytes as one of the other types takes. */
export const perWord = (dtype: DType): number => BYTES_PER_ELEMENT / bytesPerElement(dtype);

export const isFloat = (dtype: DType): boolean => dtype === "float32" || dtype === "float16";

/** Of an input that may be left out: `default` stands for all of its elements then. */
export interface DefaultedSpec extends Spec {
  /** The number that all elements have where the input is left out. */
  readonly default: number;
}

/** How an input is declared. */
export interface InputOptions {
  /** What all of its elements are where the input is left out. Without it the input must be given. */
  readonly default?: number | undefined;
}

/**
 * Shape and type of floats: `float32([32, 10])`. With a default the input may be left out.
 * Extents of inputs of `Trainer` and `compile` may be names: `float32(["batch", "time"])`; see the option `sizes` there.
 */
export function float32(shape: Shape, options: { readonly default: number }): DefaultedSpec;
export function float32(shape: Shape, options?: InputOptions): Spec;
export function float32<Name extends string>(
  shape: readonly (number | Name)[],
  options: { readonly default: number },
): DefaultedNamedSpec<Name>;
export function float32<Name extends string>(
  shape: readonly (number | Name)[],
  options?: InputOptions,
): NamedSpec<Name>;
export function float32(shape: readonly Extent[], options?: InputOptions): NamedSpec {
  checkOptions<InputOptions>("float32", options, { default: finite });
  return spec(shape, "float32", options);
}

/**
 * Shape and type of integers from -2³¹ to 2³¹ - 1: `int32([32])`. With a default the input may be left out.
 * Extents of inputs of `Trainer` and `compile` may be names: `int32(["batch", "time"])`; see the option `sizes` there.
 */
export function int32(shape: Shape, options: { readonly default: number }): DefaultedSpec;
export function int32(shape: Shape, options?: InputOptions): Spec;
export function int32<Name extends string>(
  shape: readonly (number | Name)[],
  options: { readonly default: number },
): DefaultedNamedSpec<Name>;
export function int32<Name extends string>(shape: readonly (number | Name)[], options?: InputOptions): NamedSpec<Name>;
export function int32(shape: readonly Extent[], options?: InputOptions): NamedSpec {
  checkOptions<InputOptions>("int32", options, { default: isInt32 });
  return spec(shape, "int32", options);
}

const isInt32 = numberWithin("an integer from -2147483648 to 2147483647", (value) => value === (value | 0));

function spec(shape: readonly Extent[], dtype: DType, options: InputOptions = {}): NamedSpec {
  checkExtents(dtype, shape);
  return { shape: [...shape], dtype, ...(options.default === undefined ? {} : { default: options.default }) };
}

/** Throws unless all extents are positive integers: there are no empty tensors. */
export function checkShape(op: string, shape: Shape): void {
  checkEach(op, shape, isCount, "positive integers");
}

/** Throws unless all extents are positive integers or names. */
export function checkExtents(op: string, shape: readonly Extent[]): void {
  checkEach(op, shape, (extent) => isCount(extent) || (typeof extent === "string" && extent !== ""), EXTENTS);
}

const EXTENTS = "positive integers, or names of extents that vary";

const isCount = (extent: unknown): boolean => Number.isSafeInteger(extent) && (extent as number) >= 1;

function checkEach(op: string, shape: readonly Extent[], fits: (extent: unknown) => boolean, expected: string): void {
  if (!Array.isArray(shape)) {
    throw new ShapeError(
      `${op}: shape is no array, got ${typeof shape}, expected positive integers; use [] for a scalar`,
    );
  }
  // a hole of an array counts, too
  for (const extent of Array.from(shape)) {
    if (!fits(extent)) {
      throw new ShapeError(`${op}: shape ${formatShape(shape)} has extent ${show(extent)}, expected ${expected}`);
    }
  }
}

/** Number of elements; 1 for a scalar's `[]`. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const extent of shape) size *= extent;
  return size;
}

/** A file may claim a shape of any rank. */
const MOST_AXES = 16;

export const formatShape = (shape: readonly Extent[]): string =>
  shape.length <= MOST_AXES
    ? `[${shape.map(show).join(", ")}]`
    : `[${shape.slice(0, MOST_AXES).map(show).join(", ")}, …] (${shape.length} axes)`;

/** Indices of an element by its place in row-major order. */
export function positionOf(index: number, shape: Shape): number[] {
  const position: number[] = [];
  let rest = index;
  for (const extent of [...shape].reverse()) {
    position.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return position;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis] as number;
  }
  return strides;
}

/** NumPy's rule: shapes are aligned at their last axis, and an extent of 1 stretches. */
export function broadcastShapes(op: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  const result = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const left = a[a.length - i] ?? 1;
    const right = b[b.length - i] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new ShapeError(
        `${op}: shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast, expected equal extents or 1 at axis -${i}, got ${left} and ${right}`,
      );
    }
    result[rank - i] = Math.max(left, right);
  }
  return result;
}

/** A negative axis counts from the end. */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  const normal = !Number.isInteger(axis) ? rank : axis < 0 ? axis + rank : axis;
  if (normal < 0 || normal >= rank) {
    throw new ShapeError(
      `${op}: axis ${show(axis)} is out of range, expected ${-rank} to ${rank - 1} for rank ${rank}`,
    );
  }
  return normal;
}
