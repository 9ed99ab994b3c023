import { describe, expect, test } from "vitest";
import { compile, float32, mul } from "../../../src/node.ts";
import { device } from "../../support/device.ts";
import { batchOf, bitsOf, make } from "./net.ts";

export function testOrder(): void {
  describe("order", () => {
    test("steps begin in the order of their calls, on what they were given and the rate as it was then", async () => {
      const order = [
        [2, 3],
        [1, 4],
        [2, 3],
        [3, 2],
        [1, 4],
      ] as const;
      const run = async (isAwaited: boolean) => {
        const { trainer } = await make();
        await trainer.prepare({ batch: 2, time: 3 });
        const results: Promise<unknown>[] = [];
        for (const [i, [batch, time]] of order.entries()) {
          const { tokens, targets } = batchOf(batch, time, i);
          const data = { tokens: Int32Array.from(tokens.flat()), targets };
          const shaped = Object.assign(data.tokens, { shape: [batch, time] });
          trainer.learningRate = 0.01 * (i + 1);
          if (i === 2 && !isAwaited) trainer.stepWithoutLoss({ tokens: shaped, targets });
          else results.push(trainer.step({ tokens: shaped, targets }));
          if (isAwaited) await results.at(-1);
          else {
            data.tokens.fill(0);
            for (const row of targets) row.fill(0);
          }
        }
        const bits = await bitsOf(trainer);
        expect(trainer.steps).toBe(order.length);
        await Promise.all(results);
        trainer.dispose();
        return bits;
      };
      expect(await run(false)).toEqual(await run(true));
    });

    test("outputs of one size are stale after a run of another, and hold until then", async () => {
      using program = await compile(device, null, { inputs: { x: float32(["n"]) }, fn: ({ x }) => ({ y: mul(x, 2) }) });
      const { y } = await program.run({ x: [1, 2] });
      // larger memory is made meanwhile, and the buffer of the output replaced
      await program.prepare({ n: 500 });
      expect([...(await y.read())]).toEqual([2, 4]);
      // a program has to be made, and the tensor that the run behind it takes is overwritten meanwhile
      const later = program.run({ x: [1, 2, 3] });
      const waiting = program.run({ x: y });
      const { y: other } = await later;
      expect([...(await (await waiting).y.read())]).toEqual([4, 8]);
      await expect(y.read()).rejects.toThrow(/was overwritten by a later run/);
      await expect(other.read()).rejects.toThrow(/was overwritten by a later run/);
    });
  });
}
