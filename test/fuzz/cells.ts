/**
 * Random cells for `scan`, of which loops make kernels of their own: products of the carry and of what follows from it, functions of
 * elements, several states, steps that do not count.
 */
import type { NdArray } from "../reference/array.ts";
import { Builder, type Choices, type Known, type Operation, ref, refs } from "./builder.ts";

/** T, B, H: one, odd, around fours and around what a thread or a workgroup owns. */
const STEPS = [3, 2, 1, 4, 7];
const ROWS = [2, 1, 3, 5, 4, 9, 17, 33];
const UNITS = [4, 3, 8, 1, 5, 12, 2, 16, 20, 33];
/** Elements of a state. */
const LARGEST = 400;

const column = ({ x }: Known): number => x.shape[1] as number;
const sameShape = (like: Known) => (x: NdArray) => `${x.shape}` === `${like.x.shape}`;

/** A weight in 16 bits, which nothing but a product reads. */
function stored(b: Builder, shape: readonly number[], bound: number): Known {
  const weight = b.one("toFloat16", ref(b.halves(shape, bound)));
  b.visible.pop();
  return weight;
}

/** What stands in bodies whose states have so many units, as often as it stands in the list. */
const operationsOf = (units: number): readonly Operation[] => {
  const product: Operation = (b, c) => {
    const x = b.changing(c, (each) => (each.shape[1] as number) <= 3 * units);
    const blocks = c.of([1, 2, 1, 3, 4, 6]);
    const [k, n] = [column(x), blocks * units];
    const bound = 1 / Math.sqrt(k);
    const isTransposed = c.flag();
    const shape = isTransposed ? [n, k] : [k, n];
    const known = b.visible.filter((each) => b.inputs.has(each.id) && `${each.x.shape}` === `${shape}`);
    const kind = c.next(4);
    const weight =
      kind === 1
        ? stored(b, shape, bound)
        : kind === 2 && known.length > 0
          ? c.of(known)
          : b.input(shape, -bound, bound);
    const bias = c.next(3) === 1 ? b.input([n], -0.5, 0.5) : undefined;
    const y = isTransposed
      ? b.one("linear", ref(x), ref(weight), ...(bias ? [ref(bias)] : []))
      : b.one("matmul", ref(x), ref(weight), bias ? { bias: ref(bias) } : {});
    if (blocks > 1) b.emit("split", [ref(y), blocks, 1]);
  };

  const unary: Operation = (b, c) => {
    const x = ref(b.changing(c));
    const fn = c.of(
      "tanh sigmoid softplus silu gelu sin cos square relu abs neg elu leakyRelu hardSigmoid clamp exp".split(" "),
    );
    if (fn === "clamp") b.one(fn, x, -0.6, 0.7);
    else if (fn === "leakyRelu" || fn === "elu") b.one(fn, x, c.of([0.3, 0.01]));
    else b.one(fn, x);
  };

  /** Of the same shape, a row for all, a number for each row, or a number. */
  const partner = (b: Builder, c: Choices, x: Known) => {
    const kind = c.next(6);
    if (kind === 1) return ref(b.input([column(x)]));
    if (kind === 2) return ref(b.changing(c, ({ shape }) => shape[1] === 1 || `${shape}` === `${x.x.shape}`));
    if (kind === 3) return c.of([0.5, -1.5, 2]);
    return ref(b.changing(c, sameShape(x)));
  };

  const binary: Operation = (b, c) => {
    const x = b.changing(c);
    const fn = c.of("add mul sub maximum minimum add mul div".split(" "));
    b.one(fn, ref(x), partner(b, c, x));
  };

  const gate: Operation = (b, c) => {
    const x = b.changing(c);
    const z = b.one("sigmoid", ref(b.changing(c, sameShape(x))));
    const other = b.changing(c, sameShape(x));
    b.one("add", ref(b.one("mul", ref(z), ref(x))), ref(b.one("mul", ref(b.one("sub", 1, ref(z))), ref(other))));
  };

  const choice: Operation = (b, c) => {
    const x = b.changing(c);
    const condition = b.one(c.of(["less", "greaterEqual"]), ref(b.changing(c, sameShape(x))), c.of([0.1, -0.2]));
    b.one("select", ref(condition), ref(x), partner(b, c, x));
  };

  const columns: Operation = (b, c) => {
    const x = b.changing(c);
    // a step's input may have one row for all
    const fits = ({ shape }: NdArray) => shape[0] === x.x.shape[0];
    if (c.flag()) b.one("concat", refs([x, b.changing(c, fits)]), 1);
    else b.one("slice", ref(x), 1, c.next(column(x)));
  };

  /** What is neither product nor function of elements. */
  const overRow: Operation = (b, c) => {
    const x = b.changing(c);
    const fn = c.of(["softmax", "layerNorm", "sum"]);
    if (fn === "sum") b.one(fn, ref(x), 1, { keepDims: true });
    else b.one(fn, ref(x));
  };

  return [
    ...[product, gate, unary, binary, product, choice, product, binary],
    ...[product, gate, unary, binary, product, columns, product, binary, overRow],
  ];
};

/** A program that is one loop; `statements` decide what its body has, one each. */
export function cellProgram(data: number, c: Choices, statements: readonly Choices[]): Builder {
  const [steps, units] = [c.of(STEPS), c.of(UNITS)];
  const rows = c.of(ROWS.filter((each) => each * units <= LARGEST));
  const b = new Builder(data, operationsOf(units));
  const states = Array.from({ length: 1 + c.next(3) }, (_, i) => {
    const shape = [rows, i > 0 && c.next(4) === 1 ? c.of([1, 2 * units]) : units];
    return c.next(4) === 1 ? b.one("zeros", shape) : b.input(shape);
  });
  const blocks = Array.from({ length: 1 + c.next(2) }, () => c.of([1, 1, 3, 4]));
  const xs = blocks.map((count) => b.input([steps, c.next(6) === 1 ? 1 : rows, count * units]));
  // each step of each row counts or not
  const mask = c.next(3) === 1 ? b.input([steps, rows, 1]) : undefined;
  const firstStep = ({ shape, data: numbers }: NdArray): NdArray => ({
    shape: shape.slice(1),
    data: numbers.slice(0, numbers.length / steps),
    dtype: "float32",
  });
  const sliced = [...xs, ...(mask ? [mask] : [])];
  const like = [...states.map(({ x }) => x), ...sliced.map(({ x }) => firstStep(x))];
  const body = b.inside(
    c,
    like,
    (own, made) => {
      const counts = mask && b.one("greater", ref(own.at(-1) as Known), -0.3);
      const next = states.map((_, i) => {
        const before = own[i] as Known;
        const fits = made().filter(({ id, x }) => sameShape(before)(x) && (states.length > 1 || id !== before.id));
        const candidate = c.of(fits.reverse());
        const kind = c.next(4);
        // else it may grow from step to step
        const leaky = () => b.one("add", ref(candidate), ref(b.one("mul", ref(before), 0.5)));
        const after = kind === 1 ? b.one("tanh", ref(leaky())) : kind === 2 ? candidate : b.one("tanh", ref(candidate));
        return counts ? b.one("select", ref(counts), ref(after), ref(before)) : after;
      });
      const outputs = Array.from({ length: 1 + c.next(2) }, () => c.of(made().reverse()));
      return [...next, ...outputs];
    },
    statements,
  );
  const options = { reverse: c.next(3) === 1, ...(c.next(5) === 1 ? { checkpointEvery: 2 } : {}) };
  b.emit("scan", [refs(sliced), refs(states), options], body);
  return b;
}
