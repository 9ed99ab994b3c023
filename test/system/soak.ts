// Long use: training steps and reads of a small model, after which heap and GPU memory must be what they were near the start.
//   npm run soak -- [--steps 100000]
// Prints the figures, the last line as JSON; exits with 1 where memory grows. Wants node --expose-gc.
import { compile, float32, mul, openDevice } from "../../src/node.ts";
import { charTrainer, tokensFor } from "./support.ts";

export interface SoakReport {
  readonly steps: number;
  readonly reads: number;
  readonly seconds: number;
  /** After the first tenth of the steps, and after the last. */
  readonly gpuBytes: { readonly first: number; readonly last: number };
  readonly heapBytes: { readonly first: number; readonly last: number };
  /** Of the whole process, the driver's memory included; it is not judged. */
  readonly processBytes: { readonly first: number; readonly last: number };
  readonly grows: boolean;
}

/** What the heap may differ by from one measurement to another, and what a step with its read may keep of it. */
const HEAP_NOISE = 400e3;
const HEAP_PER_STEP = 10;

export async function main(args: readonly string[]): Promise<number> {
  const steps = stepsOf(args);
  const device = await openDevice();
  const { trainer } = await charTrainer(device, { seqLen: 2, hidden: 4 });
  const program = await compile(device, null, { inputs: { x: float32([4]) }, fn: ({ x }) => ({ y: mul(x, 2) }) });
  const data = Array.from({ length: 7 }, (_, i) => tokensFor(2, i));
  const measure = () => ({ gpu: device.counters.bytes, ...processMemory() });
  const start = performance.now();
  let first = measure();
  const report = (step: number, now = measure()) => {
    const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(2)} MiB`;
    console.log(`${step} steps: heap ${mib(now.heap)}, GPU ${now.gpu} B, process ${mib(now.rss)}`);
    return now;
  };
  const tenth = Math.ceil(steps / 10);
  for (let i = 1; i <= steps; i++) {
    await trainer.step(data[i % data.length] as (typeof data)[number]);
    const { y } = await program.run({ x: [i, 1, 2, 3] });
    const [twice] = await y.read();
    if (twice !== 2 * i) throw new Error(`read ${i}: got ${twice}, expected ${2 * i}`);
    if (i === tenth) first = report(i);
    else if (i % tenth === 0 && i < steps) report(i);
  }
  const last = report(steps);
  const grows = last.gpu > first.gpu || last.heap - first.heap > HEAP_NOISE + HEAP_PER_STEP * (steps - tenth);
  const pair = (name: "gpu" | "heap" | "rss") => ({ first: first[name], last: last[name] });
  const result: SoakReport = {
    steps,
    reads: steps,
    seconds: Math.round((performance.now() - start) / 100) / 10,
    gpuBytes: pair("gpu"),
    heapBytes: pair("heap"),
    processBytes: pair("rss"),
    grows,
  };
  console.log(JSON.stringify(result));
  device.dispose();
  return grows ? 1 : 0;
}

function stepsOf(args: readonly string[]): number {
  const [name, value, ...rest] = args;
  const steps = name === undefined ? 1e5 : Number(value);
  if ((name !== undefined && name !== "--steps") || rest.length > 0 || !Number.isInteger(steps) || steps < 10) {
    throw new Error(`soak: got ${args.join(" ")}, expected --steps with a number from 10 up, or nothing`);
  }
  return steps;
}

function processMemory(): { heap: number; rss: number } {
  const { gc } = globalThis;
  if (!gc) throw new Error("soak: run it with node --expose-gc");
  // what finalizers free goes with the second
  gc();
  gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}
