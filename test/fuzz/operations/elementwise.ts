import { type Builder, type Choices, ref } from "../builder.ts";

const smooth = ["tanh", "sigmoid", "sin", "cos", "square", "softplus", "silu", "gelu", "exp", "neg"];
const kinked = ["relu", "abs", "leakyRelu", "sign", "elu", "hardSigmoid"];
const positive = ["log", "sqrt", "rsqrt", "reciprocal"];

export function unary(b: Builder, c: Choices): void {
  const x = b.float(c);
  const kind = c.next(8);
  if (kind < 5) b.one(c.of(smooth), ref(x));
  else if (kind === 5) b.one(c.of(kinked), ref(x));
  else if (kind === 6) b.one(c.of(positive), ref(b.one("add", ref(b.one("square", ref(x))), 0.5)));
  else if (c.flag()) b.one("clamp", ref(x), -0.4, 0.6);
  else b.one("gelu", ref(x), "tanh");
}

/** A shape that broadcasts with this one. */
function partner(c: Choices, shape: readonly number[]): number[] {
  const kind = c.next(5);
  if (kind < 2) return [...shape];
  if (kind === 2) return shape.slice(c.next(shape.length + 1));
  if (kind === 3) return shape.map((extent) => (c.flag() ? 1 : extent));
  return [...(shape.length < 4 ? [c.of([2, 3])] : []), ...shape];
}

export function binary(b: Builder, c: Choices): void {
  const x = b.float(c);
  const kind = c.next(10);
  if (kind === 0) {
    b.one(
      c.of(["add", "sub", "mul", "div"]),
      ...(c.flag() ? [ref(x), c.of([2, 0.5, -1.5])] : [c.of([2, -0.5]), ref(x)]),
    );
    return;
  }
  const y = b.operand(c, partner(c, x.x.shape));
  const sides = c.flag() ? [ref(y), ref(x)] : [ref(x), ref(y)];
  if (kind === 7) b.one("div", ref(x), ref(b.one("add", ref(b.one("square", ref(y))), 0.5)));
  else if (kind === 8) b.one(c.of(["maximum", "minimum"]), ...sides);
  else if (kind === 9) b.one("pow", ref(b.one("add", ref(b.one("square", ref(x))), 0.5)), c.flag() ? ref(y) : 3);
  else b.one(c.of(["mul", "add", "sub"]), ...sides);
}

export function select(b: Builder, c: Choices): void {
  const x = b.float(c);
  const condition = b.one(
    c.of(["less", "lessEqual", "greater", "greaterEqual"]),
    ref(x),
    ref(b.operand(c, partner(c, x.x.shape))),
  );
  b.one("select", ref(condition), ref(b.operand(c, condition.x.shape)), c.flag() ? ref(x) : 0.5);
}
