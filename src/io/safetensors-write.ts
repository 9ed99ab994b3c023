// The safetensors format: an unsigned 64-bit little-endian header length; the header, a JSON object that gives for
// each tensor its element type, shape and place; the tensors' bytes, one after the other without gaps.
// https://huggingface.co/docs/safetensors
import { DataError } from "../errors.ts";
import { object, show } from "../options.ts";
import type { SafetensorsDtype } from "./dtypes.ts";
import { type HostTensor, isShape } from "./tensors.ts";

/** The key of the header under which texts about the file are. */
export const metadataKey = "__metadata__";
/** Bytes of the header's length. */
export const lengthBytes = 8;

/** What `encodeSafetensors` does, with metadata that are texts. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const entries: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0) entries.push([metadataKey, metadata]);
  let end = 0;
  for (const [name, tensor] of tensors) {
    checkTensor(name, tensor);
    const { shape, data } = tensor;
    const begin = end;
    end += data.byteLength;
    const dtype: SafetensorsDtype = data instanceof Int32Array ? "I32" : "F32";
    entries.push([name, { dtype, shape, data_offsets: [begin, end] }]);
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

function checkTensor(name: unknown, tensor: HostTensor): void {
  const fail = (problem: string) => new DataError(`encodeSafetensors: ${show(name)} ${problem}`);
  if (typeof name !== "string") throw fail("is no name of a tensor, expected a string");
  if (!object.fits(tensor)) throw fail(`is ${show(tensor)}, expected { shape, data }`);
  const { shape, data } = tensor;
  if (name === metadataKey) throw fail("cannot be the name of a tensor, expected another; rename it");
  if (!isShape(shape)) throw fail(`has shape ${show(shape)}, expected integers from 0 on`);
  if (!(data instanceof Float32Array || data instanceof Int32Array)) {
    throw fail(`has as data ${show(data)}, expected a Float32Array or an Int32Array; convert it`);
  }
  const count = shape.reduce((product, size) => product * size, 1);
  if (count !== data.length) throw fail(`has shape ${show(shape)}, expected ${count} elements, got ${data.length}`);
}
