import { describe, expect, it, test } from "vitest";
import { BatchStream, type Example, type Shaped, type StreamOptions } from "../../src/data/index.ts";

const examples = (count: number) => Array.from({ length: count }, (_, i) => ({ x: [i, -i], y: i }));
const collect = async (stream: AsyncIterable<{ readonly y: Shaped }>): Promise<number[][]> => {
  const all: number[][] = [];
  for await (const { y } of stream) all.push([...y].map(Number));
  return all;
};

describe("BatchStream", () => {
  it("batches arrays, generators and async generators alike", async () => {
    async function* asynchronous() {
      for (const each of examples(5)) {
        await Promise.resolve();
        yield each;
      }
    }
    for (const source of [examples(5), () => examples(5).values(), asynchronous]) {
      const stream = new BatchStream(source, { batchSize: 2 });
      expect(await collect(stream)).toEqual([[0, 1], [2, 3], [4]]);
      expect([stream.epoch, await collect(stream)]).toEqual([1, [[0, 1], [2, 3], [4]]]);
    }
    // what can be read once is
    expect(await collect(new BatchStream(examples(3).values(), { batchSize: 2, dropLast: true }))).toEqual([[0, 1]]);
    for await (const { x } of new BatchStream(examples(2), { batchSize: 2 })) {
      expect(x).toEqual(Float64Array.of(0, -0, 1, -1));
      expect(x.shape).toEqual([2, 2]);
    }
  });

  it("mixes in a buffer, by seed and epoch", async () => {
    const make = () => new BatchStream(examples(40), { batchSize: 10, shuffle: 4, shuffleBuffer: 16 });
    const [one, other] = [make(), make()];
    const first = await collect(one);
    expect(first).toEqual(await collect(other));
    expect(await collect(one)).not.toEqual(first);
    expect(first.flat()).not.toEqual(first.flat().toSorted((a, b) => a - b));
    expect(first.flat().toSorted((a, b) => a - b)).toEqual(examples(40).map(({ y }) => y));
    const few = (shuffleBuffer: number) =>
      collect(new BatchStream(examples(9), { batchSize: 9, shuffle: 4, shuffleBuffer }));
    expect(await few(1)).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8]]);
    // a seed's order stays what it is
    expect(await few(4)).toEqual([[3, 1, 2, 6, 5, 8, 7, 4, 0]]);
  });

  it("goes on where a saved position stood, and where a loop was broken off", async () => {
    const make = () => new BatchStream(examples(23), { batchSize: 4, shuffle: 9, shuffleBuffer: 7, prefetch: 3 });
    const whole = make();
    const [first, second] = [await collect(whole), await collect(whole)];
    const broken = make();
    expect(await collect(broken)).toEqual(first);
    const begun: number[][] = [];
    for await (const { y } of broken) {
      begun.push([...y].map(Number));
      if (begun.length === 2) break;
    }
    expect([whole.startsEpoch, broken.startsEpoch]).toEqual([true, false]);
    expect(broken.state()).toEqual({ epoch: 1, batch: 2, rows: null, batchSize: 4, seed: 9 });
    expect(new BatchStream(examples(2), { batchSize: 1 }).state().seed).toBeNull();
    // a loop that runs ends where the position is another
    for (const other of [{ epoch: 7 }, { batch: 1 }]) {
      const moved = make();
      let loops = 0;
      for await (const _ of moved) if (++loops === 2) moved.restore({ ...moved.state(), ...other });
      expect([loops, moved.state()]).toMatchObject([2, other]);
    }
    const resumed = make();
    resumed.restore(JSON.parse(JSON.stringify(broken.state())));
    expect([...begun, ...(await collect(resumed))]).toEqual(second);
    expect([...begun, ...(await collect(broken))]).toEqual(second);
  });

  it("reads ahead by as many batches as asked for, and no more", async () => {
    for (const prefetch of [0, 2]) {
      let read = 0;
      let closed = false;
      function* counting() {
        try {
          for (const each of examples(100)) {
            read++;
            yield each;
          }
        } finally {
          closed = true;
        }
      }
      const stream = new BatchStream(counting, { batchSize: 5, prefetch });
      for await (const _ of stream) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        expect(read).toBe(5 * (1 + prefetch));
        break;
      }
      expect(closed).toBe(true);
    }
  });

  it("pads by buckets", async () => {
    const rows = [[1], [1, 2, 3], [2], [4, 5, 6], [7, 8, 9], [3]].map((x) => ({ x }));
    const stream = new BatchStream(rows, { batchSize: 2, lengths: { x: "n" }, buckets: [2, 4] });
    const shapes: unknown[] = [];
    for await (const { x, n } of stream) shapes.push([x.shape, [...n]]);
    expect(shapes).toEqual([
      [
        [2, 2],
        [1, 1],
      ],
      [
        [2, 4],
        [3, 3],
      ],
      // what is left, by bucket
      [[1, 2], [1]],
      [[1, 4], [3]],
    ]);
  });
});

const first = async (rows: Iterable<unknown>, options: Partial<StreamOptions> = {}) => {
  const stream = new BatchStream(rows as Iterable<Example>, { batchSize: 2, ...options });
  for await (const _ of stream);
  for await (const _ of stream);
};

test.for<[string, () => Promise<unknown>, RegExp]>([
  ["a row of other fields", () => first([{ x: 1 }, { y: 1 }]), /row 1 has the fields y, expected x, as the first/],
  ["a row of another shape", () => first([{ x: [1] }, { x: [1, 2] }]), /x: row of the batch 1 has shape \[1, 2\]/],
  ["what is no row", () => first([{ x: 1 }, 5]), /row 1 is 5, expected an object/],
  ["what is no number", () => first([{ x: [1, "2"] }]), /row 0: x at \[1\] is "2"/],
  ["no source", async () => new BatchStream(5 as never, { batchSize: 1 }), /examples is 5, expected/],
  ["null", async () => new BatchStream(null as never, { batchSize: 1 }), /examples is null, expected/],
  ["an object", async () => new BatchStream({} as never, { batchSize: 1 }), /examples is an object, expected/],
  ["a function without rows", () => first((() => 5) as never), /the function gave 5, expected rows/],
  ["a function of a function", () => first((() => () => 5) as never), /the function gave a function, expected rows/],
  ["lengths called as a field", () => first([{ x: [1], n: 2 }], { lengths: { x: "n" } }), /lengths has "n", expected/],
  ["no rows", () => first([]), /epoch 0 has no batch/],
  ["rows that are gone", () => first([{ x: 1 }].values()), /can be read once only.*pass a function/],
  [
    "a row beyond the buckets",
    () => first([{ x: [1, 2, 3] }], { lengths: { x: "n" }, buckets: [2] }),
    /row 0 has 3 steps, expected at most 2/,
  ],
  ["lengths of a field that is none", () => first([{ x: [1] }], { lengths: { z: "n" } }), /row 0 has no steps of "z"/],
])("BatchStream refuses %s", async ([, run, message]) => {
  await expect(run()).rejects.toThrow(message);
});
