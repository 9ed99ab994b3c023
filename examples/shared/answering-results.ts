import type { AdapterDescription } from "seqgrad";
import type { AnsweringRun, Marks } from "./answering.ts";
import { charts } from "./chart.ts";

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
  const panel = (title: string, yLabel: string, of: "loss" | "exact", line: string) => ({
    title,
    subtitle: `${about}; ${subtitle}`,
    xLabel: "training step",
    yLabel,
    lines: [{ label: line, points: curve.map((point) => [point.step, point[of]] as const) }],
  });
  return charts(
    about,
    [
      { ...panel("Training loss", "nats per character of the answer", "loss", "training"), log: true },
      { ...panel("Answers without a mistake", "share", "exact", "questions never trained on"), yRange: [0, 1.02] },
    ],
    2,
  );
}
