// The reverse pass by itself: who is asked for what, and what is summed. Operations made up for it say how they were called.
import { describe, expect, test } from "vitest";
import { apply, applyOne, shortcut } from "../../src/graph/apply.ts";
import { vectorJacobianProduct } from "../../src/graph/gradient.ts";
import { float32, int32 } from "../../src/graph/shape.ts";
import { type Op, type Single, Value } from "../../src/graph/value.ts";
import { UnsupportedError } from "../../src/index.ts";

const spec = float32([2]);
const leaf = (of = spec) => new Value(of);

interface Call {
  readonly name: string;
  readonly given: readonly (Value | undefined)[];
  readonly needed: readonly boolean[];
}

type Values = { readonly values: readonly Value[] };
type Pair = { readonly a: Value; readonly b: Value };

/** An operation that gives each input a fresh gradient, whether or not it is needed. */
function recording<Outputs = Single>(
  name: string,
  calls: Call[],
  given: () => Value | undefined = () => leaf(),
): Op<null, Values, Outputs> {
  return {
    name,
    gradient({ inputs }, arriving, needed) {
      calls.push({ name, given: Object.values(arriving), needed: needed.values });
      return { values: inputs.values.map(given) };
    },
    lower() {},
  };
}

const applied = (op: Op<null, Values>, ...values: Value[]) => applyOne(op, { values }, null, spec);

const sums: [Value, Value, Value][] = [];
const add = (a: Value, b: Value) => {
  const sum = leaf();
  sums.push([a, b, sum]);
  return sum;
};

test("an input is needed where a source is behind it and it is of floats", () => {
  const calls: Call[] = [];
  const [x, y, indices] = [leaf(), leaf(), leaf(int32([2]))];
  const out = applied(recording("op", calls), x, y, indices);
  const cotangent = leaf();
  const [gx, gi, gy] = vectorJacobianProduct([out], [cotangent], [x, indices], add);
  expect(calls).toEqual([{ name: "op", given: [cotangent], needed: [true, false, false] }]);
  expect(gx).toBeInstanceOf(Value);
  expect([gi, gy]).toEqual([undefined, undefined]);
});

test("a gradient that is a function is called only where it is needed", () => {
  const [x, y] = [leaf(), leaf()];
  const made: string[] = [];
  const make = (name: string) => () => {
    made.push(name);
    return leaf();
  };
  const op: Op<null, Pair> = { name: "op", gradient: () => ({ a: make("a"), b: make("b") }), lower() {} };
  const out = applyOne(op, { a: x, b: y }, null, spec);
  expect(vectorJacobianProduct([out], [leaf()], [y], add)[0]).toBeInstanceOf(Value);
  expect(made).toEqual(["b"]);
});

test("nobody is asked where nothing flows or nothing is needed", () => {
  const calls: Call[] = [];
  const [x, y] = [leaf(), leaf()];
  const a = applied(recording("a", calls), x);
  const b = applied(recording("b", calls), y);
  expect(vectorJacobianProduct([a, b], [undefined, leaf()], [x], add)).toEqual([undefined]);
  expect(calls).toEqual([]);
  // a leaf that is an output itself
  const cotangent = leaf();
  expect(vectorJacobianProduct([x, y], [cotangent, leaf()], [x], add)).toEqual([cotangent]);
});

test("gradients that meet are summed in the order in which they come", () => {
  const calls: Call[] = [];
  sums.length = 0;
  const x = leaf();
  const op = recording("op", calls);
  const first = applied(op, x);
  const out = applied(op, x, first);
  const [gx] = vectorJacobianProduct([out], [leaf()], [x], add);
  expect(sums).toHaveLength(1);
  expect(gx).toBe(sums[0]?.[2]);
  expect(calls.map(({ given }) => given.length)).toEqual([1, 1]);
});

test("of several outputs each gets its own gradient", () => {
  const calls: Call[] = [];
  const x = leaf();
  const { a } = apply(recording<Pair>("pair", calls), { values: [x] }, null, { a: spec, b: spec });
  const cotangent = leaf();
  vectorJacobianProduct([a], [cotangent], [x], add);
  expect(calls[0]?.given).toEqual([cotangent, undefined]);
});

