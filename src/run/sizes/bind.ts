import { ShapeError } from "../../errors.ts";
import { Tensor, type TensorData } from "../../gpu/tensor.ts";
import { formatShape } from "../../graph/shape.ts";
import type { InputSpec } from "./specs.ts";
import type { Sizes } from "./types.ts";

/** An extent that data told, and the input that told it. */
interface Bound {
  readonly size: number;
  readonly by: string;
}

/**
 * How large the named extents are by the data of a run. What has a shape tells all of its extents: tensors, nested arrays, typed
 * arrays with a `shape`. A plain typed array tells the one that no other input does. Throws ShapeError where two inputs disagree,
 * and where nothing tells.
 */
export function boundSizes(
  op: string,
  names: readonly string[],
  specs: ReadonlyMap<string, InputSpec>,
  given: ReadonlyMap<string, TensorData | undefined>,
): Sizes {
  const bound = new Map<string, Bound>();
  const bind = (name: string, size: number, by: string) => {
    const known = bound.get(name);
    if (size < 1) {
      throw new ShapeError(`${op}: ${name} is ${size} by input ${by}, expected at least 1; leave empty batches out`);
    }
    if (known && known.size !== size) {
      throw new ShapeError(
        `${op}: ${name} is ${known.size} by input ${known.by} and ${size} by input ${by}, expected one size for both; give both as many, or the extents names of their own`,
      );
    }
    if (!known) bound.set(name, { size, by });
  };
  let flat: { readonly input: string; readonly spec: InputSpec; readonly count: number }[] = [];
  for (const [input, data] of given) {
    const spec = specs.get(input);
    if (data === undefined || !spec || !spec.shape.some(isName)) continue;
    const shape = shapeOf(data, spec.shape.length);
    if (typeof shape === "number") flat.push({ input, spec, count: shape });
    else {
      spec.shape.forEach((extent, axis) => {
        if (isName(extent) && axis < shape.length) bind(extent, shape[axis] as number, input);
      });
    }
  }
  // each may tell what the next one lacks
  for (let before = Number.POSITIVE_INFINITY; flat.length < before; ) {
    before = flat.length;
    flat = flat.filter(({ input, spec, count }) => {
      const open = spec.shape.filter((extent) => isName(extent) && !bound.has(extent));
      if (open.length > 1) return true;
      if (open.length === 0) return false;
      const rest = spec.shape.reduce<number>(
        (product, extent) => product * (isName(extent) ? (bound.get(extent)?.size ?? 1) : extent),
        1,
      );
      if (count % rest !== 0) {
        throw new ShapeError(
          `${op}: input ${input} has ${count} numbers, expected a multiple of ${rest} for ${spec.dtype} ${formatShape(spec.shape)}`,
        );
      }
      bind(open[0] as string, count / rest, input);
      return false;
    });
  }
  const sizes: Record<string, number> = Object.create(null);
  for (const name of names) {
    const known = bound.get(name);
    if (!known) throw unknownSize(op, name, flat);
    sizes[name] = known.size;
  }
  return sizes;
}

const isName = (extent: number | string): extent is string => typeof extent === "string";

/** Of data that has one; else how many numbers there are. */
function shapeOf(data: TensorData, rank: number): readonly number[] | number {
  if (data instanceof Tensor || ArrayBuffer.isView(data)) {
    const { shape } = data as { readonly shape?: readonly number[] };
    if (Array.isArray(shape) && shape.length === rank) return shape;
    return data instanceof Tensor ? data.shape.reduce((a, b) => a * b, 1) : (data as Float32Array).length;
  }
  const shape: number[] = [];
  let rows: unknown = data;
  while (Array.isArray(rows) || ArrayBuffer.isView(rows)) {
    shape.push((rows as ArrayLike<unknown>).length);
    rows = (rows as ArrayLike<unknown>)[0];
  }
  return shape;
}

function unknownSize(op: string, name: string, flat: readonly { readonly input: string; readonly count: number }[]) {
  const told = flat[0];
  const got = told ? `input ${told.input} is ${told.count} numbers without a shape` : "no input that has it is given";
  return new ShapeError(
    `${op}: the size of ${name} is not known, because ${got}, expected data with a shape: nested arrays, tensors, or typed arrays with a shape as Batches gives them`,
  );
}
