import { DataError, ShapeError } from "../errors.ts";
import { type DType, formatShape, positionOf, type Spec, sizeOf } from "../graph/shape.ts";
import { show } from "../options.ts";

/** What is read from the GPU, by element type. */
export type TypedData = Float32Array | Int32Array | Uint32Array;

/**
 * Typed arrays that inputs take. For floats: Float32Array and Float64Array, which is rounded. For int32: all of integers, and
 * Float64Array; what is not exactly an int32 is refused.
 */
export type NumericArray =
  | TypedData
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | BigInt64Array
  | BigUint64Array;

/** Numbers in arrays of the input's shape; a row may be a typed array. */
export type NestedNumbers = number | NumericArray | readonly NestedNumbers[];

/** Host data as the typed array that an input of `spec` takes; checks shape, type, size and each number. */
export function toTyped(name: string, data: unknown, spec: Spec): TypedData {
  const size = sizeOf(spec.shape);
  const { array: ArrayOf } = TYPES[spec.dtype];
  if (ArrayBuffer.isView(data)) {
    checkType(name, data, spec);
    if (data.length !== size) {
      throw new ShapeError(`input ${name}: got ${data.length} numbers, expected ${size} for ${describe(spec)}`);
    }
    if (data instanceof ArrayOf) return data;
  }
  const flat = new ArrayOf(size);
  if (ArrayBuffer.isView(data)) copyNumbers(name, data as NumericArray, flat, 0, spec);
  else copyNested(name, data, flat, spec, 0, 0);
  return flat;
}

/** How data becomes elements of a type. */
interface TypeRule {
  readonly array: Float32ArrayConstructor | Int32ArrayConstructor | Uint32ArrayConstructor;
  /** Classes of typed arrays that are taken, by name, because not all hosts have all. */
  readonly takes: RegExp;
  readonly expected: string;
}

const FLOATS: TypeRule = {
  array: Float32Array,
  takes: /^Float(16|32|64)Array$/,
  expected: "a number, of at most ±3.4028235e38 where it is finite",
};

const INTEGERS: TypeRule = {
  array: Int32Array,
  takes: /^(U?[Ii]nt(8|16|32)|Uint8Clamped|Float64|Big(Ui|I)nt64)Array$/,
  expected: "an integer from -2147483648 to 2147483647",
};

const TYPES: Readonly<Record<DType, TypeRule>> = {
  float32: FLOATS,
  float16: FLOATS,
  int32: INTEGERS,
  uint32: { ...INTEGERS, array: Uint32Array, expected: "an integer from 0 to 4294967295" },
};

function checkType(name: string, data: ArrayBufferView, spec: Spec): asserts data is NumericArray {
  const { takes, array } = TYPES[spec.dtype];
  const type = Object.prototype.toString.call(data).slice("[object ".length, -1);
  if (takes.test(type)) return;
  throw new DataError(`input ${name}: got ${type}, expected ${describe(spec)}; convert it by ${array.name}.from`);
}

/** Copies nested arrays from axis `axis` on to `flat` from `start` on. */
function copyNested(name: string, data: unknown, flat: TypedData, spec: Spec, axis: number, start: number): void {
  const { shape } = spec;
  if (axis === shape.length && !Array.isArray(data)) {
    put(name, data, flat, start, spec);
    return;
  }
  const rows = rowsOf(name, data, spec);
  const last = axis === shape.length - 1;
  if (!rows || rows.length !== shape[axis] || (!last && !Array.isArray(rows))) {
    const got = rows ? `${rows.length} ${Array.isArray(rows) ? "entries" : "numbers"}` : show(data);
    throw new ShapeError(
      `input ${name}: got ${got} at axis ${axis}, expected nested arrays of ${describe(spec)}; pad rows to equal lengths`,
    );
  }
  const size = sizeOf(shape.slice(axis + 1));
  for (let i = 0; i < rows.length; i++) {
    if (last && !Array.isArray(rows[i])) put(name, rows[i], flat, start + i, spec);
    else copyNested(name, rows[i], flat, spec, axis + 1, start + i * size);
  }
}

/** What an axis is given as; undefined where it is no array. */
function rowsOf(name: string, data: unknown, spec: Spec): ArrayLike<unknown> | undefined {
  if (!ArrayBuffer.isView(data)) return Array.isArray(data) ? data : undefined;
  checkType(name, data, spec);
  return data;
}

function copyNumbers(name: string, data: ArrayLike<unknown>, flat: TypedData, start: number, spec: Spec): void {
  for (let i = 0; i < data.length; i++) put(name, data[i], flat, start + i, spec);
}

function put(name: string, given: unknown, flat: TypedData, index: number, spec: Spec): void {
  const isFloat = flat instanceof Float32Array;
  const value = typeof given === "bigint" && !isFloat ? Number(given) : given;
  if (typeof value === "number") {
    flat[index] = value;
    const stored = flat[index] as number;
    if (isFloat ? Number.isFinite(stored) === Number.isFinite(value) : stored === value) return;
  }
  const place = spec.shape.length > 0 ? ` at [${positionOf(index, spec.shape).join(", ")}]` : "";
  throw new DataError(`input ${name}: got ${show(given)}${place}, expected ${TYPES[spec.dtype].expected}`);
}

const describe = ({ dtype, shape }: Spec): string => `${dtype} ${formatShape(shape)}`;
