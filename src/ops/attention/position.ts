/** Where in a sequence something stands: encodings that are added, rotations, slopes. */

import { DtypeError, ShapeError } from "../../errors.ts";
import { applyOne } from "../../graph/apply.ts";
import { optionalValue, requireValues } from "../../graph/arguments.ts";
import { ConstantValue } from "../../graph/leaves.ts";
import { formatShape, sameShape, sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/attention.ts";
import {
  checkArgument,
  checkOptions,
  either,
  finite,
  integer,
  type KindsOf,
  numberWithin,
  oneOf,
  required,
  show,
} from "../../options.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";

/** Of one table of positions: a buffer of 1 GiB. */
const MOST_ELEMENTS = 2 ** 28;

/**
 * Vaswani et al. (2017): [length, dim] with sin(p / base^(2i/dim)) at the even features 2i and the cosine at the odd ones.
 * `offset` is the position of the first row. With a number the result is a constant, rounded from float64; with an int32
 * value of shape [batch] it is worked out in float32 at each run, [batch, length, dim], for an even dim.
 */
export function sinusoidalPositions(
  length: number,
  dim: number,
  options: Pick<RopeOptions, "base" | "offset"> = {},
): Value {
  checkOptions("sinusoidalPositions", options, { base: baseKind, offset: either(finite, optionalValue) });
  const { base = 10_000, offset = 0 } = options;
  for (const [name, size] of Object.entries({ length, dim })) {
    if (!Number.isInteger(size) || size < 1) {
      throw new ShapeError(`sinusoidalPositions: ${name} is ${show(size)}, expected a positive integer`);
    }
  }
  if (length * dim > MOST_ELEMENTS) {
    throw new ShapeError(
      `sinusoidalPositions: [${length}, ${dim}] has ${length * dim} elements, expected at most ${MOST_ELEMENTS}; take fewer positions at a time, with an offset`,
    );
  }
  if (typeof offset !== "number") {
    if (dim % 2 !== 0) throw new ShapeError(`sinusoidalPositions: dim is ${dim}, expected an even one`);
    if (offset.dtype !== "int32" || offset.rank !== 1) {
      throw new DtypeError(
        `sinusoidalPositions: offset is ${offset.dtype}${formatShape(offset.shape)}, expected a number or an int32 value of shape [batch]`,
      );
    }
    const rows = [offset.shape[0] as number, length, dim];
    // the pair (0, 1) turned backwards by an angle is its sine and cosine
    const units = Float32Array.from({ length: sizeOf(rows) }, (_, n) => n % 2);
    return turned(
      new ConstantValue(units, { shape: rows, dtype: "float32" }),
      { base, offset, pairs: "interleaved" },
      -1,
    );
  }
  const data = Float32Array.from({ length: length * dim }, (_, n) => {
    const [position, feature] = [Math.floor(n / dim) + offset, n % dim];
    const angle = position / base ** ((2 * Math.floor(feature / 2)) / dim);
    return feature % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });
  return new ConstantValue(data, { shape: [length, dim], dtype: "float32" });
}

const headCount = required(
  numberWithin("a positive integer up to 65,536", (n) => Number.isInteger(n) && n > 0 && n <= 65_536),
);

/** ALiBi's slopes of n heads (Press et al. 2022); for n no power of two those of its authors' code. */
export function alibiSlopes(heads: number): number[] {
  checkArgument("alibiSlopes", "heads", heads, headCount);
  const below = 2 ** Math.floor(Math.log2(heads));
  return Array.from({ length: heads }, (_, h) =>
    h < below ? 2 ** ((-8 * (h + 1)) / below) : 2 ** ((-4 * (2 * (h - below) + 1)) / below),
  );
}

/** Options of `rope`. */
export interface RopeOptions {
  /** Base of the wavelengths. */
  readonly base?: number;
  /**
   * Position of the first row: a number or, to change it without compiling again, an int32 value of shape [], or [batch] with
   * one for each of the first axis of x [batch, ..., length, dim].
   */
  readonly offset?: number | Value;
  /**
   * Position of each row, int32 [length], or [batch, length] with those of each of the first axis of x: for sequences packed
   * into one row, or padded in front. In place of `offset`; negative ones count as 0.
   */
  readonly positions?: Value;
  /** How many of the features are turned, the first ones, an even number; the others stay as they are. All where absent. */
  readonly rotaryDim?: number;
  /**
   * Which features turn together: `half` pairs i with i + rotaryDim/2 (GPT-NeoX, Llama in Hugging Face's form), `interleaved`
   * 2i with 2i + 1 (the paper's, GPT-J).
   */
  readonly pairs?: "half" | "interleaved";
}

const baseKind = numberWithin("a finite number > 1", (base) => base > 1 && Number.isFinite(base));

export const ropeKinds: KindsOf<RopeOptions> = {
  base: baseKind,
  offset: either(integer, optionalValue),
  positions: optionalValue,
  rotaryDim: integer,
  pairs: oneOf("half", "interleaved"),
};

interface Rope {
  readonly offset: number;
  readonly rotaryDim: number;
  /** Whether the position is one for each row. */
  readonly eachRow: boolean;
  readonly pairs: "half" | "interleaved";
  /** 1, or -1 for the inverse rotation. */
  readonly sign: 1 | -1;
}

type Turned = {
  /** [..., length, dim] */
  readonly x: Value;
  /** [rotaryDim / 2] */
  readonly frequencies: Value;
  /** The offset or the positions, where they are a value. */
  readonly position?: Value | undefined;
};

const ropeOp: Op<Rope, Turned> = {
  name: "rope",
  // a rotation's transpose is its inverse
  gradient: ({ inputs, attributes }, { y: g }) => ({
    x: applyOne(ropeOp, { ...inputs, x: g }, { ...attributes, sign: attributes.sign === 1 ? -1 : 1 }, g),
  }),
  lower({ inputs, outputs, attributes: { offset, pairs, sign, rotaryDim, eachRow } }, to) {
    const { x, frequencies, position } = to.slots(inputs);
    const y = to.output(outputs.y);
    const [length, dim] = y.shape.slice(-2) as [number, number];
    const size = sizeOf(y.shape) / 2;
    to.dispatch({
      kernel: kernels.rope,
      variant: pairs === "half" ? "default" : "interleaved",
      bind: { x, frequencies, position: position ?? x, y },
      params: {
        size,
        seq_len: length,
        half_width: dim / 2,
        half_dim: rotaryDim / 2,
        first: position ? 0 : offset,
        has_position: position ? (eachRow ? 2 : 1) : 0,
        rows_per_position: position ? size / (dim / 2) / (sizeOf(position.shape) / (eachRow ? length : 1)) : 1,
        sign,
      },
      workgroups: linearWorkgroups(size),
      flops: 6 * size,
    });
  },
};

/**
 * Rotary positions (Su et al. 2021): each pair of features of x [..., length, dim] is turned by position · base^(−2i/dim),
 * so that inner products of two rows depend on their distance alone.
 */
export function rope(x: Value, options: RopeOptions = {}): Value {
  requireValues("rope", { x });
  checkOptions("rope", options, ropeKinds);
  return turned(x, options, 1);
}

function turned(x: Value, options: RopeOptions, sign: 1 | -1): Value {
  const { base = 10_000, offset = 0, positions, pairs = "half", rotaryDim = x.shape.at(-1) ?? 0 } = options;
  if (x.dtype !== "float32") throw new DtypeError(`rope: x is ${x.dtype}, expected float32`);
  if (x.rank < 2 || (x.shape.at(-1) as number) % 2 !== 0) {
    throw new ShapeError(
      `rope: x has shape ${formatShape(x.shape)}, expected [..., length, dim] with an even dim; choose a head size that is even`,
    );
  }
  const dim = x.shape.at(-1) as number;
  if (!Number.isInteger(rotaryDim) || rotaryDim < 2 || rotaryDim % 2 !== 0 || rotaryDim > dim) {
    throw new ShapeError(`rope: rotaryDim is ${rotaryDim}, expected an even number from 2 to dim, ${dim}`);
  }
  const half = rotaryDim / 2;
  // from the host: an adapter's exp2 may be off by dozens of units, which a large position multiplies
  const data = Float32Array.from({ length: half }, (_, i) => base ** (-i / half));
  const frequencies = new ConstantValue(data, { shape: [half], dtype: "float32" });
  const turn = { offset: 0, rotaryDim, eachRow: false, pairs, sign };
  if (positions) {
    requirePositions(x, positions, options.offset);
    return applyOne(ropeOp, { x, frequencies, position: positions }, { ...turn, eachRow: true }, x);
  }
  if (typeof offset === "number") {
    if (!Number.isInteger(offset) || offset < 0) {
      throw new ShapeError(`rope: offset is ${offset}, expected a position, 0 or more`);
    }
    return applyOne(ropeOp, { x, frequencies }, { ...turn, offset }, x);
  }
  const isForEach = x.rank > 2 && offset.rank === 1 && offset.shape[0] === x.shape[0];
  if (offset.dtype !== "int32" || !(isForEach || sizeOf(offset.shape) === 1)) {
    throw new DtypeError(
      `rope: offset is ${offset.dtype}${formatShape(offset.shape)}, expected a number or an int32 value of shape []${x.rank > 2 ? ` or [${x.shape[0]}]` : ""}`,
    );
  }
  return applyOne(ropeOp, { x, frequencies, position: offset }, turn, x);
}

function requirePositions(x: Value, positions: Value, offset: number | Value | undefined): void {
  if (offset !== undefined) {
    throw new ShapeError(
      "rope: offset and positions are both given, expected one of them; add the offset to the positions",
    );
  }
  const [batch, length] = [x.rank > 2 ? x.shape[0] : undefined, x.shape.at(-2) as number];
  const fits =
    sameShape(positions.shape, [length]) || (batch !== undefined && sameShape(positions.shape, [batch, length]));
  if (positions.dtype !== "int32" || !fits) {
    throw new DtypeError(
      `rope: positions are ${positions.dtype}${formatShape(positions.shape)}, expected int32 [${length}]${batch === undefined ? "" : ` or [${batch}, ${length}]`}, one for each row`,
    );
  }
}
