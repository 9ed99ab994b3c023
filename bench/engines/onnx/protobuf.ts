/** As much of Protocol Buffers as an ONNX file needs: fields are written one after the other. */
export type Field = readonly [number: number, value: number | string | Uint8Array | readonly Field[]];

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest & 127) | (rest > 127 ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return bytes;
}

export function encode(fields: readonly Field[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (const [number, value] of fields) {
    if (typeof value === "number") {
      pieces.push(Uint8Array.from([...varint(number * 8), ...varint(value)]));
      continue;
    }
    const body =
      typeof value === "string" ? new TextEncoder().encode(value) : value instanceof Uint8Array ? value : encode(value);
    pieces.push(Uint8Array.from([...varint(number * 8 + 2), ...varint(body.length)]), body);
  }
  const result = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    result.set(piece, at);
    at += piece.length;
  }
  return result;
}
