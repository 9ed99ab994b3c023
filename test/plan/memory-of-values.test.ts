// Where values lie while a graph is lowered: slots, copies of float16, loops, state in place, choices. Without a GPU.

import { describe, expect, test } from "vitest";
import { DataError, OutOfMemoryError } from "../../src/errors.ts";
import { applyOne } from "../../src/graph/apply.ts";
import { ConstantValue } from "../../src/graph/leaves.ts";
import type { Slot } from "../../src/graph/lowering.ts";
import { float32 } from "../../src/graph/shape.ts";
import type { Op } from "../../src/graph/value.ts";
import { type Node, Value } from "../../src/graph/value.ts";
import { kernels } from "../../src/kernels/generated/all.ts";
import { LoweringContext } from "../../src/plan/lowering.ts";
import { align } from "../../src/plan/virtual-memory.ts";
import { adapterOf, hyper, input } from "./support.ts";

const context = (settled?: ReadonlyMap<string, string>, measured?: ReadonlyMap<string, string>) =>
  new LoweringContext({ ...adapterOf(), ...(measured ? { measured } : {}) }, hyper, settled);
const kernelsOf = (to: LoweringContext) => to.dispatches.map(({ kernel }) => kernel);

test("sizes are rounded up to runs of four words, float16 by halves", () => {
  expect([0, 1, 4, 5].map(align)).toEqual([0, 4, 4, 8]);
  const to = context();
  const words = (size: number, dtype: "float32" | "float16" | "int32") =>
    to.memory.buffers[to.temporary([size], dtype, "x").buffer]?.elements;
  expect([words(4, "float32"), words(5, "int32"), words(8, "float16"), words(9, "float16")]).toEqual([4, 8, 4, 8]);
  const place = { label: "p", elements: 64 };
  expect(to.external(place, 12, [2]).offset).toBe(12);
  expect(to.external(place, 12, [2], "float16").offset).toBe(24);
  expect(to.external(place, 0, [2]).buffer).toBe(to.external(place, 4, [2]).buffer);
  expect(to.external({ ...place }, 0, [2]).buffer).not.toBe(to.external(place, 0, [2]).buffer);
});

test("the largest buffer is the smaller of both limits, and no larger", () => {
  const limits = (binding: number, buffer: number) =>
    new LoweringContext(
      {
        ...adapterOf(),
        limits: { ...adapterOf().limits, maxStorageBufferBindingSize: binding, maxBufferSize: buffer },
      },
      hyper,
    );
  for (const to of [limits(1024, 4096), limits(4096, 1024)]) {
    expect(() => to.temporary([256], "float32", "x")).not.toThrow();
    expect(() => to.temporary([257], "float32", "x")).toThrow(OutOfMemoryError);
    expect(() => to.own("input", [257], "float32", "input x")).toThrow(/^plan: input x needs 0\.0 MiB in one buffer/);
  }
});

