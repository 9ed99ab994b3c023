import type { AdapterDescription } from "seqgrad";
import { figure } from "../shared/figures/figure.ts";
import { type Line, lineChart } from "../shared/figures/line-chart.ts";
import { count } from "../shared/terminal.ts";
import type { ModelName } from "./models.ts";
import type { CurveOptions } from "./options.ts";
import type { Run } from "./train.ts";

/** All that was found of one of the two. */
export interface Candidate {
  readonly name: ModelName;
  readonly about: string;
  readonly parameters: number;
  /** The short trainings that the rate was chosen by; none where there was one rate only. */
  readonly sweep: readonly Run[];
  readonly run: Run;
}

const short = (value: number) => (Number.isFinite(value) ? Number(value.toPrecision(4)) : null);

export function resultsJson(
  { name, kind }: AdapterDescription,
  { text, out: _, adapter: __, ...options }: CurveOptions,
  candidates: readonly Candidate[],
): string {
  const head = {
    about: "a causal Transformer and an LSTM with as many parameters on the characters of a text: a short run",
    text: text.replace(/^.*[/\\]/, ""),
    adapter: { name, kind },
    options,
  };
  const models = candidates.map(({ name, about, parameters, sweep, run }) => ({
    name,
    about,
    parameters,
    sweep: sweep.map(({ lr, steps, validation }) => ({ lr, steps, validation: short(validation) })),
    lr: run.lr,
    steps: run.steps,
    seconds: Math.round(run.seconds),
    validation: short(run.validation),
    columns: ["step", "training", "validation"],
    curve: run.curve.map(({ step, training, validation }) => [step, short(training), short(validation)]),
  }));
  const lines = models.map((model) => `    ${JSON.stringify(model)}`).join(",\n");
  return `${JSON.stringify({ ...head, models: [] }, null, 2).replace('"models": []', () => `"models": [\n${lines}\n  ]`)}\n`;
}

export function curvesPicture({ batch, seqLen }: CurveOptions, candidates: readonly Candidate[]): string {
  const lines = candidates.flatMap(({ name, run: { curve } }): Line[] => [
    { label: `${name}, training`, points: curve.map(({ step, training }) => [step, training] as const) },
    { label: `${name}, validation`, points: curve.map(({ step, validation }) => [step, validation] as const) },
  ]);
  const sizes = candidates.map(({ name, parameters, run }) => `${name} ${count(parameters)} at rate ${run.lr}`);
  const title = "A Transformer and an LSTM with as many parameters";
  const subtitle = `parameters: ${sizes.join(", ")}; the same batches of ${batch} × ${seqLen}`;
  return figure({ title, subtitle }, [lineChart({ xLabel: "training step", yLabel: "nats per character", lines })]);
}
