// The safetensors format: an unsigned 64-bit little-endian header length; the header, a JSON object that gives for
// each tensor its element type, shape and place; the tensors' bytes, one after the other without gaps.
// https://huggingface.co/docs/safetensors
import { DataError } from "../errors.ts";
import { type SafetensorsDtype, type StoredType, storedTypes } from "./dtypes.ts";
import { JsonError, type KeyedJson, parseKeyedJson } from "./json.ts";

export type { SafetensorsDtype } from "./dtypes.ts";

/** A tensor to be written; Float32Array is stored as F32, Int32Array as I32. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** A tensor as read; floats of any width as Float32Array, integers and booleans as Int32Array. */
export interface StoredTensor extends HostTensor {
  /** The element type in the file. */
  readonly dtype: SafetensorsDtype;
}

/** What a safetensors file holds. */
export interface Safetensors {
  /** In the order of the header. */
  readonly tensors: Map<string, StoredTensor>;
  readonly metadata: Record<string, string>;
}

const metadataKey = "__metadata__";
const lengthBytes = 8;
/** The reference implementation's limit on the header. */
const maxHeaderBytes = 100_000_000;

/**
 * Writes tensors in the safetensors format. The header is padded with spaces so that the data begins at a multiple of 8.
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const entries: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0) entries.push([metadataKey, metadata]);
  let end = 0;
  for (const [name, { shape, data }] of tensors) {
    const count = shape.reduce((product, size) => product * size, 1);
    if (name === metadataKey) throw new DataError(`safetensors: a tensor cannot be named "${metadataKey}"; rename it`);
    if (count !== data.length) {
      throw new DataError(
        `safetensors: "${name}" has shape [${shape.join(", ")}], expected ${count} elements, got ${data.length}`,
      );
    }
    const begin = end;
    end += data.byteLength;
    entries.push([name, { dtype: data instanceof Int32Array ? "I32" : "F32", shape, data_offsets: [begin, end] }]);
  }
  // Text by hand, not an object: an object would move names that look like numbers to the front.
  const json = `{${entries.map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`).join(",")}}`;
  const header = new TextEncoder().encode(json);
  const headerBytes = Math.ceil(header.length / 8) * 8;
  const dataStart = lengthBytes + headerBytes;
  const bytes = new Uint8Array(dataStart + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.set(header, lengthBytes);
  bytes.fill(0x20, lengthBytes + header.length, dataStart);
  let at = dataStart;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * Reads a safetensors file and checks all of it. Throws a DataError that names the file and the byte where it is damaged.
 *
 * @param fileName for the messages
 */
export function decodeSafetensors(bytes: Uint8Array, fileName = "safetensors"): Safetensors {
  const file = new Source(bytes, fileName);
  const header = readHeader(file);
  const { value: entries, places: keys } = header.json;
  // Not Object.keys: it would move names that look like numbers to the front.
  const names = [...keys.keys()].filter((name) => name !== metadataKey);
  const places = names.map((name) => readPlace(file, header, name, entries[name]));
  checkCoverage(file, header, places);
  const tensors = new Map<string, StoredTensor>();
  for (const place of places) {
    const data = readElements(file, place);
    tensors.set(place.name, { dtype: place.dtype, shape: place.shape, data });
  }
  return { tensors, metadata: readMetadata(file, header, entries[metadataKey]) };
}

/** The file's bytes and how to complain about them. */
class Source {
  readonly view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    readonly name: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  error(byte: number, problem: string): DataError {
    return new DataError(`${this.name}: damaged at byte ${byte}: ${problem}`);
  }
}

interface Header {
  readonly text: string;
  readonly json: KeyedJson;
  /** First byte of the tensors. */
  readonly dataStart: number;
}

/** Where a tensor is; `begin` and `end` are bytes of the file. */
interface Place {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function readHeader(file: Source): Header {
  const size = file.bytes.length;
  if (size < lengthBytes) {
    throw file.error(
      size,
      `the file ends inside the header length, expected at least ${lengthBytes} bytes, got ${size}`,
    );
  }
  const declared = file.view.getBigUint64(0, true);
  if (declared > BigInt(maxHeaderBytes)) {
    throw file.error(
      0,
      `the header length is ${declared}, expected at most ${maxHeaderBytes}; is this a safetensors file?`,
    );
  }
  const dataStart = lengthBytes + Number(declared);
  if (dataStart > size) {
    throw file.error(size, `the file ends inside the header, expected ${declared} bytes, got ${size - lengthBytes}`);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      file.bytes.subarray(lengthBytes, dataStart),
    );
  } catch {
    throw file.error(lengthBytes, "the header is not UTF-8 text");
  }
  if (!text.startsWith("{")) throw file.error(lengthBytes, 'the header does not begin with "{"');
  try {
    return { text, json: parseKeyedJson(text), dataStart };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw file.error(byteOfIndex(text, error.index), `the header ${error.message}`);
  }
}

