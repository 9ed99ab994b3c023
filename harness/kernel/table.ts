import type { KernelManifest } from "../../src/kernels/manifest.ts";
import { formatTable } from "../../src/plan/describe.ts";
import type { Timing } from "./time.ts";

/** Times as one reads them; a variant that no workload reaches is named. */
export function tableOf(kernels: readonly KernelManifest[], timings: readonly Timing[], most: number): string {
  const [first] = timings;
  const head = ["kernel", "dispatches", "ms", "GFLOP/s", "GB/s", "naive takes", "differs by"];
  const rows = timings.map(({ kernel, variant, chosenOn, isSoftware, naive, ...timing }) => {
    const foreign = (chosenOn === "software") === isSoftware ? "" : `, chosen on ${chosenOn}`;
    return [
      `${kernel} (${variant}${foreign}): ${timing.workload}`,
      String(timing.dispatches),
      timing.milliseconds.toFixed(3),
      timing.gflops.toFixed(2),
      timing.gbps.toFixed(2),
      naive ? `${naive.times.toFixed(1)}×` : "",
      naive ? `${naive.difference.toExponential(0)}${naive.difference <= most ? "" : ` FAILED (${naive.output})`}` : "",
    ];
  });
  const untimed = kernels.flatMap(({ name, variants }) => {
    const timed = timings.filter(({ kernel }) => kernel === name).map(({ variant }) => variant);
    const others = Object.keys(variants).filter((variant) => !timed.includes(variant));
    return timed.length === 0 ? [name] : others.map((variant) => `${name} (${variant})`);
  });
  const lines = [];
  if (first) {
    const note = first.isSoftware ? ": a software adapter, whose times say nothing of a GPU" : "";
    lines.push(`timed on ${first.adapter}${note}`, formatTable(head, rows));
  }
  if (untimed.length > 0) lines.push(`in no workload (harness/kernel/workloads.ts): ${untimed.join(", ")}`);
  return lines.join("\n");
}
