import { halfToNumber } from "../float16.ts";

/** Element types of a safetensors file that can be read; sub-byte and 8-bit floats cannot. */
export type SafetensorsDtype =
  | "F64"
  | "F32"
  | "F16"
  | "BF16"
  | "I64"
  | "I32"
  | "I16"
  | "I8"
  | "U64"
  | "U32"
  | "U16"
  | "U8"
  | "BOOL";

/** How one element type is stored (little-endian) and read. */
export interface StoredType {
  readonly bytes: number;
  /** Floats become Float32Array, everything else Int32Array. */
  readonly kind: "float" | "integer";
  read(view: DataView, byte: number): number;
}

const scratch = new DataView(new ArrayBuffer(4));

export const storedTypes: Readonly<Record<SafetensorsDtype, StoredType>> = {
  F64: { bytes: 8, kind: "float", read: (view, byte) => view.getFloat64(byte, true) },
  F32: { bytes: 4, kind: "float", read: (view, byte) => view.getFloat32(byte, true) },
  F16: { bytes: 2, kind: "float", read: (view, byte) => halfToNumber(view.getUint16(byte, true)) },
  BF16: { bytes: 2, kind: "float", read: (view, byte) => brainHalfToNumber(view.getUint16(byte, true)) },
  I64: { bytes: 8, kind: "integer", read: (view, byte) => Number(view.getBigInt64(byte, true)) },
  I32: { bytes: 4, kind: "integer", read: (view, byte) => view.getInt32(byte, true) },
  I16: { bytes: 2, kind: "integer", read: (view, byte) => view.getInt16(byte, true) },
  I8: { bytes: 1, kind: "integer", read: (view, byte) => view.getInt8(byte) },
  U64: { bytes: 8, kind: "integer", read: (view, byte) => Number(view.getBigUint64(byte, true)) },
  U32: { bytes: 4, kind: "integer", read: (view, byte) => view.getUint32(byte, true) },
  U16: { bytes: 2, kind: "integer", read: (view, byte) => view.getUint16(byte, true) },
  U8: { bytes: 1, kind: "integer", read: (view, byte) => view.getUint8(byte) },
  BOOL: { bytes: 1, kind: "integer", read: (view, byte) => view.getUint8(byte) },
};

/** bfloat16: the upper half of a binary32. */
function brainHalfToNumber(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}
