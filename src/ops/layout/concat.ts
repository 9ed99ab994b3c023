/** Values joined along an axis. */

import { ShapeError } from "../../errors.ts";
import { applyOne } from "../../graph/apply.ts";
import { valueList } from "../../graph/arguments.ts";
import { columnsOf } from "../../graph/element.ts";
import { formatShape, normalizeAxis, sameShape, stridesOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import { checkArgument } from "../../options.ts";
import { lowerMoves, move } from "./moves.ts";
import { reshape } from "./permute.ts";
import { slice } from "./slice.ts";

const concatOp: Op<{ readonly axis: number }, { readonly parts: readonly Value[] }> = {
  name: "concat",
  gradient({ inputs: { parts }, attributes: { axis } }, { y: g }) {
    let start = 0;
    return {
      parts: parts.map(({ shape }) => {
        const from = start;
        start += shape[axis] as number;
        return () => slice(g, axis, from, from + (shape[axis] as number));
      }),
    };
  },
  vectorize: ({ attributes: { axis } }, { parts }, stacked) =>
    stacked.parts.every(Boolean) ? { y: concat(parts, axis + 1) } : null,
  element: {
    write({ inputs: { parts }, attributes: { axis } }, { rows, column, at }, y) {
      const step = columnsOf(y.shape, axis, rows);
      if (step === null) return null;
      let own = column;
      for (const part of parts) {
        const columns = (part.shape[axis] as number) * step;
        if (own < columns) return at(part, own);
        own -= columns;
      }
      return null;
    },
    parts({ inputs: { parts }, attributes: { axis } }, rows) {
      return parts.map(({ shape }) => (shape[axis] as number) * (columnsOf(shape, axis, rows) ?? 0));
    },
  },
  moves({ inputs: { parts }, outputs: { y }, attributes: { axis } }) {
    const strides = stridesOf(y.shape);
    let toStart = 0;
    return parts.map((part) => {
      const { shape } = part;
      const own = move(part, y, shape, stridesOf(shape), strides, { toStart });
      toStart += (shape[axis] as number) * (strides[axis] as number);
      return own;
    });
  },
  lower: lowerMoves,
};

/** Joins values along an existing axis; all other extents must agree. */
export function concat(values: readonly Value[], axis = 0): Value {
  checkArgument("concat", "values", values, valueList);
  const [first] = values;
  if (!first) throw new ShapeError("concat: got no values, expected at least one");
  const at = normalizeAxis("concat", axis, first.rank);
  for (const value of values) {
    const fits = value.rank === first.rank && value.shape.every((extent, i) => i === at || extent === first.shape[i]);
    if (!fits || value.dtype !== first.dtype) {
      throw new ShapeError(
        `concat: ${value.dtype}${formatShape(value.shape)} does not fit ${first.dtype}${formatShape(first.shape)}, expected equal extents but for axis ${at}`,
      );
    }
  }
  if (values.length === 1) return first;
  const total = values.reduce((sum, value) => sum + (value.shape[at] as number), 0);
  const shape = first.shape.map((extent, i) => (i === at ? total : extent));
  return applyOne(concatOp, { parts: values }, { axis: at }, { shape, dtype: first.dtype });
}

/** Joins values of one shape along a new axis: the first, or the one that becomes `axis` of the result. */
export function stack(values: readonly Value[], axis = 0): Value {
  checkArgument("stack", "values", values, valueList);
  const [first] = values;
  if (!first) throw new ShapeError("stack: got no values, expected at least one");
  const at = normalizeAxis("stack", axis, first.rank + 1);
  for (const { shape } of values) {
    if (!sameShape(shape, first.shape)) {
      throw new ShapeError(
        `stack: ${formatShape(shape)} does not fit ${formatShape(first.shape)}, expected equal shapes`,
      );
    }
  }
  return concat(
    values.map((x) => reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)])),
    at,
  );
}
