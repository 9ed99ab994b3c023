// Which elements of which inputs must lie in which ranges, inferred from what they index.
import { describe, expect, test } from "vitest";
import type { Value } from "../../src/graph/value.ts";
import {
  add,
  argmax,
  broadcastTo,
  checkpoint,
  concat,
  embedding,
  flip,
  losses,
  maskSteps,
  matmul,
  nn,
  permute,
  reshape,
  scan,
  slice,
  split,
  stack,
  stopGradient,
  sum,
  transpose,
} from "../../src/index.ts";
import { input, plan } from "./support.ts";

const indices = input([2, 3], "int32");
const other = input([2, 3], "int32");
const table = (entries: number) => input([entries, 4]);

/** Of each element of an input: the largest valid value of all ranges; absent where none holds. */
function maxima(make: (tables: (entries: number) => Value) => Value, of = indices): (number | null)[] {
  const given = [indices, other];
  const output = make((entries) => {
    const made = table(entries);
    given.push(made);
    return made;
  });
  const ranges = plan({ output }, given).inputs.get(of.name)?.ranges ?? [];
  return Array.from({ length: 6 }, (_, i) => {
    const valid = ranges.filter(({ where }) => !where || where[i]).map(({ maximum }) => maximum);
    return valid.length > 0 ? Math.min(...valid) : null;
  });
}

const all = (maximum: number) => new Array<number>(6).fill(maximum);

describe("a range gets to the elements that it is for", () => {
  test.each<[string, (x: Value, other: Value) => Value, (number | null)[]]>([
    ["as it is", (x) => x, all(4)],
    ["reshape", (x) => reshape(x, [3, 2]), all(4)],
    ["permute", (x) => permute(x, [1, 0]), all(4)],
    ["flip", (x) => flip(x, 1), all(4)],
    ["stopGradient", (x) => stopGradient(x), all(4)],
    ["broadcast", (x) => broadcastTo(x, [5, 2, 3]), all(4)],
    ["slice", (x) => slice(x, 1, 1, 2), [null, 4, null, null, 4, null]],
    ["slice of rows", (x) => slice(x, 0, 1), [null, null, null, 4, 4, 4]],
    ["slice of a transpose", (x) => slice(transpose(x), 0, 2), [null, null, 4, null, null, 4]],
    ["flip of a slice", (x) => flip(slice(x, 1, 0, 2), 1), [4, 4, null, 4, 4, null]],
    ["slice of a flip", (x) => slice(flip(x, 1), 1, 0, 1), [null, null, 4, null, null, 4]],
    ["slice of a reshape", (x) => slice(reshape(x, [3, 2]), 0, 2), [null, null, null, null, 4, 4]],
    ["one part of split", (x) => split(x, [1, 2], 1)[1] as Value, [null, 4, 4, null, 4, 4]],
    ["concat", (x, other) => concat([other, x], 1), all(4)],
    ["slice of a concat", (x, other) => slice(concat([other, x], 1), 1, 2, 4), [4, null, null, 4, null, null]],
    ["the other side of a concat", (x, other) => slice(concat([other, x]), 0, 0, 2), new Array(6).fill(null)],
    ["stack", (x, other) => stack([x, other], 1), all(4)],
    [
      "a value twice",
      (x) => concat([slice(x, 0, 0, 1), slice(x, 1, 2, 3)].map((y) => reshape(y, [-1]))),
      [4, 4, 4, null, null, 4],
    ],
  ])("%s", (_, moved, expected) => {
    expect(maxima((tables) => embedding(moved(indices, other), tables(5)))).toEqual(expected);
  });

  test("the other operand of concat and stack, too", () => {
    expect(maxima((tables) => embedding(concat([indices, other]), tables(5)), other)).toEqual(all(4));
    expect(maxima((tables) => embedding(stack([indices, other]), tables(5)), other)).toEqual(all(4));
  });

  test("what is computed or masked is not the input's any more", () => {
    expect(maxima((tables) => embedding(argmax(embedding(indices, tables(9))), tables(2)))).toEqual(all(8));
    const lengths = input([3], "int32");
    const output = embedding(maskSteps(indices, lengths), table(5));
    const leaves = output.node?.operands.slice(1) as never;
    expect(plan({ output }, [indices, lengths, ...leaves]).inputs.get(indices.name)?.ranges).toBeUndefined();
  });
});

