// A process of its own for replay.test.ts: trains 500 steps and prints how memory grew. Wants node --expose-gc.
import { openDevice } from "../../src/node.ts";
import { charTrainer, tokensFor } from "./support.ts";

export interface MemoryReport {
  readonly steps: number;
  /** After step 2 and after the last. */
  readonly gpuBytes: { readonly first: number; readonly last: number };
  readonly heapGrowth: number;
  /** Of the whole process, the driver's memory included. */
  readonly rssGrowth: number;
}

const STEPS = 500;

export async function main(): Promise<number> {
  const { gc } = globalThis;
  if (!gc) throw new Error("run it with node --expose-gc");
  const measure = () => {
    // what finalizers free goes with the second
    gc();
    gc();
    const { heapUsed, external, rss } = process.memoryUsage();
    return { heap: heapUsed + external, rss };
  };
  const device = await openDevice();
  const { trainer } = await charTrainer(device, { seqLen: 4, hidden: 4 });
  const data = Array.from({ length: 7 }, (_, i) => tokensFor(4, i));
  const step = (i: number) => trainer.step(data[i % data.length] as (typeof data)[number]);
  let before = measure();
  let first = 0;
  for (let i = 1; i <= STEPS; i++) {
    await step(i);
    if (i === 2) {
      before = measure();
      first = device.counters.bytes;
    }
  }
  const after = measure();
  const report: MemoryReport = {
    steps: STEPS,
    gpuBytes: { first, last: device.counters.bytes },
    heapGrowth: after.heap - before.heap,
    rssGrowth: after.rss - before.rss,
  };
  console.log(JSON.stringify(report));
  device.dispose();
  return 0;
}
