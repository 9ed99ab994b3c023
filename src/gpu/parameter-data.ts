/** What numbers a parameter may be given. */
import { DataError, ShapeError } from "../errors.ts";
import { LARGEST_HALF } from "../float16.ts";
import type { Parameter } from "../graph/parameter.ts";
import { formatShape, positionOf, sizeOf } from "../graph/shape.ts";

/** Throws ShapeError unless there are as many as the shape has. */
export function checkSize({ name, shape }: Parameter, data: Float32Array): void {
  if (data.length === sizeOf(shape)) return;
  throw new ShapeError(
    `parameter ${name}: got ${data.length} numbers, expected ${sizeOf(shape)} for shape ${formatShape(shape)}`,
  );
}

/** Throws DataError unless all numbers fit in 16 bits. */
export function checkHalves({ name, shape }: Parameter, data: Float32Array): void {
  const bad = data.findIndex((value) => Math.abs(value) > LARGEST_HALF);
  if (bad >= 0) {
    throw new DataError(
      `half: ${name} is ${data[bad]} at [${positionOf(bad, shape).join(", ")}], expected at most ${LARGEST_HALF}, the largest number of 16 bits; leave the model in float32`,
    );
  }
}
