// State that programs carry: written in place where an operation can, else copied once, and never read too late.
import { describe, expect, test } from "vitest";
import { ArgumentError, DataError, DtypeError, ShapeError } from "../../src/errors.ts";
import type { InputValue } from "../../src/graph/leaves.ts";
import type { Value } from "../../src/graph/value.ts";
import { add, cachedAttention, cacheReorder, cacheWrite, mul, reshape, scan } from "../../src/index.ts";
import { buildProgram } from "../../src/plan/build.ts";
import type { Program } from "../../src/plan/program.ts";
import { adapterOf, hyper, input } from "./support.ts";

function build(
  updates: readonly (readonly [InputValue, Value])[],
  inputs: readonly InputValue[],
  outputs: Readonly<Record<string, Value>> = {},
): Program {
  const externals = new Map(updates.map(([state]) => [state as Value, { label: state.name, elements: 4096 }]));
  return buildProgram({
    adapter: adapterOf(),
    hyper,
    inputs,
    outputs,
    updates,
    locate: (leaf) => {
      const external = externals.get(leaf);
      return external && { external, offset: 0 };
    },
  });
}

/** What is dispatched: writes and reorders of caches by their names, others by the first word of theirs. */
const kernelsOf = ({ dispatches, pipelines }: Program): string[] =>
  dispatches.map(({ pipeline }) => {
    const name = pipelines[pipeline]?.kernel as string;
    return name.startsWith("cache_") ? name : (name.split("_")[0] as string);
  });

const at = () => input([2], "int32");
const rows = () => input([2, 1, 1, 8]);

describe("updates", () => {
  test("what is written in place is not copied, however often", () => {
    const [cache, x, p, q] = [input([2, 1, 4, 8]), rows(), at(), at()];
    const next = cacheWrite(cacheWrite(cache, x, p), x, q);
    expect(kernelsOf(build([[cache, next]], [x, p, q]))).toEqual(["cache_write", "cache_write"]);
  });

  test("state that stays as it is costs nothing, read or not", () => {
    const [read, unread, x] = [input([4]), input([4]), input([4])];
    const updates = [
      [read, read],
      [unread, unread],
    ] as const;
    expect(kernelsOf(build(updates, [x], { y: add(x, read) }))).toEqual(["elementwise"]);
  });

  test("other values are copied once", () => {
    const [state, x] = [input([4]), input([4])];
    expect(kernelsOf(build([[state, mul(state, x)]], [x]))).toEqual(["elementwise", "copy"]);
  });

  test("states that change places are read before either is written", () => {
    const [a, b] = [input([4]), input([4])];
    const program = build(
      [
        [a, b],
        [b, a],
      ],
      [],
    );
    expect(kernelsOf(program)).toEqual(new Array(4).fill("copy"));
  });

  test("what is no state is copied before it is written", () => {
    const [cache, x, p] = [input([2, 1, 4, 8]), rows(), at()];
    const program = build([], [cache, x, p], { old: add(cache, 1), next: cacheWrite(cache, x, p), same: cache });
    expect(kernelsOf(program).slice(0, 3)).toEqual(["elementwise", "copy", "cache_write"]);
  });

  test("inside a loop state is copied too", () => {
    const [cache, xs, p] = [input([2, 1, 4, 8]), input([3, 2, 1, 1, 8]), at()];
    const [, ys] = scan(xs, cache, (h, x) => {
      const next = cacheWrite(cache, x, p);
      return [add(h, next), next];
    });
    const program = build([[cache, cache]], [xs, p], { ys });
    const state = program.buffers.findIndex(({ label }) => label === cache.name);
    const writes = program.dispatches.filter(({ pipeline }) => program.pipelines[pipeline]?.kernel === "cache_write");
    expect(writes).toHaveLength(3);
    for (const { bindGroup } of writes) expect(program.bindGroups[bindGroup]?.buffers).not.toContain(state);
  });
});

