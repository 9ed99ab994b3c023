import type { AdapterDescription } from "seqgrad";
import { figure } from "../figures/figure.ts";
import { lineChart } from "../figures/line-chart.ts";
import type { AnsweringRun, Marks } from "./train.ts";

export interface AnsweringResults {
  readonly about: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly parameters: number;
  readonly run: AnsweringRun;
  /** Of exercises that were neither trained on nor checked with. */
  readonly test: Marks;
}

const short = (value: number) => (Number.isFinite(value) ? Number(value.toPrecision(4)) : null);

/** Small enough to be committed: a line for the curve, numbers of four digits. */
export function answeringJson(
  { name, kind }: AdapterDescription,
  { about, options, parameters, run, test }: AnsweringResults,
): string {
  const { out: _, adapter: __, ...settings } = options;
  const head = {
    about,
    adapter: { name, kind },
    options: settings,
    parameters,
    steps: run.steps,
    seconds: Math.round(run.seconds),
    test: { ...test, exactShare: short(test.exact / test.exercises) },
    columns: ["step", "loss", "exact"],
    curve: null,
  };
  const curve = JSON.stringify(run.curve.map(({ step, loss, exact }) => [step, short(loss), short(exact)]));
  return `${JSON.stringify(head, null, 2).replace('"curve": null', () => `"curve": ${curve}`)}\n`;
}

export function answeringCurves(about: string, { curve }: AnsweringRun, subtitle: string): string {
  const points = (of: "loss" | "exact") => curve.map((point) => [point.step, point[of]] as const);
  const xLabel = "training step";
  return figure({ title: about, subtitle, columns: 2 }, [
    lineChart({
      title: "Training loss",
      xLabel,
      yLabel: "nats per character of the answer",
      lines: [{ label: "training", points: points("loss") }],
      log: true,
    }),
    lineChart({
      title: "Answers without a mistake",
      xLabel,
      yLabel: "share",
      lines: [{ label: "questions never trained on", points: points("exact") }],
      yRange: [0, 1],
    }),
  ]);
}
