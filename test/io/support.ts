// Safetensors files made by hand, right and wrong ones.
import type { HostTensor } from "../../src/io/index.ts";

export const sample: ReadonlyMap<string, HostTensor> = new Map<string, HostTensor>([
  ["rnn.weight_ih_l0", { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, Number.NaN, Number.POSITIVE_INFINITY) }],
  ["7", { shape: [], data: Float32Array.of(-0) }],
  ["none", { shape: [0, 4], data: new Float32Array(0) }],
  ["counts", { shape: [3], data: Int32Array.of(-1, 2147483647, -2147483648) }],
]);
export const metadata = { format: "pt", vocabulary: 'a "ü" 😀\n' };

/** A file with this header text and data, whether or not they fit. */
export function file(header: string, data: ArrayLike<number> = [], declared?: bigint): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, declared ?? BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

export const entry = (dtype: string, shape: string, offsets: string) =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;
export const one = (dtype: string, shape: string, data: ArrayBufferView) =>
  file(
    `{"x":${entry(dtype, shape, `[0,${data.byteLength}]`)}}`,
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  );
