/** Tensors as Keras has them, and what is checked of them. */
import { DataError } from "../errors.ts";
import { type Kind, object } from "../options.ts";

/** Numbers in row-major order. */
export interface KerasTensor {
  /** Extents, outermost first. */
  readonly shape: readonly number[];
  /** Its numbers in row-major order. */
  readonly data: Float32Array;
}

/** A tensor by its form. */
export const kerasTensor: Kind = {
  expected: "a tensor { shape, data } with a Float32Array",
  fits: (tensor) =>
    object.fits(tensor) &&
    Array.isArray((tensor as KerasTensor).shape) &&
    (tensor as KerasTensor).data instanceof Float32Array,
};

/** Throws DataError unless it has one of the shapes, and as many numbers. */
export function checkShapes(
  kind: string,
  name: string,
  { shape, data }: KerasTensor,
  allowed: readonly (readonly number[])[],
) {
  const fits = allowed.some((each) => each.join() === shape.join());
  if (!fits) {
    const expected = allowed.map((each) => `[${each.join(", ")}]`).join(" or ");
    throw new DataError(
      `fromKeras: ${kind} ${name} has shape [${shape.join(", ")}], expected ${expected}; give the weights in getWeights' order`,
    );
  }
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (data.length !== count) {
    throw new DataError(
      `fromKeras: ${kind} ${name} has ${data.length} numbers, expected ${count} for shape [${shape.join(", ")}]`,
    );
  }
}
