import type { AdapterDescription } from "seqgrad";
import type { Panel } from "../shared/figures/figure.ts";
import { type Line, lineChart } from "../shared/figures/line-chart.ts";
import type { Sizes, Training } from "./nets.ts";

/** By the nets' labels. */
export interface Results {
  readonly initial: ReadonlyMap<string, readonly number[]>;
  readonly clipped: ReadonlyMap<string, Training>;
  readonly unclipped: ReadonlyMap<string, Training>;
  readonly scaled: ReadonlyMap<string, readonly number[]>;
}

/** What is outside is drawn at the edge. A float32's square is 0 below 1e-23 or so, and a norm is a root of squares. */
const yRange = [1e-18, 1e18] as const;

export function panels({ initial, clipped, unclipped, scaled }: Results, { length, steps, lr, clip }: Sizes): Panel[] {
  const panel = (title: string, subtitle: string, lines: readonly Line[]) =>
    lineChart({
      title,
      subtitle,
      xLabel: "time step t (the loss is at the last one)",
      yLabel: "norm of dL/dh_t",
      lines,
      log: true,
      yRange,
    });
  const descent = `${steps} steps of gradient descent on the adding problem, rate ${lr}`;
  return [
    panel("At initialisation", `adding problem, T = ${length}, orthogonal recurrent weights`, drawn(initial)),
    panel("Smaller and larger recurrent weights", "at initialisation, orthogonal × a factor", drawn(scaled)),
    panel(`Trained, clipped at ${clip}`, descent, drawnTraining(clipped)),
    panel("Trained, not clipped", descent, drawnTraining(unclipped)),
  ];
}

const line = (label: string, norms: readonly number[]): Line => ({
  label,
  points: norms.map((norm, i) => [i + 1, Math.max(norm, yRange[0])] as const),
});

const drawn = (all: ReadonlyMap<string, readonly number[]>): Line[] =>
  [...all].map(([label, norms]) => line(label, norms));

/** A net that went astray has no line, but keeps its colour and says so. */
const drawnTraining = (all: ReadonlyMap<string, Training>): Line[] =>
  [...all].map(([label, { norms, gradNorms }]) =>
    norms ? line(label, norms) : line(`${label}: astray in step ${gradNorms.length}`, []),
  );

export function resultsJson({ name, kind }: AdapterDescription, sizes: Sizes, results: Results): string {
  const short = (value: number) => (Number.isFinite(value) ? Number(value.toPrecision(4)) : null);
  const training = ({ norms, gradNorms, loss }: Training) => ({
    loss: short(loss),
    steps: gradNorms.length,
    largestGradNorm: short(Math.max(...gradNorms)),
    norms: norms?.map(short) ?? null,
  });
  const form = <T, R>(all: ReadonlyMap<string, T>, change: (value: T) => R) =>
    Object.fromEntries([...all].map(([label, value]) => [label, change(value)]));
  const norms = (all: ReadonlyMap<string, readonly number[]>) => form(all, (values) => values.map(short));
  const whole = {
    adapter: { name, kind },
    sizes,
    initial: norms(results.initial),
    scaled: norms(results.scaled),
    clipped: form(results.clipped, training),
    unclipped: form(results.unclipped, training),
  };
  // a line for each list of numbers
  return `${JSON.stringify(whole, null, 1).replace(/\[[^[\]{}]*\]/g, (list) => list.replace(/\s+/g, " "))}\n`;
}
