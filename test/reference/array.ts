/** Arrays in float64, and how their elements pair up. Written without seqgrad: this is what it is measured against. */

export interface NdArray {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float64Array;
  readonly dtype: "float32" | "int32";
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);

export function array(shape: readonly number[], data: ArrayLike<number>): NdArray {
  if (data.length !== sizeOf(shape)) throw new Error(`array: ${data.length} numbers for shape [${shape}]`);
  return { shape: [...shape], data: Float64Array.from(data), dtype: "float32" };
}

export const integers = (shape: readonly number[], data: ArrayLike<number>): NdArray => ({
  ...array(shape, data),
  dtype: "int32",
});

export const filled = (shape: readonly number[], value: number): NdArray =>
  array(shape, new Float64Array(sizeOf(shape)).fill(value));

/** Numbers in [0, 1) from a seed (Mulberry32 by T. Ettinger, public domain). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Uniform in [low, high), rounded to float32, so that the GPU gets the very same numbers. */
export function uniform(shape: readonly number[], seed: number, low = -1, high = 1): NdArray {
  const random = generator(seed);
  return array(
    shape,
    Float64Array.from({ length: sizeOf(shape) }, () => Math.fround(low + (high - low) * random())),
  );
}

/** Like `uniform`, between ±(a power of two up to `bound`), by numbers that 16 bits hold exactly. */
export function halves(shape: readonly number[], seed: number, bound = 1): NdArray {
  const unit = 2 ** (Math.floor(Math.log2(bound)) - 10);
  const { data } = uniform(shape, seed, -1024, 1024);
  return array(
    shape,
    data.map((value) => Math.round(value) * unit),
  );
}

/** Row-major strides. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis] as number;
  }
  return strides;
}

export function broadcastShape(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) =>
    Math.max(...shapes.map((shape) => shape[shape.length - rank + axis] ?? 1)),
  );
}

/** For each element of `target` in order, which element of an array of `shape` it takes. */
function sourceIndices(shape: readonly number[], target: readonly number[]): Int32Array {
  const strides = stridesOf(shape);
  const steps = target.map((_, axis) => {
    const own = axis - (target.length - shape.length);
    return own < 0 || shape[own] === 1 ? 0 : (strides[own] as number);
  });
  return gather(target, steps);
}

/** Offsets Σ iₐ·stepₐ of all indices in order. */
export function gather(shape: readonly number[], steps: readonly number[], start = 0): Int32Array {
  const indices = new Int32Array(sizeOf(shape));
  const counter = shape.map(() => 0);
  let offset = start;
  for (let i = 0; i < indices.length; i++) {
    indices[i] = offset;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      counter[axis] = (counter[axis] as number) + 1;
      offset += steps[axis] as number;
      if ((counter[axis] as number) < (shape[axis] as number)) break;
      offset -= (shape[axis] as number) * (steps[axis] as number);
      counter[axis] = 0;
    }
  }
  return indices;
}

export function map(x: NdArray, f: (x: number) => number): NdArray {
  const data = new Float64Array(x.data.length);
  for (let i = 0; i < data.length; i++) data[i] = f(x.data[i] as number);
  return { shape: x.shape, data, dtype: "float32" };
}

/** `f` of two arrays, broadcast. */
export function zip(a: NdArray, b: NdArray, f: (a: number, b: number) => number): NdArray {
  const shape = broadcastShape([a.shape, b.shape]);
  const data = new Float64Array(sizeOf(shape));
  const whole = (x: NdArray) => x.data.length === data.length;
  const ia = whole(a) ? null : sourceIndices(a.shape, shape);
  const ib = whole(b) ? null : sourceIndices(b.shape, shape);
  for (let i = 0; i < data.length; i++) {
    data[i] = f(a.data[ia ? (ia[i] as number) : i] as number, b.data[ib ? (ib[i] as number) : i] as number);
  }
  return { shape, data, dtype: "float32" };
}

/** The elements of `x` at `indices`, in a new shape. */
export function pick(x: NdArray, shape: readonly number[], indices: Int32Array): NdArray {
  const data = new Float64Array(indices.length);
  for (let i = 0; i < data.length; i++) data[i] = x.data[indices[i] as number] as number;
  return { shape: [...shape], data, dtype: x.dtype };
}

export const broadcastTo = (x: NdArray, shape: readonly number[]): NdArray =>
  pick(x, shape, sourceIndices(x.shape, shape));

export const normalAxis = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);