test("an epilogue that may leave state as it was has it whole until it writes it", () => {
  const [cache, x, p] = [input([2, 1, 4, 8]), rows(), at()];
  const kernels: string[] = [];
  const program = buildProgram({
    adapter: adapterOf(),
    hyper,
    inputs: [cache, x, p],
    outputs: {},
    updates: [[cache, cacheWrite(cache, x, p)]],
    locate: () => undefined,
    epilogue: {
      stateInPlace: false,
      lower(to, _, state) {
        kernels.push(...to.dispatches.map(({ kernel }) => kernel));
        expect(state.values()).toHaveLength(1);
        state.write((from, target) => to.copy(from, target));
      },
    },
  });
  const target = program.inputs.get(cache.name)?.buffer;
  expect(kernels).toEqual(["copy_vectors", "cache_write"]);
  const written = program.dispatches.map(({ bindGroup }) =>
    program.bindGroups[bindGroup]?.buffers.includes(target ?? -1),
  );
  expect(written).toEqual([true, false, true]);
});

describe("state that is read after it was written in place", () => {
  const cases: readonly [what: string, trace: (cache: InputValue, x: Value, p: Value) => Record<string, Value>][] = [
    ["by an operation", (cache, x, p) => ({ next: cacheWrite(cache, x, p), late: mul(cache, 2) })],
    [
      "through a view",
      (cache, x, p) => {
        const view = reshape(cache, [64]);
        return { next: cacheWrite(cache, x, p), late: mul(view, 2) };
      },
    ],
    ["as an output", (cache, x, p) => ({ next: cacheWrite(cache, x, p), late: cache })],
    ["by another write", (cache, x, p) => ({ next: cacheWrite(cache, x, p), late: cacheReorder(cache, p) })],
  ];
  test.each(cases)("%s", (_, trace) => {
    const [cache, x, p] = [input([2, 1, 4, 8]), rows(), at()];
    const { next, ...outputs } = trace(cache, x, p);
    const action = () => build([[cache, next as Value]], [x, p], outputs);
    expect(action).toThrow(DataError);
    expect(action).toThrow(/cacheWrite wrote it in place, expected the new value from there on; use what cacheWrite/);
  });

  test("before it is right, and so is the new value after it", () => {
    const [cache, x, p] = [input([2, 1, 4, 8]), rows(), at()];
    const early = mul(cache, 2);
    const next = cacheWrite(cache, x, p);
    const program = build([[cache, next]], [x, p], { early, late: mul(next, 2) });
    expect(kernelsOf(program)).toEqual(["elementwise", "cache_write", "elementwise"]);
  });
});

describe("errors of caches", () => {
  const cache = input([2, 1, 4, 8]);
  test.each<[what: string, action: () => unknown, type: typeof ShapeError, ...parts: string[]]>([
    ["too many rows", () => cacheWrite(cache, input([2, 1, 5, 8]), at()), ShapeError, "5 positions", "capacity 4"],
    ["too wide rows", () => cacheWrite(cache, input([2, 1, 1, 9]), at()), ShapeError, "[2, 1, n, ≤ 8]"],
    ["rank", () => cacheWrite(input([4, 8]), rows(), at()), ShapeError, "cacheSpec"],
    ["positions", () => cacheWrite(cache, rows(), input([2])), DtypeError, "position", "int32"],
    ["one position", () => cacheWrite(cache, rows(), input([1], "int32")), ShapeError, "[batch] = [2]"],
    ["parents", () => cacheReorder(cache, input([3], "int32")), ShapeError, "parents", "[2]"],
    ["reorder of a matrix", () => cacheReorder(input([2, 3]), at()), ShapeError, "[batch, kvHeads, capacity, dim]"],
    ["features", () => cachedAttention(input([2, 2, 1, 16]), cache, cache), ShapeError, "[2, kvHeads, capacity, 16]"],
    ["heads", () => cachedAttention(input([2, 3, 1, 8]), input([2, 2, 4, 8]), cache), ShapeError, "divide 3"],
    ["values", () => cachedAttention(input([2, 1, 1, 8]), cache, input([2, 1, 5, 8])), ShapeError, "that of k"],
    ["queries", () => cachedAttention(input([2, 1, 5, 8]), cache, cache), ShapeError, "5 queries", "capacity 4"],
    ["lengths", () => cachedAttention(rows(), cache, cache, { lengths: input([2]) }), DtypeError, "lengths", "int32"],
    ["scale", () => cachedAttention(rows(), cache, cache, { scale: Number.NaN }), ArgumentError, "scale"],
  ])("%s", (_, action, type, ...parts) => {
    expect(action).toThrow(type);
    for (const part of parts) expect(action).toThrow(part);
  });
});
