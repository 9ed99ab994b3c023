import { describe, expect, test } from "vitest";
import { decodeSafetensors, memoryCheckpoints, optim, Trainer } from "../../../src/node.ts";
import { device } from "../../support/device.ts";
import { batchOf, bitsOf, fixed, lossOf, make, Net, optimizer } from "./net.ts";

const sizes12 = [1, 3, 5, 8].flatMap((batch) => [2, 7, 12].map((time) => [batch, time] as const));

export function testTraining(): void {
  describe("a trainer over 12 sizes", () => {
    test("trains as trainers of one size each that hand on parameters and moments, and takes the memory of the largest", async () => {
      const { trainer } = await make();
      const losses: number[] = [];
      for (const [batch, time] of sizes12) losses.push((await trainer.step(batchOf(batch, time))).loss);
      const { programs, sharedBytes, uniformBytes, constantBytes } = trainer.programs;
      expect(programs.map(({ sizes: { batch, time } }) => [batch, time])).toEqual(sizes12);
      const own = programs.map(({ stats }) => stats.bytes);
      expect(own.reduce((a, b) => a + b)).toBeGreaterThan(3 * Math.max(...own));

      // by hand: a checkpoint goes from the trainer of one size to that of the next
      const store = memoryCheckpoints();
      const byHand: number[] = [];
      let largest = 0;
      let bits: unknown;
      for (const [batch, time] of sizes12) {
        const model = new Net();
        using one = await Trainer.create(device, model, {
          inputs: fixed(batch, time),
          loss: lossOf(model),
          optimizer,
          clipNorm: 1,
          seed: 3,
          resume: store,
        });
        byHand.push((await one.step(batchOf(batch, time))).loss);
        largest = Math.max(largest, one.programs.sharedBytes);
        await one.save(store);
        bits = await bitsOf(one);
        model.dispose(device);
      }
      expect(losses).toEqual(byHand);
      expect(await bitsOf(trainer)).toEqual(bits);
      expect(sharedBytes).toBe(largest);
      expect(uniformBytes + constantBytes + sharedBytes).toBeLessThan(own.reduce((a, b) => a + b));
      expect(trainer.steps).toBe(12);

      // all are there: nothing is made any more
      const { buffers, bytes } = device.counters;
      for (const [batch, time] of sizes12) trainer.stepWithoutLoss(batchOf(batch, time));
      await trainer.stateDict();
      const { bindGroups } = device.counters;
      for (const [batch, time] of sizes12) await trainer.step(batchOf(batch, time));
      expect(device.counters).toMatchObject({ buffers, bytes, bindGroups });
      trainer.dispose();
    }, 60_000);

    test("keeps moments of what it trains alone, before the first step too; and reads verdicts once", async () => {
      const groups = [{ parameters: "embed.*", frozen: true }];
      const { trainer, model } = await make({ optimizer: optim.adamW({ learningRate: 0.01, groups }) });
      const tensors = async () => [...decodeSafetensors(await trainer.checkpoint()).tensors.keys()];
      const frozen = (names: readonly string[]) => names.filter((name) => name.includes("embed."));
      const before = await tensors();
      expect(frozen(before)).toEqual(["model/embed.weight"]);
      expect(before).toContain("optimizer/m/head.weight");
      const [[, weights]] = (await bitsOf(trainer)) as [[string, number[]]];
      await trainer.step(batchOf(1, 2));
      expect((await bitsOf(trainer))[0]).toEqual(["embed.weight", weights]);
      expect(await tensors()).toEqual(before);
      // who waits for a step has its verdict, and what is awaited next need not ask for one
      const { log } = trainer.internals.stepping;
      expect(log.unread).toBe(false);
      trainer.stepWithoutLoss(batchOf(1, 2));
      expect(log.unread).toBe(true);
      await trainer.stateDict();
      expect(log.unread).toBe(false);
      trainer.dispose();
      model.dispose(device);
    });

    test("keeps the programs used last, and frees the others", async () => {
      const { trainer, model } = await make({ maxPrograms: 2 });
      const held = () => trainer.programs.programs.map(({ sizes }) => sizes.batch);
      await trainer.prepare({ batch: 6, time: 9 });
      const large = device.counters.bytes;
      await trainer.step(batchOf(1, 2));
      await trainer.step(batchOf(2, 2));
      expect(held()).toEqual([1, 2]);
      expect(device.counters.bytes).toBeLessThan(large);
      await trainer.step(batchOf(1, 2));
      await trainer.step(batchOf(3, 2));
      expect(held()).toEqual([1, 3]);
      trainer.dispose();
      model.dispose(device);
      await expect(trainer.step(batchOf(1, 2))).rejects.toThrow(/Trainer were disposed of/);
    });
  });
}
