import { describe, expect, test } from "vitest";
import { compile, float32, int32, losses, optim, Trainer, type Value } from "../../../src/node.ts";
import { device } from "../../support/device.ts";
import { batchOf, Net } from "./net.ts";

export function testBuckets(): void {
  describe("buckets", () => {
    const inputs = {
      x: float32(["batch", "time"]),
      lengths: int32(["batch"], { default: 0 }),
      weights: float32(["batch", "time"], { default: 1 }),
      kept: int32(["batch"], { default: -1 }),
    };
    const sizes = {
      time: { buckets: [4, 8], lengths: "lengths" },
      batch: { buckets: [2, 4], weights: "weights" },
    };
    const fn = (values: Record<keyof typeof inputs, Value>) => ({ ...values });
    type Outputs = Record<string, { read(): Promise<unknown> }>;
    const read = async (outputs: Outputs) =>
      Object.fromEntries(
        await Promise.all(
          Object.entries(outputs).map(async ([name, tensor]) => [name, [...((await tensor.read()) as [])]]),
        ),
      );

    test("pad at the end of each axis, and fill what tells data from padding", async () => {
      using program = await compile(device, null, { inputs, sizes, fn });
      const data = {
        x: [
          [1, 2, 3],
          [4, 5, 6],
          [7, 8, 9],
        ],
        kept: [7, 7, 7],
      };
      const zeros = [0, 0, 0, 0];
      expect(await read((await program.run(data)) as never)).toEqual({
        x: [1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, ...zeros],
        lengths: [3, 3, 3, 0],
        weights: [1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, ...zeros],
        kept: [7, 7, 7, -1],
      });
      // what is given stays, padded so that nothing counts; and two sizes share a program
      const given = {
        x: [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        lengths: [2, 1, 2],
        weights: [
          [1, 1],
          [0.5, 0],
          [1, 1],
        ],
      };
      expect(await read((await program.run(given)) as never)).toMatchObject({
        lengths: [2, 1, 2, 0],
        weights: [1, 1, 0, 0, 0.5, 0, 0, 0, 1, 1, 0, 0, ...zeros],
        kept: [-1, -1, -1, -1],
      });
      // exactly a bucket
      expect(
        await read(
          (await program.run({
            x: [
              [1, 2, 3, 4],
              [5, 6, 7, 8],
            ],
          })) as never,
        ),
      ).toMatchObject({
        lengths: [4, 4],
        weights: [1, 1, 1, 1, 1, 1, 1, 1],
      });
      expect(program.programs.programs.map((each) => each.sizes)).toEqual([
        { batch: 4, time: 4 },
        { batch: 2, time: 4 },
      ]);
      await expect(program.run({ x: [new Float32Array(9)] })).rejects.toThrow(
        /^run: time is 9, expected at most 8, the last of sizes\.time\.buckets/,
      );
      const { x } = await program.run({
        x: [
          [1, 2, 3, 4],
          [5, 6, 7, 8],
        ],
      });
      await expect(program.run({ x: Object.create(x, { shape: { value: [1, 8] } }) })).rejects.toThrow(
        /are not padded/,
      );
    });

    test("train as the data without their padding", async () => {
      const run = async (isPadded: boolean) => {
        const model = new Net();
        using trainer = await Trainer.create(device, model, {
          inputs: {
            tokens: int32(["batch", "time"]),
            targets: int32(["batch", "time"], { default: -1 }),
            lengths: int32(["batch"], { default: 0 }),
          },
          ...(isPadded ? { sizes: { time: { buckets: [6, 9], lengths: "lengths" } } } : {}),
          loss: ({ tokens, targets, lengths }) =>
            losses.crossEntropy(model.forward(tokens, undefined, isPadded ? lengths : undefined)[0], targets),
          optimizer: optim.sgd({ learningRate: 0.1 }),
          seed: 3,
        });
        const found: number[] = [];
        for (const time of [5, 6, 9, 7, 2]) found.push((await trainer.step(batchOf(2, time))).loss);
        expect(trainer.programs.programs).toHaveLength(isPadded ? 2 : 5);
        return found;
      };
      const [padded, plain] = [await run(true), await run(false)];
      for (const [i, loss] of padded.entries()) expect(loss).toBeCloseTo(plain[i] as number, 5);
    });

    test("are refused without an input that tells data from padding, and where they are none", async () => {
      const time = { buckets: [4, 8], lengths: "lengths" };
      const cases: [object, RegExp][] = [
        [{ time: { buckets: [4] } }, /^compile: sizes\.time: neither lengths nor weights is given/],
        [{ tme: time }, /^compile: sizes\.tme: no input has an extent of that name, expected one of batch, time/],
        [{ time: { ...time, buckets: [8, 4] } }, /buckets are \[8, 4\], expected one or more, each larger/],
        [{ time: { ...time, buckets: [] } }, /buckets are \[\]/],
        [{ time: { ...time, lengths: "length" } }, /there is no input length/],
        [{ time: { ...time, lengths: "weights" } }, /lengths weights is float32, expected int32/],
        [{ batch: time }, /lengths lengths has the extent batch itself/],
        [{ time: { buckets: [4], weights: "kept" } }, /weights kept is int32, expected float32/],
        [{ time: { ...time, bucket: 4 } }, /there is no option bucket/],
      ];
      for (const [wrong, message] of cases) {
        await expect(compile(device, null, { inputs, sizes: wrong as never, fn })).rejects.toThrow(message);
      }
      await expect(compile(device, null, { inputs, maxPrograms: 0, fn })).rejects.toThrow(/maxPrograms is 0/);
    });
  });
}