describe("slots", () => {
  test("of constants are made once, side by side, in one buffer", () => {
    const to = context();
    const [a, b] = [3, 5].map((n) => new ConstantValue(new Float32Array(n), float32([n]))) as unknown as [Value, Value];
    const places = [a, b, a].map((each) => to.slot(each)).map(({ buffer, offset }) => [buffer, offset]);
    expect(places).toEqual([
      [1, 0],
      [1, 4],
      [1, 0],
    ]);
    expect(to.memory.buffers[1]).toMatchObject({ kind: "constant", elements: 12 });
    expect(to.memory.constants.map(({ offset }) => offset)).toEqual([0, 4]);
  });

  test("of what has no memory are refused by name", () => {
    const to = context();
    const x = input([2]);
    expect(() => to.slot(x)).toThrow(`lowering: input ${x.name} [2] has no memory`);
    expect(() => to.slot(applyOne({ name: "op", lower() {} }, { x }, null, float32([2])))).toThrow(
      "op [2] has no memory",
    );
  });

  test("of float16 are float32 copies, made once, but stored ones are as they are", () => {
    const to = context();
    const half = new Value({ shape: [6], dtype: "float16" });
    to.place(half, to.temporary([6], "float16", "half"));
    expect(to.stored(half).dtype).toBe("float16");
    const wide = to.slot(half);
    expect(wide).toMatchObject({ dtype: "float32", shape: [6], offset: 0 });
    expect(to.slot(half)).toBe(wide);
    expect(to.dispatches).toHaveLength(1);
    // what a loop binds anew is copied anew
    const body = { nodes: [] as Node[] };
    const inner = new Value({ shape: [6], dtype: "float16" });
    const op: Op<null, { readonly x: Value }> = { name: "op", lower: ({ inputs }, here) => void here.slot(inputs.x) };
    body.nodes.push(applyOne(op, { x: inner }, null, float32([6])).node as Node);
    for (let i = 0; i < 3; i++) to.inline(body, i, new Map([[inner, to.stored(half)]]), new Map());
    expect(to.dispatches).toHaveLength(4);
  });

  test("of outputs are where they are wanted, and the same when asked again", () => {
    const to = context();
    const [x, y] = [input([4]), input([4])];
    const wanted = to.temporary([4], "float32", "wanted");
    to.setDestinations(new Map([[x, wanted]]));
    expect(to.output(x)).toBe(wanted);
    expect(to.slot(x)).toBe(wanted);
    expect(to.output(y)).toBe(to.output(y));
    expect(to.output(y)).not.toBe(wanted);
    // a view is copied to where it is wanted, else it costs nothing
    const view = to.temporary([4], "float32", "view");
    to.alias(x, view);
    expect([kernelsOf(to), to.slot(x)]).toEqual([["copy_vectors"], wanted]);
    to.alias(y, view);
    expect([to.dispatches.length, to.slot(y)]).toEqual([1, view]);
  });

  test("copies want equal shapes", () => {
    const to = context();
    const slot = (shape: number[]) => to.temporary(shape, "float32", "x");
    expect(() => to.copy(slot([2, 3]), slot([3, 2]))).toThrow("copy of [2, 3] to [3, 2]");
    to.copy(slot([2, 3]), slot([2, 3]));
    expect(to.dispatches[0]?.params).toMatchObject({ size: 6 });
  });
});

describe("state that is overwritten", () => {
  const at = (to: LoweringContext, offset: number, size: number): Slot => to.external(place, offset, [size]);
  const place = { label: "state", elements: 64 };
  const write: Op<null> = { name: "write", lower() {} };

  test.each([
    ["the same", 16, 8, true],
    ["behind it", 24, 4, false],
    ["before it", 8, 8, false],
    ["over its beginning", 12, 5, true],
    ["over its end", 23, 4, true],
    ["around it", 0, 64, true],
    ["within it", 18, 2, true],
  ])("what lies %s cannot be read any more: %i + %i is %s", (_, offset, size, gone) => {
    const to = context();
    const [state, other] = [input([8]), input([size])];
    to.place(state, at(to, 16, 8));
    to.place(other, at(to, offset, size));
    to.holdsState(to.slot(state));
    const next = applyOne(write, { x: state }, null, float32([8]));
    const slot = to.overwrite(state, next);
    expect(slot).toMatchObject({ offset: 16, shape: [8] });
    expect(to.slot(next)).toBe(slot);
    expect(to.dispatches).toHaveLength(0);
    expect(() => to.slot(state)).toThrow(DataError);
    if (gone) expect(() => to.slot(other)).toThrow(/is read after write wrote it in place/);
    else expect(to.slot(other).offset).toBe(offset);
  });

  test("another buffer stays", () => {
    const to = context();
    const [state, other] = [input([8]), input([8])];
    to.place(state, at(to, 0, 8));
    to.place(other, to.temporary([8], "float32", "other"));
    to.holdsState(to.slot(state));
    to.overwrite(state, applyOne(write, { x: state }, null, float32([8])));
    expect(() => to.slot(other)).not.toThrow();
  });

  test("it is copied where it is no state, or its new value is wanted elsewhere", () => {
    const to = context();
    const [plain, state] = [input([8]), input([8])];
    to.place(plain, at(to, 0, 8));
    const copy = to.overwrite(plain, applyOne(write, { x: plain }, null, float32([8])));
    expect(copy.buffer).not.toBe(to.slot(plain).buffer);
    to.place(state, to.external({ label: "other", elements: 8 }, 0, [8]));
    to.holdsState(to.slot(state));
    const [next, wanted] = [applyOne(write, { x: state }, null, float32([8])), to.temporary([8], "float32", "wanted")];
    to.setDestinations(new Map([[next, wanted]]));
    expect(to.overwrite(state, next)).toBe(wanted);
    expect(kernelsOf(to)).toEqual(["copy_vectors", "copy_vectors"]);
  });
});

