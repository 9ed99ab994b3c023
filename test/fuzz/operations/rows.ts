import { type Builder, type Choices, Reject, ref } from "../builder.ts";
import { axisOf, last, rank } from "./support.ts";

export function matmul(b: Builder, c: Choices): void {
  const a = b.float(c, rank(2, 4));
  const [transposeA, transposeB] = [c.next(4) === 1, c.flag()];
  const [rows, inner] = transposeA ? [last(a), a.x.shape.at(-2)] : [a.x.shape.at(-2), last(a)];
  const columns = b.size(c);
  const matrix = transposeB ? [columns, inner as number] : [inner as number, columns];
  const batched = c.next(3) === 1;
  const other = b.operand(c, batched ? [...a.x.shape.slice(0, -2), ...matrix] : matrix);
  if (!batched && transposeA && a.x.shape.length > 2 && (rows as number) < 1) throw new Reject();
  const bias = c.next(3) === 1 ? { bias: ref(b.operand(c, [columns])) } : {};
  b.one("matmul", ref(a), ref(other), { transposeA, transposeB, ...bias });
}

export function linear(b: Builder, c: Choices): void {
  const x = b.float(c, rank(1, 4));
  const out = b.size(c);
  const weight = b.operand(c, [out, last(x)]);
  b.one("linear", ref(x), ref(weight), ...(c.flag() ? [ref(b.operand(c, [out]))] : []));
}

export function reduce(b: Builder, c: Choices): void {
  const x = b.float(c, rank(1));
  const fn = c.of(["sum", "mean", "sum", "mean", "max", "min"]);
  const axes = x.x.shape.map((_, axis) => axis).filter(() => c.flag());
  const all = c.next(6) === 1;
  if (all) b.one(fn, ref(x));
  else b.one(fn, ref(x), axes.length > 0 ? axes : axisOf(c, x), { keepDims: c.flag() });
}

export function overAxis(b: Builder, c: Choices): void {
  const x = b.float(c, rank(1));
  const axis = c.flag() ? -1 : axisOf(c, x);
  const fn = c.of(["softmax", "logSoftmax", "maskedSoftmax", "cumsum"]);
  if (fn === "cumsum") {
    b.one(fn, ref(x), axis, { exclusive: c.flag(), reverse: c.flag() });
    return;
  }
  if (fn !== "maskedSoftmax") {
    b.one(fn, ref(x), axis);
    return;
  }
  b.one(fn, ref(x), ref(b.one("less", ref(b.input(x.x.shape)), 0.3)), axis);
}

export function norm(b: Builder, c: Choices): void {
  const x = b.float(c, (each) => rank(1)(each) && (each.shape.at(-1) as number) > 1);
  const own = () => ref(b.operand(c, [last(x)]));
  if (c.flag()) b.one("rmsNorm", ref(x), ...(c.flag() ? [own()] : []));
  else b.one("layerNorm", ref(x), ...(c.flag() ? [own(), own()] : []));
}

export function glu(b: Builder, c: Choices): void {
  const x = b.float(c, (each) => rank(1)(each) && (each.shape.at(-1) as number) % 2 === 0);
  b.one("glu", ref(x), c.of(["sigmoid", "silu", "gelu", "relu", "identity"]));
}
