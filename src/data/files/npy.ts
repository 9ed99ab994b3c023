import { DataError, ShapeError, UnsupportedError } from "../../errors.ts";
import { halfToNumber } from "../../float16.ts";
import { checkArgument, countOrZero, type Kind, listOf, required, text } from "../../options.ts";
import { isNumeric, type NumericArray, requireSize, type Shaped, shaped, shapeOf, sizeOf } from "../arrays.ts";
import { bytesKind, bytesOf } from "./bytes.ts";

type Reader = (view: DataView, at: number, little: boolean) => number | bigint;

/** By NumPy's name of a type: its bytes, the array that holds it, and how one is read. */
const TYPES: Readonly<Record<string, readonly [bytes: number, make: (size: number) => NumericArray, read: Reader]>> = {
  b1: [1, (size) => new Uint8Array(size), (view, at) => view.getUint8(at)],
  i1: [1, (size) => new Int8Array(size), (view, at) => view.getInt8(at)],
  u1: [1, (size) => new Uint8Array(size), (view, at) => view.getUint8(at)],
  i2: [2, (size) => new Int16Array(size), (view, at, little) => view.getInt16(at, little)],
  u2: [2, (size) => new Uint16Array(size), (view, at, little) => view.getUint16(at, little)],
  i4: [4, (size) => new Int32Array(size), (view, at, little) => view.getInt32(at, little)],
  u4: [4, (size) => new Uint32Array(size), (view, at, little) => view.getUint32(at, little)],
  i8: [8, (size) => new BigInt64Array(size), (view, at, little) => view.getBigInt64(at, little)],
  u8: [8, (size) => new BigUint64Array(size), (view, at, little) => view.getBigUint64(at, little)],
  f2: [2, (size) => new Float32Array(size), (view, at, little) => halfToNumber(view.getUint16(at, little))],
  f4: [4, (size) => new Float32Array(size), (view, at, little) => view.getFloat32(at, little)],
  f8: [8, (size) => new Float64Array(size), (view, at, little) => view.getFloat64(at, little)],
};

const NAMES: Readonly<Record<string, string>> = {
  Float32Array: "<f4",
  Float64Array: "<f8",
  Int8Array: "|i1",
  Uint8Array: "|u1",
  Uint8ClampedArray: "|u1",
  Int16Array: "<i2",
  Uint16Array: "<u2",
  Int32Array: "<i4",
  Uint32Array: "<u4",
  BigInt64Array: "<i8",
  BigUint64Array: "<u8",
};

const MAGIC = "\x93NUMPY";

/**
 * Reads an array that NumPy saved (`.npy`, format 1 to 3), row by row whichever order it was saved in. float16 comes as
 * Float32Array, bool as Uint8Array, 64-bit integers as BigInt64Array or BigUint64Array. Throws DataError for a damaged file
 * and UnsupportedError for another type. `name` is for messages.
 */