describe("loops", () => {
  test("use the same temporaries in every iteration, one for each that a node asks for", () => {
    const to = context();
    const seen: number[][] = [];
    const iterations: number[] = [];
    const op: Op<null> = {
      name: "op",
      lower({ outputs: { y } }, here) {
        iterations.push(here.iteration);
        seen.push([0, 1].map(() => here.temporary([4], "float32", "t").buffer));
        here.output(y);
      },
    };
    const nodes = [0, 1].map(() => applyOne(op, {}, null, float32([4])).node as Node);
    const body = { nodes };
    for (const i of [3, 4]) to.inline(body, i, new Map(), new Map());
    expect(iterations).toEqual([3, 3, 4, 4]);
    expect(to.iteration).toBe(0);
    const [a, b, c, d] = seen as [number[], number[], number[], number[]];
    expect([c, d]).toEqual([a, b]);
    expect(new Set([...a, ...b]).size).toBe(4);
    // outside of loops each is new
    for (const node of [nodes[0], nodes[0]] as Node[]) to.lower(node);
    expect(new Set(seen.slice(4).flat()).size).toBe(4);
    // outputs of a loop's body are its own, also for those who look afterwards
    const [first] = (nodes[1] as Node).results;
    expect(() => to.slot(first as Value)).toThrow("has no memory");
  });

  test("inside of loops leave the outer one's temporaries as they were", () => {
    const to = context();
    const seen: number[][] = [];
    const inner: Op<null> = { name: "inner", lower: (_, here) => void here.temporary([4], "float32", "t") };
    const body = { nodes: [applyOne(inner, {}, null, float32([4])).node as Node] };
    const outer: Op<null> = {
      name: "outer",
      lower(_, here) {
        const before = here.temporary([4], "float32", "t").buffer;
        here.inline(body, 7, new Map(), new Map());
        expect(here.iteration).toBeLessThan(2);
        seen.push([before, here.temporary([4], "float32", "t").buffer]);
      },
    };
    const loop = { nodes: [applyOne(outer, {}, null, float32([4])).node as Node] };
    for (const i of [0, 1]) to.inline(loop, i, new Map(), new Map());
    expect(seen[1]).toEqual(seen[0]);
    expect(new Set(seen[0]).size).toBe(2);
  });

  test("see what is outside, and their own bindings before it", () => {
    const to = context();
    const [outside, bound] = [input([4]), input([4])];
    const slots = [0, 1, 2].map(() => to.temporary([4], "float32", "x")) as [Slot, Slot, Slot];
    to.place(outside, slots[0]);
    to.place(bound, slots[1]);
    const seen: Slot[] = [];
    const op: Op<null> = {
      name: "op",
      lower: ({ operands }, here) => void seen.push(...operands.map((x) => here.slot(x))),
    };
    const body = { nodes: [applyOne(op, { outside, bound }, null, float32([4])).node as Node] };
    to.inline(body, 0, new Map([[bound, slots[2]]]), new Map());
    expect(seen).toEqual([slots[0], slots[2]]);
    expect(to.slot(bound)).toBe(slots[1]);
  });

  test("destinations hold inside and those before them afterwards", () => {
    const to = context();
    const [inner, outer] = [input([4]), input([4])];
    const slots = [0, 1].map(() => to.temporary([4], "float32", "x")) as [Slot, Slot];
    to.setDestinations(new Map([[outer, slots[1]]]));
    const op: Op<null> = { name: "op", lower: (_, here) => void expect(here.output(inner)).toBe(slots[0]) };
    to.inline(
      { nodes: [applyOne(op, {}, null, float32([4])).node as Node] },
      0,
      new Map(),
      new Map([[inner, slots[0]]]),
    );
    expect(to.output(outer)).toBe(slots[1]);
    expect(to.output(inner)).not.toBe(slots[0]);
  });
});

