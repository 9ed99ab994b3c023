import { expect, test } from "vitest";
import { padSequences } from "../../src/data/index.ts";

const rows = [[1, 2, 3], [4], [5, 6]];

test.for<[string, Parameters<typeof padSequences>[1], number[], number[]]>([
  ["to the longest", {}, [1, 2, 3, 4, 0, 0, 5, 6, 0], [3, 1, 2]],
  ["at the left", { side: "left", value: 9 }, [1, 2, 3, 9, 9, 4, 9, 5, 6], [3, 1, 2]],
  ["cyclic", { mode: "cyclic", length: 5 }, [1, 2, 3, 1, 2, 4, 4, 4, 4, 4, 5, 6, 5, 6, 5], [3, 1, 2]],
  ["cyclic, at the left", { mode: "cyclic", side: "left", length: 4 }, [3, 1, 2, 3, 4, 4, 4, 4, 5, 6, 5, 6], [3, 1, 2]],
  ["cut at the left", { length: 2, truncate: "left" }, [2, 3, 4, 0, 5, 6], [2, 1, 2]],
  ["cut at the right", { length: 2, truncate: "right" }, [1, 2, 4, 0, 5, 6], [2, 1, 2]],
  [
    "by NaN",
    { value: Number.POSITIVE_INFINITY, length: 3 },
    [1, 2, 3, 4, Infinity, Infinity, 5, 6, Infinity],
    [3, 1, 2],
  ],
])("padSequences %s", ([, options, data, lengths]) => {
  const padded = padSequences(rows, options);
  expect(padded.data).toEqual(Float64Array.from(data));
  expect(padded.data.shape).toEqual([3, data.length / 3]);
  expect(padded.lengths).toEqual(Int32Array.from(lengths));
});

test("padSequences keeps types and further axes, and takes any iterable", () => {
  const { data } = padSequences(new Set([[Int32Array.of(1, 2)], [Int32Array.of(3, 4), Int32Array.of(5, 6)]]));
  expect(data).toEqual(Int32Array.of(1, 2, 0, 0, 3, 4, 5, 6));
  expect(data.shape).toEqual([2, 2, 2]);
  expect(padSequences([BigInt64Array.of(1n), BigInt64Array.of()], { value: 7 }).data).toEqual(BigInt64Array.of(1n, 7n));
  expect(padSequences([[], [1]]).lengths).toEqual(Int32Array.of(0, 1));
});

test.for<[string, () => unknown, RegExp]>([
  [
    "a row that is too long",
    () => padSequences(rows, { length: 2 }),
    /row 0 has 3 steps, expected at most 2; pass a larger length, or truncate/,
  ],
  ["no rows", () => padSequences([]), /there are no rows/],
  ["a number for a row", () => padSequences([[1], 2]), /row 1 is 2, expected an array/],
  ["rows whose steps differ", () => padSequences([[[1, 2]], [[1]]]), /row 1 has shape \[1, 1\], expected \[time, 2\]/],
  [
    "a row to repeat that is empty",
    () => padSequences([[1], []], { mode: "cyclic" }),
    /row 1 is empty, expected a step to repeat/,
  ],
  [
    "a value that integers cannot be",
    () => padSequences([Int8Array.of(1), Int8Array.of()], { value: 300 }),
    /value is 300, expected a number of Int8Array/,
  ],
  ["what is no number", () => padSequences([[1, null as never]]), /row 0 at \[1\] is null, expected a number/],
  ["more than fits anywhere", () => padSequences(rows, { length: 2 ** 40 }), /expected at most 2\^29/],
])("padSequences refuses %s", ([, make, message]) => {
  expect(make).toThrow(message);
});