describe("one input that is asked twice", () => {
  test("two tables: the smaller one's range, in whatever order", () => {
    for (const [a, b] of [
      [5, 9],
      [9, 5],
    ] as const) {
      expect(maxima((tables) => add(embedding(indices, tables(a)), embedding(indices, tables(b))))).toEqual(all(4));
    }
  });

  test("what another range implies is not checked again", () => {
    const ranges = (sizes: number[], part = indices as Value) => {
      const tables = sizes.map(table);
      const outputs = Object.fromEntries(
        tables.map((each, i) => [`y${i}`, embedding(i === 0 ? part : indices, each)] as const),
      );
      const found = plan(outputs, [indices, ...tables]).inputs.get(indices.name)?.ranges ?? [];
      return found.map(({ maximum, where }) => [maximum, where && [...where]]);
    };
    expect(ranges([5, 9])).toEqual([[4, undefined]]);
    expect(ranges([9, 5])).toEqual([[4, undefined]]);
    expect(ranges([5, 5])).toEqual([[4, undefined]]);
    const [first, marks] = [slice(indices, 0, 0, 1), [1, 1, 1, 0, 0, 0]];
    expect(ranges([9, 5], first)).toEqual([[4, undefined]]);
    expect(ranges([5, 9], first)).toEqual([
      [4, marks],
      [8, undefined],
    ]);
    // all of its elements, by way of moves, are as good as the whole
    expect(ranges([5, 5], flip(reshape(indices, [6]), 0))).toEqual([[4, undefined]]);
  });

  test("two tables for two parts: each its own", () => {
    const parts = maxima((tables) => {
      const [a, b] = split(indices, [1, 2], 1) as [Value, Value];
      return concat([embedding(a, tables(5)), embedding(b, tables(100))], 1);
    });
    expect(parts).toEqual([4, 99, 99, 4, 99, 99]);
  });

  test("a table for all and a smaller one for a part", () => {
    const parts = maxima((tables) =>
      add(sum(embedding(indices, tables(9))), sum(embedding(slice(indices, 0, 1), tables(3)))),
    );
    expect(parts).toEqual([8, 8, 8, 2, 2, 2]);
  });

  test("inputs and shifted targets of one sequence", () => {
    const tokens = maxima((tables) => {
      const logits = matmul(embedding(slice(indices, 1, 0, 2), tables(7)), input7(tables));
      return losses.crossEntropy(logits, slice(indices, 1, 1));
    });
    expect(tokens).toEqual([6, 6, 6, 6, 6, 6]);
  });

  test("a lower bound and a higher upper one hold beside each other", () => {
    const lengths = input([2], "int32");
    const module = new nn.RNN(3, 4);
    const x = input([2, 6, 3]);
    const [outputs] = module.forward(x, undefined, { lengths });
    const entries = table(3);
    const output = add(sum(outputs), sum(embedding(lengths, entries)));
    const ranges = plan({ output }, [lengths, x, entries]).inputs.get(lengths.name)?.ranges ?? [];
    const isValid = (value: number) => ranges.every((r) => value <= r.maximum && value >= (r.minimum ?? -9));
    expect([-1, 2, 3].map(isValid)).toEqual([false, true, false]);
  });
});

/** [4, 7]: what turns an embedding of 4 into logits of 7 classes. */
const input7 = (tables: (entries: number) => Value): Value => reshape(concat([tables(7)]), [4, 7]);

describe("inside of loops and checkpoints", () => {
  test("the steps' slices of a scan, where the table depends on the carry", () => {
    const found = maxima((tables) => {
      const [last] = scan(indices as Value, tables(5), (h, x) => {
        const next = add(h, sum(embedding(slice(x, 0, 1), h)));
        return [next, null];
      });
      return last;
    });
    expect(found).toEqual([null, 4, 4, null, 4, 4]);
  });

  test("a part of each step's slice, picked inside of what is not hoisted", () => {
    const found = maxima((tables) => {
      const [last] = scan(indices as Value, tables(5), (h, x) => {
        const next = checkpoint((h: Value, x: Value) => add(h, sum(embedding(slice(x, 0, 1), h))), h, x);
        return [next, null];
      });
      return last;
    });
    expect(found).toEqual([null, 4, 4, null, 4, 4]);
  });

  test("what is hoisted out of a scan", () => {
    const found = maxima((tables) => {
      const weights = tables(5);
      const [last] = scan(indices as Value, sum(tables(2), 0), (h, x) => [add(h, sum(embedding(x, weights), 0)), null]);
      return last;
    });
    expect(found).toEqual(all(4));
  });

  test("arguments of a checkpoint, and what it captures", () => {
    const half = (tables: (entries: number) => Value) => {
      const weights = tables(5);
      return checkpoint(
        (x: Value) => add(embedding(slice(x, 1, 0, 1), weights), embedding(slice(other, 1, 2), weights)),
        indices,
      );
    };
    expect(maxima(half)).toEqual([4, null, null, 4, null, null]);
    expect(maxima(half, other)).toEqual([null, null, 4, null, null, 4]);
  });
});
