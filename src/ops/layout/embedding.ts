import { DtypeError, ShapeError } from "../../errors.ts";
import { applyOne } from "../../graph/apply.ts";
import { requireValues } from "../../graph/arguments.ts";
import type { Lowering, Slot } from "../../graph/lowering.ts";
import { BYTES_PER_ELEMENT, bytesPerElement, formatShape, sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/layout.ts";
import { checkOptions, countOrZero } from "../../options.ts";
import { inVectors, LANES } from "../dispatch/vectors.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";
import { equal } from "../elementwise/elementwise.ts";
import { requireFloat } from "../elementwise/float16.ts";
import { select } from "../elementwise/select.ts";
import { lowerFill } from "./copy.ts";
import { permute, reshape } from "./layout.ts";

type Embedding = { readonly indices: Value; readonly table: Value };

/** Options of `embedding`. */
export interface EmbedOptions {
  /** An index whose row gets no gradient; none unless given. */
  readonly paddingIndex?: number;
}

const embeddingOp: Op<EmbedOptions, Embedding> = {
  name: "embedding",
  gradient: ({ inputs: { indices, table }, attributes: { paddingIndex } }, { y: g }) => ({
    table() {
      const picked = paddingIndex === undefined ? indices : select(equal(indices, paddingIndex), -1, indices);
      return applyOne(embeddingBackwardOp, { indices: picked, g }, null, table);
    },
  }),
  vectorize: ({ attributes }, { indices, table }, stacked) =>
    stacked.table ? null : { y: embedding(indices, table, attributes) },
  permuted({ inputs: { indices, table }, attributes }, order) {
    if (order.at(-1) !== indices.rank) return null;
    return embedding(permute(indices, order.slice(0, -1)), table, attributes);
  },
  ranges: ({ inputs: { indices, table } }) => [
    {
      input: indices,
      what: "embedding index",
      maximum: (table.shape[0] as number) - 1,
      remedy: "check the vocabulary",
    },
  ],
  lower({ inputs: { indices, table }, outputs }, to) {
    const y = to.output(outputs.y);
    const [v, e] = table.shape as [number, number];
    const stored = to.stored(table);
    const vectors = inVectors(e, stored, y);
    const rows = vectors ? stored : to.slot(table);
    const variant = rows.dtype === "float16" ? "vec4_float16" : "vec4";
    to.dispatch({
      kernel: kernels.embedding_forward,
      ...(vectors ? { variant } : {}),
      bind: { indices: to.slot(indices), table: rows, y },
      params: { n: sizeOf(indices.shape), v, e },
      workgroups: linearWorkgroups(sizeOf(y.shape) / (vectors ? LANES : 1)),
      // of the table only the rows that are picked
      bytes:
        BYTES_PER_ELEMENT * (sizeOf(indices.shape) + sizeOf(y.shape)) + bytesPerElement(rows.dtype) * sizeOf(y.shape),
    });
  },
};

/** Looks at an index up to which looking through all of them is no more work than three dispatches more. */
export const FEW_READS = 2 ** 16;

/** Positions that share a mark: `BLOCK` of the kernels. */
const MARKED_BLOCK = 64;

/** What a gradient of a table is made of. */
type Picked = { readonly indices: Value; readonly g: Value };

const embeddingBackwardOp: Op<null, Picked> = {
  name: "embeddingBackward",
  vectorize({ outputs: { y } }, inputs, stacked, length) {
    if (!stacked.indices || !stacked.g) return null;
    return { y: applyOne(embeddingTablesOp, inputs, null, { shape: [length, ...y.shape], dtype: "float32" }) };
  },
  vectorizeSum({ outputs: { y } }, { indices, g }, stacked) {
    if (!stacked.indices || !stacked.g) return null;
    const flat = { indices: reshape(indices, [-1]), g: reshape(g, [-1, y.shape[1] as number]) };
    return applyOne(embeddingBackwardOp, flat, null, y);
  },
  lower({ inputs, outputs }, to) {
    lowerTable(to, to.slot(inputs.indices), to.slot(inputs.g), to.output(outputs.y));
  },
};

/** The gradient of a table [entries, e] of which `indices` [n] picked rows, from those of the rows [n, e]. */
export const tableGradient = (indices: Value, rows: Value, entries: number): Value =>
  applyOne(embeddingBackwardOp, { indices, g: rows }, null, {
    shape: [entries, rows.shape[1] as number],
    dtype: "float32",
  });

/** A table's gradient for each step by itself: indices [T, ...], d_y [T, ..., e] → [T, v, e]. */
const embeddingTablesOp: Op<null, Picked> = {
  name: "embeddingTables",
  lower({ inputs, outputs }, to) {
    const { indices, g: d_y } = to.slots(inputs);
    const tables = to.output(outputs.y);
    const stepOf = (slot: Slot, t: number): Slot => {
      const shape = slot.shape.slice(1);
      return { ...slot, shape, offset: slot.offset + t * sizeOf(shape) };
    };
    for (let t = 0; t < (tables.shape[0] as number); t++) {
      lowerTable(to, stepOf(indices, t), stepOf(d_y, t), stepOf(tables, t));
    }
  },
};

/**
 * Where little is to be read, each element of the table looks through all positions; else positions are chained by index, and
 * marks of which block holds which index keep the search for the next one short.
 */
function lowerTable(to: Lowering, indices: Slot, d_y: Slot, d_table: Slot): void {
  const [v, e] = d_table.shape as [number, number];
  const n = sizeOf(indices.shape);
  const lanes = inVectors(e, d_y, d_table) ? LANES : 1;
  const variant = lanes === 1 ? {} : { variant: "vec4" };
  if ((n * v * e) / lanes <= FEW_READS) {
    const workgroups = linearWorkgroups((v * e) / lanes);
    const bind = { indices, d_y, d_table };
    to.dispatch({ kernel: kernels.embedding_backward, ...variant, bind, params: { n, v, e }, workgroups });
    return;
  }
  const links = to.temporary([n, 2], "int32", "embedding links");
  const words = Math.ceil(n / (32 * MARKED_BLOCK));
  const marks = to.temporary([v, words], "uint32", "embedding marks");
  const workgroups = linearWorkgroups(n);
  const params = { n, v, words };
  lowerFill(to, marks, 0);
  to.dispatch({ kernel: kernels.embedding_marks, bind: { indices, marks }, params, workgroups });
  to.dispatch({ kernel: kernels.embedding_links, bind: { indices, marks, links }, params, workgroups });
  lowerFill(to, d_table, 0);
  to.dispatch({
    kernel: kernels.embedding_backward_linked,
    ...variant,
    bind: { indices, links, d_y, d_table },
    params: { n, v, e },
    workgroups: linearWorkgroups((n * e) / lanes),
  });
}

/**
 * Rows of `table` [v, e] (float32 or float16) picked by `indices` (int32, any shape) → [..., e]. A negative index gives zeros.
 * The backward pass adds rows in a fixed order, without atomics.
 */
export function embedding(indices: Value, table: Value, options: EmbedOptions = {}): Value {
  requireValues("embedding", { indices, table });
  checkOptions<EmbedOptions>("embedding", options, { paddingIndex: countOrZero });
  if (indices.dtype !== "int32") throw new DtypeError(`embedding: indices are ${indices.dtype}, expected int32`);
  requireFloat("embedding", "table", table);
  if (table.rank !== 2) {
    throw new ShapeError(`embedding: table has shape ${formatShape(table.shape)}, expected [entries, features]`);
  }
  const shape = [...indices.shape, table.shape[1] as number];
  return applyOne(embeddingOp, { indices, table }, options, { shape, dtype: "float32" });
}