test("an operation may leave out a gradient; one of another shape is a fault of ours", () => {
  const calls: Call[] = [];
  const x = leaf();
  const none = applied(
    recording("none", calls, () => undefined),
    x,
  );
  expect(vectorJacobianProduct([none], [leaf()], [x], add)).toEqual([undefined]);
  const wrong = applied(
    recording("wrong", calls, () => leaf(float32([3]))),
    x,
  );
  expect(() => vectorJacobianProduct([wrong], [leaf()], [x], add)).toThrow(
    "gradient of leaf has shape [3], expected [2]",
  );
  expect(() => vectorJacobianProduct([wrong], [leaf(float32([1]))], [x], add)).toThrow(
    "gradient of wrong has shape [1], expected [2]",
  );
});

test("an operation without a gradient matters only on the way to a source", () => {
  const [x, y] = [leaf(), leaf()];
  const stuck = applied({ name: "stuck", lower() {} }, x);
  const out = applied(recording("out", []), stuck, y);
  expect(vectorJacobianProduct([out], [leaf()], [y], add)[0]).toBeInstanceOf(Value);
  expect(() => vectorJacobianProduct([out], [leaf()], [x], add)).toThrow(UnsupportedError);
});

describe("a source that is computed", () => {
  const make = () => {
    const calls: Call[] = [];
    const x = leaf();
    const middle = applied(recording("middle", calls), x);
    const out = applied(recording("out", calls), middle);
    return { calls, x, middle, out };
  };

  test("does not end the way to those behind it", () => {
    const { calls, x, middle, out } = make();
    const [gm, gx] = vectorJacobianProduct([out], [leaf()], [middle, x], add);
    expect(calls.map(({ name }) => name)).toEqual(["out", "middle"]);
    expect(calls[1]?.given).toEqual([gm]);
    expect(gx).toBeInstanceOf(Value);
  });

  test("ends it where partial derivatives are asked for", () => {
    const { calls, x, middle, out } = make();
    const [gm, gx] = vectorJacobianProduct([out], [leaf()], [middle, x], add, { partial: true });
    expect(calls.map(({ name }) => name)).toEqual(["out"]);
    expect(gm).toBeInstanceOf(Value);
    expect(gx).toBeUndefined();
  });

  test("is one of two outputs: the other goes on", () => {
    const calls: Call[] = [];
    const x = leaf();
    const { a, b } = apply(recording<Pair>("pair", calls), { values: [x] }, null, { a: spec, b: spec });
    const out = applied(recording("out", calls), a, b);
    const [ga, gx] = vectorJacobianProduct([out], [leaf()], [a, x], add, { partial: true });
    expect(ga).toBeInstanceOf(Value);
    expect(gx).toBeInstanceOf(Value);
    expect(calls[1]?.given[0]).toBeUndefined();
    expect(calls[1]?.given[1]).toBeInstanceOf(Value);
  });

  test("is seen where the way that computes reads behind it, and only there", () => {
    const calls: Call[] = [];
    const x = leaf();
    const middle = applied(recording("middle", calls), x);
    const direct = recording("direct", calls);
    const out = shortcut(applied(direct, x), recording("written", calls), { values: [middle] }, null);
    const names = (sources: readonly Value[], options = {}) => {
      calls.length = 0;
      const found = vectorJacobianProduct([out], [leaf()], sources, add, options);
      return [...calls.map(({ name }) => name), found.map((each) => each !== undefined)];
    };
    expect(names([middle])).toEqual(["written", [true]]);
    expect(names([middle, x])).toEqual(["written", "middle", [true, true]]);
    // nothing between them is asked for: the short way
    expect(names([x])).toEqual(["direct", [true]]);
    const unrelated = applied(recording("unrelated", calls), leaf());
    expect(names([x, unrelated])).toEqual(["direct", [true, false]]);
  });
});
