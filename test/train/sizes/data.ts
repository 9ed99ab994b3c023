import { describe, expect, test } from "vitest";
import { add, compile, float32, mul, reshape, ShapeError, sum, type Value } from "../../../src/node.ts";
import { device } from "../../support/device.ts";
import { batchOf, make } from "./net.ts";

export function testData(): void {
  describe("data and sizes", () => {
    test("bind names across inputs, of nested arrays, arrays with a shape, flat ones and tensors", async () => {
      const { trainer } = await make();
      const { tokens, targets } = batchOf(2, 3);
      const want = (await trainer.step({ tokens, targets })).loss;
      expect(Number.isFinite(want)).toBe(true);
      const one = {
        inputs: { x: float32(["n", 2]), y: float32(["n"]) },
        fn: ({ x, y }: Record<"x" | "y", Value>) => ({ z: add(sum(x, [1]), y) }),
      };
      using program = await compile(device, null, one);
      const read = async (data: { x: never[]; y: never[] }) => [...(await (await program.run(data)).z.read())];
      const x = [
        [1, 2],
        [3, 4],
        [5, 6],
      ];
      for (const [each, y] of [
        [x, [1, 1, 1]],
        [Float32Array.from(x.flat()), Float32Array.of(1, 1, 1)],
        [Object.assign(Float32Array.from(x.flat()), { shape: [3, 2] }), [1, 1, 1]],
        [x.map((row) => Float32Array.from(row)), [1, 1, 1]],
      ])
        expect(await read({ x: each as never, y: y as never })).toEqual([4, 8, 12]);
      expect(program.programs.programs).toHaveLength(1);
      // an output is an input of the next run, of another size
      const { z } = await program.run({ x: [[1, 2]], y: [1] });
      expect(await read({ x: [[1, 1]] as never, y: z as never })).toEqual([6]);
      trainer.dispose();
    });

    test("are refused where they do not fit, before anything is changed", async () => {
      const { trainer } = await make();
      const good = batchOf(2, 3);
      const cases: [object, RegExp][] = [
        [
          { tokens: good.tokens, targets: batchOf(3, 3).targets },
          /^step: batch is 2 by input tokens and 3 by input targets, expected one size/,
        ],
        [
          { tokens: new Int32Array(6), targets: new Int32Array(6) },
          /^step: the size of batch is not known, because input tokens is 6 numbers without a shape/,
        ],
        [{ tokens: [], targets: [] }, /^step: batch is 0 by input tokens, expected at least 1/],
        [{ tokens: good.tokens }, /^step: input targets is missing/],
        [
          {
            ...good,
            tokens: [
              [1, 2],
              [1, 2, 3],
            ],
          },
          /input (tokens|targets)/,
        ],
        [{ ...good, other: 1 }, /there is no input other/],
      ];
      for (const [data, message] of cases) await expect(trainer.step(data as never)).rejects.toThrow(message);
      await expect(trainer.step(cases[0]?.[0] as never)).rejects.toBeInstanceOf(ShapeError);
      expect(trainer.steps).toBe(0);
      expect(() => trainer.stepWithoutLoss(good)).toThrow(
        /^stepWithoutLoss: no program is there for batch 2, time 3, .* await prepare\(\{ batch: 2, time: 3 \}\)/,
      );
      expect(() => trainer.stats).toThrow(/^Trainer: there is no program yet/);
      await trainer.prepare({ batch: 2, time: 3 });
      trainer.stepWithoutLoss(good);
      expect([trainer.steps, trainer.stats.submits]).toEqual([1, 1]);
      await expect(trainer.prepare({ batch: 2 } as never)).rejects.toThrow(/^prepare: time is undefined/);
      await expect(trainer.prepare({ batch: 2, time: 1, n: 1 } as never)).rejects.toThrow(
        /no input has an extent named n/,
      );
      trainer.dispose();
    });

    test("a fault of the function shows when its size comes, and leaves the others", async () => {
      using program = await compile(device, null, {
        inputs: { x: float32(["n"]) },
        fn: ({ x }) => ({ y: x.shape[0] === 2 ? reshape(x, [3]) : mul(x, 2) }),
      });
      expect([...(await (await program.run({ x: [1] })).y.read())]).toEqual([2]);
      await expect(program.run({ x: [1, 2] })).rejects.toThrow(ShapeError);
      expect([...(await (await program.run({ x: [1, 2, 3] })).y.read())]).toEqual([2, 4, 6]);
    });
  });
}
