import { openDevice, compile, float32, linearScan, gradients, sum, mul } from "./src/node.ts";
export async function main() {
  const device = await openDevice();
  for (const [T, N] of [[4096, 512],[4096, 64],[4096, 8], [512, 64], [256, 512]] as const) {
    const line: string[] = [];
    const cs: any[] = [];
    for (const e of [1, 16, 64, 128, 256, 1024]) {
      (globalThis as any).__enough = e;
      const spec = float32([T, N]);
      const c = await compile(device, null, { inputs: { a: spec, b: spec, h0: float32([N]) }, fn: ({ a, b, h0 }) => { const h = linearScan(a, b, h0); const [da] = gradients(sum(mul(h, b)), [a]); return da!; } });
      cs.push([e, c, c.stats.dispatches, [] as number[]]);
    }
    const g = device;
    const run = async (c: any) => { for (let i = 0; i < 3; i++) c.replay.run(); await g.idle(); };
    for (let r = 0; r < 8; r++) for (const [, c, , ts] of cs) { if (!r) await run(c); const t = performance.now(); await run(c); ts.push((performance.now() - t) / 3); }
    console.log(T, N, cs.map(([e, , d, ts]) => `${e}(${d}d): ${Math.min(...ts).toFixed(2)}/${ts.sort((a: number, b: number) => a - b)[4].toFixed(2)}`).join("  "));
  }
  process.exit(0);
}
