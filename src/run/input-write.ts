import { DataError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import { type TypedData, toTyped } from "../gpu/host-data.ts";
import { Tensor, type TensorData } from "../gpu/tensor.ts";
import { BYTES_PER_ELEMENT, sizeOf } from "../graph/shape.ts";
import type { InputPort, InputRange } from "../plan/program.ts";

/** A place in a buffer. */
export interface InputPlace {
  readonly buffer: GPUBuffer;
  readonly byteOffset: number;
}

/**
 * How to write an input, or its default where there is no data. Checks before anything is written. `place` says where the input
 * lies by then; `uploaded` is told what comes from the host.
 */
export function inputWrite(
  device: Device,
  name: string,
  port: InputPort,
  data: TensorData | undefined,
  place: () => InputPlace,
  uploaded?: (data: TypedData) => void,
): (encoder: GPUCommandEncoder) => void {
  const bytes = sizeOf(port.shape) * BYTES_PER_ELEMENT;
  // zeros need no upload, unless somebody wants to see it, or they may be no valid index
  const isCleared = !port.default && !uploaded && (port.default === undefined || !port.ranges);
  if (data === undefined && isCleared) {
    return (encoder) => {
      const { buffer, byteOffset } = place();
      encoder.clearBuffer(buffer, byteOffset, bytes);
    };
  }
  if (data instanceof Tensor) {
    data.checkCurrent();
    if (data.device !== device || data.dtype !== port.dtype || data.byteLength !== bytes) {
      throw new DataError(
        `input ${name}: got a ${data.dtype} tensor of shape [${data.shape}]${data.device === device ? "" : " of another device"}, expected ${port.dtype} [${port.shape}]`,
      );
    }
    return (encoder) => {
      const { buffer, byteOffset } = place();
      // an output that is the input itself; a copy from a buffer to itself is refused
      if (data.buffer === buffer) return;
      encoder.copyBufferToBuffer(data.buffer, data.byteOffset, buffer, byteOffset, bytes);
    };
  }
  const typedData = data === undefined ? filled(port) : toTyped(name, data, port);
  for (const range of port.ranges ?? []) checkRange(name, typedData, range);
  return () => {
    uploaded?.(typedData);
    const { buffer, byteOffset } = place();
    device.gpu.queue.writeBuffer(buffer, byteOffset, typedData as Float32Array<ArrayBuffer>);
  };
}

/** An input's default for all of its elements. */
function filled({ shape, dtype, default: value = 0 }: InputPort): TypedData {
  const size = sizeOf(shape);
  return dtype === "int32" ? new Int32Array(size).fill(value) : new Float32Array(size).fill(value);
}

function checkRange(
  name: string,
  data: TypedData,
  { what, minimum, maximum, except, remedy, where }: InputRange,
): void {
  for (let i = 0; i < data.length; i++) {
    if (where && !where[i]) continue;
    const value = data[i] as number;
    if (value === except) continue;
    if (value > maximum || (minimum !== undefined && value < minimum)) {
      const range = minimum === undefined ? `at most ${maximum} (negative: none)` : `${minimum} to ${maximum}`;
      const other = except === undefined ? "" : `, or ${except}`;
      throw new DataError(`input ${name}: ${what} is ${value} at position ${i}, expected ${range}${other}; ${remedy}`);
    }
  }
}
