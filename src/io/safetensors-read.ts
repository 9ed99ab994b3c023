import { DataError, DtypeError } from "../errors.ts";
import { show } from "../options.ts";
import { type SafetensorsDtype, type StoredType, storedTypes } from "./dtypes.ts";
import { JsonError, type KeyedJson, parseKeyedJson } from "./json.ts";
import { lengthBytes, metadataKey } from "./safetensors-write.ts";
import { isShape, type Safetensors, type StoredTensor } from "./tensors.ts";

/** The reference implementation's limit on the header. */
const maxHeaderBytes = 100_000_000;

/** What `decodeSafetensors` does. */
export function readSafetensors(bytes: Uint8Array | ArrayBuffer, fileName: string): Safetensors {
  const file = new Source(bytesOf(bytes, fileName), fileName);
  const header = readHeader(file);
  const { value: entries, places: keys } = header.json;
  // Not Object.keys: it would move names that look like numbers to the front.
  const names = [...keys.keys()].filter((name) => name !== metadataKey);
  const places = names.map((name) => readPlace(file, header, name, entries[name]));
  checkCoverage(file, header, places);
  const tensors = new Map<string, StoredTensor>();
  for (const place of places) {
    const { name, dtype, shape } = place;
    let read: Float32Array | Int32Array | undefined;
    tensors.set(name, {
      dtype,
      shape,
      get data() {
        read ??= readElements(file, place);
        return read;
      },
    });
  }
  return { tensors, metadata: readMetadata(file, header, entries[metadataKey]) };
}

function bytesOf(given: unknown, fileName: string): Uint8Array {
  // by their tags: they may come from another frame
  const isBuffer = (value: unknown) => Object.prototype.toString.call(value) === "[object ArrayBuffer]";
  if (isBuffer(given)) return new Uint8Array(given as ArrayBuffer);
  if (ArrayBuffer.isView(given)) {
    const view = new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
    // text is not decoded from shared memory
    return isBuffer(given.buffer) ? view : view.slice();
  }
  throw new DataError(
    `${fileName}: got ${show(given)}, expected the file's bytes as a Uint8Array or an ArrayBuffer; await them where they come from`,
  );
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
  readonly dtype: string;
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
  // the reference implementation takes null for none
  if (metadata === undefined || metadata === null) return {};
  const byte = byteOfKey(header, metadataKey);
  if (!isRecord(metadata)) throw file.error(byte, `"${metadataKey}" is not an object`);
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== "string") {
      throw file.error(byte, `"${metadataKey}" has for ${show(key)} something that is not a string`);
    }
  }
  return metadata as Record<string, string>;
}

function readPlace(file: Source, header: Header, name: string, entry: unknown): Place {
  const fail = (problem: string) => file.error(byteOfKey(header, name), `tensor ${show(name)} ${problem}`);
  if (!isRecord(entry)) throw fail("is not described by an object");
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== "string") throw fail(`has dtype ${show(dtype)}, expected a string`);
  if (!isShape(shape)) throw fail(`has shape ${show(shape)}, expected non-negative integers`);
  if (!isShape(offsets) || offsets.length !== 2) {
    throw fail(`has data_offsets ${show(offsets)}, expected two non-negative integers`);
  }
  const [begin, end] = offsets as [number, number];
  const dataBytes = file.bytes.length - header.dataStart;
  if (begin > end) throw fail(`ends at ${end} before it begins at ${begin}`);
  if (end > dataBytes) {
    throw fail(
      `ends at byte ${end} of the data, but the file has only ${dataBytes}; it is truncated or its header is wrong`,
    );
  }
  // how large elements of other types are is not known here, nor need it be
  if (isReadable(dtype)) {
    const expected = shape.reduce((product, size) => product * size, storedTypes[dtype].bytes);
    if (end - begin !== expected) {
      throw fail(`is ${dtype} of shape ${show(shape)}, expected ${expected} bytes, got ${end - begin}`);
    }
  }
  const { dataStart } = header;
  return { name, dtype, shape, begin: dataStart + begin, end: dataStart + end };
}

/** The tensors must cover the data exactly: no gap, no overlap, nothing after the last. */
function checkCoverage(file: Source, header: Header, places: readonly Place[]): void {
  let reached = header.dataStart;
  for (const { name, begin, end } of places.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== reached) {
      const problem =
        begin < reached ? "overlaps the one before it" : `leaves ${begin - reached} bytes unused before it`;
      throw file.error(Math.min(begin, reached), `tensor ${show(name)} ${problem}`);
    }
    reached = end;
  }
  const rest = file.bytes.length - reached;
  if (rest > 0) throw file.error(reached, `${rest} bytes after the last tensor belong to none`);
}

function readElements(file: Source, { name, dtype, begin, end }: Place): Float32Array | Int32Array {
  if (!isReadable(dtype)) {
    throw new DtypeError(
      `${file.name}: tensor ${show(name)} has dtype ${show(dtype)}, expected one of ${Object.keys(storedTypes).join(", ")}; convert it in the program that wrote it`,
    );
  }
  const type: StoredType = storedTypes[dtype];
  const count = (end - begin) / type.bytes;
  const data = type.kind === "float" ? new Float32Array(count) : new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const byte = begin + i * type.bytes;
    const value = type.read(file.view, byte);
    data[i] = value;
    // NaN and infinities that the file has are kept; numbers that the narrower type cannot hold are not made into such.
    if (type.kind === "integer" ? data[i] !== value : Number.isFinite(value) && !Number.isFinite(data[i])) {
      throw file.error(byte, `tensor ${show(name)} has ${value}, which does not fit 32 bits`);
    }
  }
  return data;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const isReadable = (dtype: string): dtype is SafetensorsDtype => Object.hasOwn(storedTypes, dtype);