test("each source that draws has a stream of its own, the same when asked again", () => {
  const to = context();
  const [a, b] = [{}, {}];
  expect([a, b, a, {}].map((source) => to.randomStream(source))).toEqual([0, 1, 0, 2]);
});

describe("choices", () => {
  const cost = { pipeline: "p", seconds: 1, compileSeconds: 1 };
  const run = (to: LoweringContext, options: { naive?: boolean; costs?: boolean; rule?: string } = {}) => {
    const taken: string[] = [];
    const way = (name: string) => () => void taken.push(name);
    to.choose({
      key: "key",
      ways: { fast: way("fast"), slow: way("slow") },
      rule: options.rule ?? "fast",
      ...(options.naive ? { naive: way("naive") } : {}),
      ...(options.costs ? { costs: { fast: cost, slow: cost } } : {}),
      assume: [{ slot: { buffer: 3, offset: 5, shape: [2, 4], dtype: "int32" }, value: 7 }],
    });
    return taken;
  };

  test("what was measured goes before what was settled, that before the rule", () => {
    const settled = new Map([["key", "slow"]]);
    expect(run(context())).toEqual(["fast"]);
    expect(run(context(settled))).toEqual(["slow"]);
    expect(run(context(settled, new Map([["key", "fast"]])))).toEqual(["fast"]);
    expect(run(context(undefined, new Map([["key", "slow"]])))).toEqual(["slow"]);
    expect(run(context(undefined, new Map([["other", "slow"]])))).toEqual(["fast"]);
    expect(run(context(undefined, new Map([["key", "naive"]])))).toEqual(["fast"]);
    expect(run(context(undefined, new Map([["key", "naive"]])), { naive: true })).toEqual(["naive"]);
    expect(() => run(context(), { rule: "none" })).toThrow("choose: key has no way none, only fast, slow");
  });

  test("are noted with what they were, and priced unless they were measured", () => {
    const to = context();
    run(to, { costs: true });
    expect(to.choices).toEqual([
      {
        key: "key",
        ways: ["fast", "slow"],
        rule: "fast",
        way: "fast",
        measured: false,
        start: 0,
        end: 0,
        assume: [{ buffer: 3, offset: 5, size: 8, value: 7 }],
      },
    ]);
    expect(to.priced.map(({ key }) => key)).toEqual(["key"]);
    const measured = context(undefined, new Map([["key", "slow"]]));
    run(measured, { costs: true });
    expect(measured.choices[0]).toMatchObject({ way: "slow", rule: "fast", measured: true });
    expect(measured.priced).toEqual([]);
    const free = context();
    run(free);
    expect(free.priced).toEqual([]);
  });
});

test("a dispatch has its bytes by the slots that it binds, unless they are said", () => {
  const to = context();
  const [x, y] = [to.temporary([6], "float32", "x"), to.temporary([6], "float32", "y")];
  const request = {
    kernel: kernels.elementwise_unary_numbers,
    variant: "tanh",
    bind: { x, y },
    params: { size: 6 },
    workgroups: [2],
  } as const;
  to.dispatch(request);
  to.dispatch({ ...request, bytes: 5, flops: 9, workgroups: [2, 3] });
  expect(to.dispatches.map(({ bytes, flops, workgroups }) => [bytes, flops, workgroups])).toEqual([
    [48, 0, [2, 1, 1]],
    [5, 9, [2, 3, 1]],
  ]);
});
