import { ArgumentError, DataError, DtypeError, ShapeError } from "../../errors.ts";
import { type TypedData, toTyped } from "../../gpu/host-data.ts";
import { Tensor, type TensorData } from "../../gpu/tensor.ts";
import { formatShape, type Shape, sizeOf, stridesOf } from "../../graph/shape.ts";
import { checkOptions, count, type KindsOf, listOf, required, text } from "../../options.ts";
import { type InputSpec, sizedSpec } from "./specs.ts";
import type { BucketOptions, Sizes } from "./types.ts";

/** Buckets by the extent's name. */
export type Buckets = ReadonlyMap<string, BucketOptions>;

const kinds: KindsOf<BucketOptions> = {
  buckets: required(listOf(count, "positive integers")),
  lengths: text,
  weights: text,
};

/** Checks the option `sizes`. */
export function bucketsOf(
  where: string,
  options: object | undefined,
  names: readonly string[],
  specs: ReadonlyMap<string, InputSpec>,
): Buckets {
  const buckets = new Map<string, BucketOptions>();
  for (const [name, given] of Object.entries(options ?? {}) as [string, BucketOptions][]) {
    const at = `${where}: sizes.${name}`;
    if (!names.includes(name)) {
      throw new ArgumentError(
        `${at}: no input has an extent of that name, expected one of ${names.join(", ") || "none"}`,
      );
    }
    if (given === undefined) continue;
    checkOptions(at, given, kinds);
    const { buckets: sizes, lengths, weights } = given;
    if (sizes.length === 0 || sizes.some((size, i) => i > 0 && size <= (sizes[i - 1] as number))) {
      throw new ArgumentError(
        `${at}: buckets are ${formatShape(sizes)}, expected one or more, each larger than the one before`,
      );
    }
    if (lengths === undefined && weights === undefined) {
      throw new ArgumentError(
        `${at}: neither lengths nor weights is given, expected the input that tells data from padding; declare one, such as lengths: int32(["batch"]), use it in the function, and name it here`,
      );
    }
    const has = (path: string) => specOf(at, path, specs).shape.includes(name);
    if (lengths !== undefined) {
      requireType(at, "lengths", lengths, "int32", specs);
      if (has(lengths))
        throw new ShapeError(`${at}: lengths ${lengths} has the extent ${name} itself, expected one length for it`);
    }
    if (weights !== undefined) {
      requireType(at, "weights", weights, "float32", specs);
      if (!has(weights))
        throw new ShapeError(`${at}: weights ${weights} has no extent ${name}, expected a weight for each of it`);
    }
    buckets.set(name, given);
  }
  return buckets;
}

function specOf(at: string, path: string, specs: ReadonlyMap<string, InputSpec>): InputSpec {
  const spec = specs.get(path);
  if (spec) return spec;
  throw new ArgumentError(`${at}: there is no input ${path}, expected one of ${[...specs.keys()].join(", ")}`);
}

function requireType(
  at: string,
  what: string,
  path: string,
  dtype: string,
  specs: ReadonlyMap<string, InputSpec>,
): void {
  const spec = specOf(at, path, specs);
  if (spec.dtype !== dtype) throw new DtypeError(`${at}: ${what} ${path} is ${spec.dtype}, expected ${dtype}`);
}

/** The sizes that programs are made for. */
export function roundedSizes(op: string, sizes: Sizes, buckets: Buckets): Sizes {
  if (buckets.size === 0) return sizes;
  const rounded: Record<string, number> = Object.create(null);
  for (const [name, size] of Object.entries(sizes)) {
    const options = buckets.get(name);
    const next = options ? options.buckets.find((each) => each >= size) : size;
    if (next === undefined) {
      throw new ShapeError(
        `${op}: ${name} is ${size}, expected at most ${options?.buckets.at(-1)}, the last of sizes.${name}.buckets; add a larger one, or give less`,
      );
    }
    rounded[name] = next;
  }
  return rounded;
}

/** Inputs that tell data from padding; they are filled where they are not given. */
export const filledInputs = (buckets: Buckets): Set<string> =>
  new Set(
    [...buckets.values()].flatMap(({ lengths, weights }) => [lengths, weights].filter((path) => path !== undefined)),
  );

/** Pads data of `sizes` up to `rounded`, and fills the inputs that say what is padding. */
export function padded(
  specs: ReadonlyMap<string, InputSpec>,
  given: ReadonlyMap<string, TensorData | undefined>,
  buckets: Buckets,
  sizes: Sizes,
  rounded: Sizes,
): Map<string, TensorData | undefined> {
  const all = new Map(given);
  const weights = new Set<string>();
  for (const [name, { lengths, weights: path }] of buckets) {
    if (path !== undefined) weights.add(path);
    for (const [fill, value] of [
      [lengths, sizes[name]],
      [path, 1],
    ] as const) {
      if (fill === undefined || all.get(fill) !== undefined) continue;
      const spec = sizedSpec(specs.get(fill) as InputSpec, sizes);
      const ArrayOf = spec.dtype === "int32" ? Int32Array : Float32Array;
      all.set(fill, new ArrayOf(sizeOf(spec.shape)).fill(value as number));
    }
  }
  for (const [input, data] of all) {
    const spec = specs.get(input) as InputSpec;
    if (data === undefined || !spec.shape.some((extent) => sizes[extent] !== rounded[extent])) continue;
    const [from, to] = [sizedSpec(spec, sizes), sizedSpec(spec, rounded)];
    if (data instanceof Tensor) {
      throw new DataError(
        `input ${input}: is a tensor ${formatShape(from.shape)}, expected ${formatShape(to.shape)}, since tensors on the GPU are not padded; give it of a bucket's size, or data of the host`,
      );
    }
    all.set(
      input,
      padTo(toTyped(input, data, from), from.shape, to.shape, weights.has(input) ? 0 : (spec.default ?? 0)),
    );
  }
  return all;
}

/** The data at the beginning of every axis, `value` behind it. */
function padTo(data: TypedData, from: Shape, to: Shape, value: number): TypedData {
  const wide = new (data.constructor as Float32ArrayConstructor)(sizeOf(to)).fill(value) as TypedData;
  const row = from.at(-1) ?? 1;
  const [outer, strides] = [from.slice(0, -1), stridesOf(to)];
  const position = outer.map(() => 0);
  for (let start = 0; start < data.length; start += row) {
    const target = position.reduce((sum, index, axis) => sum + index * (strides[axis] as number), 0);
    wide.set(data.subarray(start, start + row) as Float32Array, target);
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      position[axis] = (position[axis] as number) + 1;
      if ((position[axis] as number) < (outer[axis] as number)) break;
      position[axis] = 0;
    }
  }
  return wide;
}
