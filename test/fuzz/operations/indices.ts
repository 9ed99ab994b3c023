import { type Builder, type Choices, type Known, Reject, ref } from "../builder.ts";
import { axisOf, normal, rank } from "./support.ts";

/** Indices that there are, or new ones. */
function indices(b: Builder, c: Choices, entries: number): Known {
  if (c.flag()) {
    try {
      return b.pick(c, (x) => x.dtype === "int32" && x.shape.length < 4 && x.data.every((i) => i < entries));
    } catch (error) {
      if (!(error instanceof Reject)) throw error;
    }
  }
  return b.ints(b.shape(c, 1 + c.next(2)), c.flag() ? -1 : 0, entries - 1);
}

export function embedding(b: Builder, c: Choices): void {
  const table = c.flag() ? b.float(c, rank(2, 2)) : b.input([2 + b.size(c), b.size(c)]);
  b.one("embedding", ref(indices(b, c, table.x.shape[0] as number)), ref(table));
}

export function argmax(b: Builder, c: Choices): void {
  const x = b.float(c, rank(1));
  b.one("argmax", ref(x), axisOf(c, x));
}

/** The largest numbers, vectors of indices, and what lies at indices. */
export function places(b: Builder, c: Choices): void {
  const kind = c.next(4);
  if (kind === 0) {
    const classes = b.size(c);
    b.one("oneHot", ref(indices(b, c, classes)), classes);
    return;
  }
  const x = b.float(c, rank(1));
  const axis = axisOf(c, x);
  const extent = x.x.shape.at(axis) as number;
  if (kind === 1) {
    b.one("take", ref(x), ref(b.ints(b.shape(c, 1 + c.next(2)), -extent, extent - 1)), axis);
    return;
  }
  if (kind === 2) {
    const shape = x.x.shape.map((other, i) => (i === normal(axis, x) ? b.size(c) : c.next(4) === 1 ? 1 : other));
    b.one("takeAlongAxis", ref(x), ref(b.ints(shape, -extent, extent - 1)), axis);
    return;
  }
  b.emit("largest", [ref(x), 1 + c.next(extent), axis]);
}
