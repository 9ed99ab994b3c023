import { sizeOf } from "../../reference/array.ts";
import { type Builder, type Choices, Reject, ref, refs } from "../builder.ts";
import { axisOf, normal, rank } from "./support.ts";

/** Moves of elements, of whichever type. */
export function move(b: Builder, c: Choices): void {
  const x = b.pick(c, rank(1));
  const { shape } = x.x;
  const axis = axisOf(c, x);
  const extent = shape[normal(axis, x)] as number;
  switch (c.next(9)) {
    case 0:
    case 1: {
      const order = shape.map((_, i) => i);
      for (let i = order.length - 1; i > 0; i--) {
        const j = c.next(i + 1);
        [order[i], order[j]] = [order[j] as number, order[i] as number];
      }
      b.one("permute", ref(x), order);
      return;
    }
    case 2:
    case 3: {
      const factors: number[] = [];
      let rest = sizeOf(shape);
      for (const factor of [2, 3, 4, 5]) {
        if (rest % factor === 0 && c.flag()) {
          factors.push(factor);
          rest /= factor;
        }
      }
      factors.splice(c.next(factors.length + 1), 0, c.flag() ? -1 : rest);
      if (c.next(4) === 1) factors.splice(c.next(factors.length + 1), 0, 1);
      b.one("reshape", ref(x), factors);
      return;
    }
    case 4: {
      const start = c.next(extent);
      b.one("slice", ref(x), axis, start, start + 1 + c.next(extent - start));
      return;
    }
    case 5:
      b.one("flip", ref(x), axis);
      return;
    case 6:
      b.one("transpose", ref(b.pick(c, rank(2))));
      return;
    case 7:
      b.one("squeeze", ref(x));
      return;
    default: {
      if (extent < 2) throw new Reject();
      const first = 1 + c.next(extent - 1);
      b.emit("split", [ref(x), [first, extent - first], axis]);
    }
  }
}

export function join(b: Builder, c: Choices): void {
  const x = b.float(c, rank(0, 4));
  const others = Array.from({ length: 1 + c.next(2) }, () => b.operand(c, x.x.shape));
  const list = c.flag() ? [x, ...others] : [...others, x];
  if (c.flag() && x.x.shape.length > 0) b.one("concat", refs(list), axisOf(c, x));
  else b.one("stack", refs(list), c.next(x.x.shape.length + 1));
}

export function broadcast(b: Builder, c: Choices): void {
  const x = b.float(c, rank(0, 3));
  const target = x.x.shape.map((extent) => (extent === 1 ? c.of([3, 2]) : extent));
  b.one("broadcastTo", ref(x), c.flag() ? [c.of([2, 3]), ...target] : target);
}
