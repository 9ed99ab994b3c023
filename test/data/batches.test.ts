import { describe, expect, expectTypeOf, it, test } from "vitest";
import { Batches, type BatchState, type Shaped } from "../../src/data/index.ts";
import { toTyped } from "../../src/gpu/host-data.ts";

const rows = (count: number) => Array.from({ length: count }, (_, i) => [i, -i]);
const values = (batch: { readonly x: Shaped }) => [...batch.x].map(Number);

describe("Batches", () => {
  it("gives rows in order, the last batch smaller, with types kept and plain numbers as float64", () => {
    const y = Int32Array.from([0, 1, 2, 3, 4]);
    const z = Object.assign(
      Float32Array.from({ length: 10 }, (_, i) => i),
      { shape: [5, 1, 2] },
    );
    const batches = new Batches({ x: rows(5), y, z, w: [[[1]], [[2]], [[3]], [[4]], [[5]]] }, { batchSize: 2 });
    expect([batches.length, batches.rows, batches.startsEpoch]).toEqual([3, 5, true]);
    const [first, second, last] = [...batches];
    expect(first?.x).toEqual(Float64Array.of(0, -0, 1, -1));
    expect(first?.x.shape).toEqual([2, 2]);
    expect(second?.y).toEqual(Int32Array.of(2, 3));
    expect(last?.z).toEqual(Float32Array.of(8, 9));
    expect(last?.z.shape).toEqual([1, 1, 2]);
    expect(last?.w.shape).toEqual([1, 1, 1]);
    // what is given is a copy
    first?.y.fill(9 as never);
    expect(y[0]).toBe(0);
    expect(Object.keys(first as object)).toEqual(["x", "y", "z", "w"]);
    expect(new Batches({ x: rows(5) }, { batchSize: 2, dropLast: true }).length).toBe(2);
  });

  it("shuffles by seed and epoch alone, every row once an epoch, fields together", () => {
    const make = (seed: number) => new Batches({ x: rows(37), y: rows(37) }, { batchSize: 5, shuffle: seed });
    const epoch = (batches: ReturnType<typeof make>) =>
      [...batches].flatMap((batch) => values(batch).filter((_, i) => i % 2 === 0));
    const [one, other] = [make(7), make(7)];
    const [first, second] = [epoch(one), epoch(one)];
    expect(first).toEqual(epoch(other));
    expect(first).not.toEqual(second);
    expect(epoch(make(8))).not.toEqual(first);
    expect(first.toSorted((a, b) => a - b)).toEqual(second.toSorted((a, b) => a - b));
    expect(new Set(second).size).toBe(37);
    for (const batch of make(3)) expect(values(batch)).toEqual([...batch.y]);
  });

  it("comes to every place about as often", () => {
    const counts = new Float64Array(6);
    const batches = new Batches({ x: [0, 1, 2, 3, 4, 5] }, { batchSize: 6, shuffle: 1 });
    for (let epoch = 0; epoch < 3000; epoch++) {
      const at = batches.next().x.indexOf(2 as never);
      counts[at] = (counts[at] as number) + 1;
    }
    // 500 each; four deviations are 82
    for (const count of counts) expect(Math.abs(count - 500)).toBeLessThan(82);
  });

  it("goes on where a saved position stood, in the midst of an epoch too", () => {
    const make = () => new Batches({ x: rows(10) }, { batchSize: 3, shuffle: 5 });
    const batches = make();
    for (let i = 0; i < 6; i++) batches.next();
    const saved: BatchState = JSON.parse(JSON.stringify(batches.state()));
    expect(saved).toEqual({ epoch: 1, batch: 2, rows: 10, batchSize: 3, seed: 5 });
    const expected = Array.from({ length: 7 }, () => values(batches.next()));
    const resumed = make();
    resumed.restore(saved);
    expect([...resumed].map(values)).toEqual(expected.slice(0, 2));
    expect(resumed.epoch).toBe(2);
    expect(Array.from({ length: 5 }, () => values(resumed.next()))).toEqual(expected.slice(2));
    for (const _ of resumed) break;
    // one batch of four was given by next(), another by the loop
    expect([...resumed]).toHaveLength(2);
    expect(() => resumed.restore({ ...saved, seed: 6 })).toThrow(
      /Batches\.restore: the position was saved with seed 6, expected 5;/,
    );
    expect(() => resumed.restore({ ...saved, batch: 4 })).toThrow(/batch is 4, expected less than 4/);
  });

  it("gives what inputs of a program take, of either type", () => {
    const batch = new Batches({ x: [[1, 2.5]], y: [3] }, { batchSize: 1 }).next();
    expect(toTyped("x", batch.x, { shape: [1, 2], dtype: "float32" })).toEqual(Float32Array.of(1, 2.5));
    expect(toTyped("y", batch.y, { shape: [1], dtype: "int32" })).toEqual(Int32Array.of(3));
  });

  it("pads rows of unequal length and tells their lengths", () => {
    const x = [Int32Array.of(1), Int32Array.of(2, 3, 4), Int32Array.of(5, 6)];
    const batches = new Batches({ x, y: [0, 1, 2] }, { batchSize: 2, lengths: { x: "steps" }, pad: { value: -1 } });
    const batch = batches.next();
    expectTypeOf(batch).toEqualTypeOf<Readonly<Record<"x" | "y" | "steps", Shaped>>>();
    expect(batch.x).toEqual(Int32Array.of(1, -1, -1, 2, 3, 4));
    expect(batch.x.shape).toEqual([2, 3]);
    expect(batch.steps).toEqual(Int32Array.of(1, 3));
    expect(batches.next().x).toEqual(Int32Array.of(5, 6));
  });

  it("makes batches of one bucket each, every row once", () => {
    const x = Array.from({ length: 50 }, (_, i) => new Int32Array(1 + ((i * 7) % 13)).fill(i));
    const batches = new Batches(
      { x, row: Array.from(x, (_, i) => i) },
      { batchSize: 4, shuffle: 2, lengths: { x: "lengths" }, buckets: [4, 8, 13] },
    );
    const seen: number[] = [];
    const epoch = [...batches];
    expect(epoch).toHaveLength(batches.length);
    for (const { x: padded, row, lengths } of epoch) {
      const [size, length] = padded.shape as [number, number];
      expect([4, 8, 13]).toContain(length);
      for (let i = 0; i < size; i++) {
        const own = Number(lengths[i]);
        expect(own).toBe((x[Number(row[i])] as Int32Array).length);
        expect(own).toBeLessThanOrEqual(length);
        expect(own).toBeGreaterThan(length === 4 ? 0 : length === 8 ? 4 : 8);
        expect(padded.subarray(i * length, i * length + own)).toEqual(x[Number(row[i])]);
      }
      seen.push(...[...row].map(Number));
    }
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from(x, (_, i) => i));
  });
});