/** The byte in the file of a character of the header. */
function byteOfIndex(text: string, index: number): number {
  return lengthBytes + new TextEncoder().encode(text.slice(0, index)).length;
}

function byteOfKey({ text, json }: Header, key: string): number {
  return byteOfIndex(text, json.places.get(key) ?? 0);
}

function readMetadata(file: Source, header: Header, metadata: unknown): Record<string, string> {
  if (metadata === undefined) return {};
  const byte = byteOfKey(header, metadataKey);
  if (!isRecord(metadata)) throw file.error(byte, `"${metadataKey}" is not an object`);
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== "string") {
      throw file.error(byte, `"${metadataKey}" has for ${JSON.stringify(key)} something that is not a string`);
    }
  }
  return metadata as Record<string, string>;
}

function readPlace(file: Source, header: Header, name: string, entry: unknown): Place {
  const fail = (problem: string) => file.error(byteOfKey(header, name), `tensor ${JSON.stringify(name)} ${problem}`);
  if (!isRecord(entry)) throw fail("is not described by an object");
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== "string" || !Object.hasOwn(storedTypes, dtype)) {
    throw fail(`has dtype ${JSON.stringify(dtype)}, expected one of ${Object.keys(storedTypes).join(", ")}`);
  }
  if (!isCounts(shape)) throw fail(`has shape ${JSON.stringify(shape)}, expected non-negative integers`);
  if (!isCounts(offsets) || offsets.length !== 2) {
    throw fail(`has data_offsets ${JSON.stringify(offsets)}, expected two non-negative integers`);
  }
  const [begin, end] = offsets as [number, number];
  const dataBytes = file.bytes.length - header.dataStart;
  if (begin > end) throw fail(`ends at ${end} before it begins at ${begin}`);
  if (end > dataBytes) {
    throw fail(
      `ends at byte ${end} of the data, but the file has only ${dataBytes}; it is truncated or its header is wrong`,
    );
  }
  const { bytes } = storedTypes[dtype as SafetensorsDtype];
  const expected = shape.reduce((product, size) => product * size, bytes);
  if (end - begin !== expected) {
    throw fail(`is ${dtype} of shape [${shape.join(", ")}], expected ${expected} bytes, got ${end - begin}`);
  }
  const { dataStart } = header;
  return { name, dtype: dtype as SafetensorsDtype, shape, begin: dataStart + begin, end: dataStart + end };
}

/** The tensors must cover the data exactly: no gap, no overlap, nothing after the last. */
function checkCoverage(file: Source, header: Header, places: readonly Place[]): void {
  let reached = header.dataStart;
  for (const { name, begin, end } of places.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== reached) {
      const problem =
        begin < reached ? "overlaps the one before it" : `leaves ${begin - reached} bytes unused before it`;
      throw file.error(Math.min(begin, reached), `tensor ${JSON.stringify(name)} ${problem}`);
    }
    reached = end;
  }
  const rest = file.bytes.length - reached;
  if (rest > 0) throw file.error(reached, `${rest} bytes after the last tensor belong to none`);
}

function readElements(file: Source, { name, dtype, begin, end }: Place): Float32Array | Int32Array {
  const type: StoredType = storedTypes[dtype];
  const count = (end - begin) / type.bytes;
  const data = type.kind === "float" ? new Float32Array(count) : new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const byte = begin + i * type.bytes;
    const value = type.read(file.view, byte);
    data[i] = value;
    // NaN and infinities that the file has are kept; numbers that the narrower type cannot hold are not made into such.
    if (type.kind === "integer" ? data[i] !== value : Number.isFinite(value) && !Number.isFinite(data[i])) {
      throw file.error(byte, `tensor ${JSON.stringify(name)} has ${value}, which does not fit 32 bits`);
    }
  }
  return data;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}
