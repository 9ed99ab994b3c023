/**
 * Time and GFLOP/s of attention, fused beside naive: forward, and forward with backward.
 *
 *   node harness/with-adapter.mjs node harness/ts.mjs bench/programs/attention.ts [--lengths 256,512] [--rounds 3] [--causal]
 */
import {
  compile,
  type Device,
  float32,
  gradients,
  mul,
  naiveAttention,
  OutOfMemoryError,
  openDevice,
  scaledDotProductAttention,
  sum,
  type Value,
} from "../../src/node.ts";
import { uniform } from "../../test/reference/array.ts";

const [HEADS, DIM] = [4, 64];

type Form = typeof naiveAttention;
const forms: Record<string, Form> = { fused: scaledDotProductAttention, naive: naiveAttention };

const option = (args: readonly string[], name: string, fallback: string): string => {
  const at = args.indexOf(`--${name}`);
  return at < 0 ? fallback : (args[at + 1] as string);
};

async function prepare(device: Device, form: Form, length: number, causal: boolean, training: boolean) {
  const spec = float32([1, HEADS, length, DIM]);
  const compiled = await compile(device, null, {
    inputs: { q: spec, k: spec, v: spec, g: spec },
    fn: ({ q, k, v, g }) => {
      const y = form(q, k, v, { causal });
      if (!training) return { y };
      const [dQ, dK, dV] = gradients(sum(mul(y, g)), [q, k, v]) as [Value, Value, Value];
      return { y, dQ, dK, dV };
    },
  });
  const data = (seed: number) => Float32Array.from(uniform([1, HEADS, length, DIM], seed).data);
  const inputs = { q: data(1), k: data(2), v: data(3), g: data(4) };
  return {
    compiled,
    async run() {
      const cpu = process.cpuUsage();
      const start = performance.now();
      const out = await compiled.run(inputs);
      await out.y.read();
      const used = process.cpuUsage(cpu);
      return { ms: performance.now() - start, cpu: (used.user + used.system) / 1e3 };
    },
  };
}

export async function main(args: string[]): Promise<number> {
  const device = await openDevice();
  const lengths = option(args, "lengths", "256,512").split(",").map(Number);
  const rounds = Number(option(args, "rounds", "3"));
  const causal = args.includes("--causal");
  for (const length of lengths) {
    for (const training of [false, true]) {
      const entries = [];
      for (const [name, form] of Object.entries(forms)) {
        const times: { ms: number; cpu: number }[] = [];
        try {
          entries.push({ name, times, ...(await prepare(device, form, length, causal, training)) });
        } catch (error) {
          if (!(error instanceof OutOfMemoryError)) throw error;
          console.log(`N ${length} ${name}: ${error.message}`);
        }
      }
      for (const { run } of entries) await run();
      for (let round = 0; round < rounds; round++) for (const { run, times } of entries) times.push(await run());
      // arithmetic of the problem, the same for both: 2 products forward, 5 backward
      const flops = ((training ? 7 : 2) * 2 * HEADS * length ** 2 * DIM) / (causal ? 2 : 1);
      for (const { name, times, compiled } of entries) {
        const least = (key: "ms" | "cpu") => Math.min(...times.map((each) => each[key]));
        console.log(
          `N ${length} ${causal ? "causal " : ""}${training ? "training" : "forward"} ${name}: ${least("ms").toFixed(1)} ms, ${least("cpu").toFixed(1)} ms CPU, ${(flops / least("cpu") / 1e6).toFixed(2)} GFLOP per CPU second, ${(compiled.stats.bytes / 2 ** 20).toFixed(1)} MiB`,
        );
        compiled.dispose();
      }
    }
  }
  device.dispose();
  return 0;
}