test.for<[string, () => unknown, RegExp]>([
  [
    "ragged rows",
    () => new Batches({ x: [[1, 2], [3]] }, { batchSize: 1 }),
    /Batches: x at \[1\] has shape \[1\], expected \[2\] as the first; pad rows/,
  ],
  [
    "ragged typed rows",
    () => new Batches({ x: [Int8Array.of(1), Int8Array.of(1, 2)] }, { batchSize: 1 }),
    /x at \[1\] has shape \[2\]/,
  ],
  [
    "rows of two types",
    () => new Batches({ x: [Int8Array.of(1), Float32Array.of(2)] }, { batchSize: 1 }),
    /at \[1\] is a Float32Array, expected Int8Array/,
  ],
  [
    "what is no number",
    () =>
      new Batches(
        {
          x: [
            [1, 2],
            [3, "4"],
          ] as never,
        },
        { batchSize: 1 },
      ),
    /x at \[1, 1\] is "4", expected a number/,
  ],
  ["a hole", () => new Batches({ x: new Array(3) }, { batchSize: 1 }), /x at \[0\] is undefined/],
  ["no rows", () => new Batches({ x: [] }, { batchSize: 1 }), /x has no rows/],
  ["rows one by one", () => new Batches([{ x: 1 }] as never, { batchSize: 1 }), /objects are for BatchStream/],
  ["no arrays", () => new Batches({}, { batchSize: 1 }), /no arrays/],
  [
    "unequally many rows",
    () => new Batches({ x: [1, 2], y: [1] }, { batchSize: 1 }),
    /y has 1 rows, expected 2, as x has/,
  ],
  [
    "too few for dropLast",
    () => new Batches({ x: [1, 2] }, { batchSize: 3, dropLast: true }),
    /2 rows make no whole batch of 3/,
  ],
  [
    "a row beyond the buckets",
    () => new Batches({ x: [[1], [1, 2, 3]] }, { batchSize: 1, lengths: { x: "n" }, buckets: [2] }),
    /x: row 1 has 3 steps, expected at most 2, the last bucket/,
  ],
  ["buckets without lengths", () => new Batches({ x: [1] }, { batchSize: 1, buckets: [2] }), /buckets without lengths/],
  [
    "buckets that do not ascend",
    () => new Batches({ x: [[1]] }, { batchSize: 1, lengths: { x: "n" }, buckets: [2, 2] }),
    /expected ascending/,
  ],
  [
    "lengths of no field",
    () => new Batches({ x: [[1]] }, { batchSize: 1, lengths: { z: "n" } }),
    /lengths names "z", expected one of x/,
  ],
  [
    "lengths with a field's name",
    () => new Batches({ x: [[1]] }, { batchSize: 1, lengths: { x: "x" } }),
    /lengths has "x"/,
  ],
  ["a misspelt option", () => new Batches({ x: [1] }, { batch: 1 } as never), /no option batch, .*use batchSize/],
])("Batches refuses %s", ([, make, message]) => {
  expect(make).toThrow(message);
});