export function decodeNpy(file: Uint8Array | ArrayBuffer, name = "the file"): Shaped {
  checkArgument("decodeNpy", "file", file, bytesKind);
  checkArgument("decodeNpy", "name", name, text);
  const bytes = bytesOf(file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const where = `decodeNpy: ${name}`;
  const isNpy = bytes.length >= 12 && String.fromCharCode(...bytes.subarray(0, 6)) === MAGIC;
  const version = bytes[6] ?? 0;
  if (!isNpy || version < 1 || version > 3) {
    throw new DataError(
      `${where} is no .npy file of format 1 to 3 (${bytes.length} bytes), expected one that numpy.save wrote`,
    );
  }
  const [start, length] = version === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  if (start + length > bytes.length) {
    throw new DataError(
      `${where}: the header ends at byte ${start + length}, expected at most ${bytes.length}, the size of the file; it is cut off`,
    );
  }
  const { order, type, isFortran, shape } = headerOf(
    where,
    new TextDecoder().decode(bytes.subarray(start, start + length)),
  );
  const [size, make, read] = TYPES[type] as (typeof TYPES)[string];
  const count = requireSize(where, shape);
  const begin = start + length;
  if (bytes.length !== begin + count * size) {
    throw new DataError(
      `${where} has ${bytes.length - begin} bytes of data, expected ${count * size} for [${shape.join(", ")}] of ${type}`,
    );
  }
  const data = make(count);
  for (let i = 0; i < count; i++) data[i] = read(view, begin + i * size, order !== ">") as never;
  return shaped(isFortran ? turned(data, shape, make) : data, shape);
}

function headerOf(where: string, header: string) {
  const descr = /'descr':\s*'([<>|=])(\w+)'/.exec(header);
  const fortran = /'fortran_order':\s*(True|False)/.exec(header);
  const extents = /'shape':\s*\(([\d,\s]*)\)/.exec(header);
  if (!fortran || !extents || !/'descr':/.test(header)) {
    throw new DataError(
      `${where}: the header is ${JSON.stringify(header.slice(0, 60))}, expected descr, fortran_order and shape`,
    );
  }
  const [, order, type = ""] = descr ?? [];
  if (!Object.hasOwn(TYPES, type)) {
    const got = /'descr':\s*(.{1,30})/.exec(header)?.[1] ?? "";
    throw new UnsupportedError(
      `${where} is of type ${got.trim()}, expected one of ${Object.keys(TYPES).join(", ")}; convert it in NumPy (astype)`,
    );
  }
  const shape = (extents[1] as string)
    .split(",")
    .filter((extent) => extent.trim() !== "")
    .map(Number);
  return { order, type, isFortran: fortran[1] === "True", shape };
}

/** From the order in which the first axis is the fastest to that in which the last one is. */
function turned(data: NumericArray, shape: readonly number[], make: (size: number) => NumericArray): NumericArray {
  const result = make(data.length);
  const place = new Array<number>(shape.length).fill(0);
  for (let i = 0; i < data.length; i++) {
    let at = 0;
    for (let axis = 0; axis < shape.length; axis++) at = at * (shape[axis] as number) + (place[axis] as number);
    result[at] = data[i] as never;
    for (let axis = 0; axis < shape.length; axis++) {
      place[axis] = (place[axis] as number) + 1;
      if ((place[axis] as number) < (shape[axis] as number)) break;
      place[axis] = 0;
    }
  }
  return result;
}

const typed: Kind = required({ expected: "a typed array", fits: isNumeric });

/** Writes a typed array as NumPy's `.npy` (format 1). `shape` is by default the one that it carries, or one axis. */
export function encodeNpy(data: NumericArray, shape?: readonly number[]): Uint8Array<ArrayBuffer> {
  checkArgument("encodeNpy", "data", data, typed);
  checkArgument("encodeNpy", "shape", shape, listOf(countOrZero, "integers ≥ 0"));
  const extents = shape ?? shapeOf(data);
  if (sizeOf(extents) !== data.length) {
    throw new ShapeError(
      `encodeNpy: data has ${data.length} numbers, expected ${sizeOf(extents)} for [${extents.join(", ")}]`,
    );
  }
  const tuple = extents.length === 1 ? `${extents[0]},` : extents.join(", ");
  const descr = NAMES[Object.prototype.toString.call(data).slice(8, -1)];
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${tuple}), }`;
  // data begins at a multiple of 64 bytes
  const length = Math.ceil((10 + header.length + 1) / 64) * 64 - 10;
  if (length > 65_535) throw new ShapeError(`encodeNpy: shape has ${extents.length} axes, expected fewer`);
  const file = new Uint8Array(10 + length + data.byteLength);
  const view = new DataView(file.buffer);
  file.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0]);
  view.setUint16(8, length, true);
  file.set(new TextEncoder().encode(`${header.padEnd(length - 1)}\n`), 10);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  file.set(bytes, 10 + length);
  return file;
}
