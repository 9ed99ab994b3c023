/** A series as a net sees it: windows of numbers that are known, and what follows them. */
import { type CsvTable, fillMissing, readCsv, Scaler, type ScalerJson } from "seqgrad/data";
import type { Forecast } from "../baselines/forecasts.ts";
import { UserError } from "../shared/errors.ts";
import { seededRandom } from "../shared/random.ts";
import { type Files, filesOf, pathOf, readText } from "../shared/task/files.ts";

export interface Series {
  readonly name: string;
  readonly rows: number;
  /** What is foretold; NaN where it is missing. */
  readonly target: Float64Array;
  /** Other columns, [rows, inputs]. */
  readonly inputs: readonly (readonly number[])[];
}

/** Throws a UserError where the column is not there, or the files are more than one. */
export async function readSeries(
  files: Files,
  options: {
    readonly file?: string | undefined;
    readonly target: string | undefined;
    readonly inputs: readonly string[];
  },
): Promise<Series> {
  const name = options.file ?? (files.names.length === 1 ? files.names[0] : undefined);
  if (name === undefined || !files.names.includes(name)) {
    throw new UserError(`${files.name}: expected ${options.file ?? "one CSV file"}, has ${files.names.join(", ")}`);
  }
  const table = await readCsv(await readText(files, name), { name: pathOf(files, name) });
  const numbers = table.names.filter((each) => table.types[each] === "number");
  const target = options.target ?? numbers.at(-1);
  for (const column of [target, ...options.inputs]) {
    if (column !== undefined && numbers.includes(column)) continue;
    throw new UserError(
      `${pathOf(files, name)}: has no column of numbers "${column}"; it has ${numbers.join(", ") || "none"}`,
    );
  }
  return seriesOf(table, target as string, options.inputs);
}

function seriesOf(table: CsvTable, target: string, inputs: readonly string[]): Series {
  const columns = inputs.map((name) => table.column(name));
  return {
    name: target,
    rows: table.rows,
    target: Float64Array.from(table.column(target)),
    inputs: Array.from({ length: table.rows }, (_, row) => columns.map((column) => column[row] as number)),
  };
}

/** 20 seasons of 12 with a trend that grows, and noise. */
export function madeUpSeries(seed: number): Files {
  const random = seededRandom(seed);
  const rows = Array.from({ length: 240 }, (_, t) => {
    const season = 1 + 0.3 * Math.sin((2 * Math.PI * t) / 12) + 0.1 * Math.cos((4 * Math.PI * t) / 12);
    return `${t},${(100 * (1 + t / 100) * season * (1 + 0.04 * (random() - 0.5))).toFixed(2)}`;
  });
  return filesOf("a made-up series", { "series.csv": `step,value\n${rows.join("\n")}\n` });
}

/** What is fixed by the training part: how numbers are brought to one size. */
export interface Scales {
  readonly target: ScalerJson;
  readonly inputs: ScalerJson | null;
  /** Deviation of what is left to learn, once the reference is taken off. */
  readonly residual: number;
}

export interface Form {
  readonly horizon: number;
  readonly window: number;
  readonly seasons: readonly number[];
  readonly log: boolean;
}

/** Numbers that grow by shares are seen as logarithms; 0 has one too. */
export const transformed = ({ log }: Form, value: number): number => (log ? Math.log1p(Math.max(0, value)) : value);
export const restored = ({ log }: Form, value: number): number => (log ? Math.expm1(value) : value);

/** Channels of a step: level, change against the window's end, known or not, then seasons and other columns. */
export const channelsOf = (form: Form, inputs: number): number => 3 + 2 * form.seasons.length + inputs;

type Shaped = Float32Array & { readonly shape: readonly number[] };
const shaped = (shape: readonly number[]): Shaped =>
  Object.assign(new Float32Array(shape.reduce((size, extent) => size * extent, 1)), { shape });

export interface Examples {
  /** float32 [examples, window, channels] */
  readonly x: Shaped;
  /** float32 [examples, horizon]: what is to be added to the reference, scaled; 0 where it is missing. */
  readonly y: Shaped;
  /** float32 [examples, horizon]: 0 where what is foretold is missing. */
  readonly known: Shaped;
  /** Rows that the forecasts begin at. */
  readonly ends: readonly number[];
  /** Of each example the reference, transformed. */
  readonly references: readonly (readonly number[])[];
}

/** Fits scales on the rows before `end`. */
export function fitScales(series: Series, form: Form, reference: Forecast, end: number): Scales {
  const values = series.target.slice(0, end).map((value) => transformed(form, value));
  const target = Scaler.fit(values).toJSON();
  const inputs = series.inputs[0]?.length ? Scaler.fit(series.inputs.slice(0, end)).toJSON() : null;
  const left: number[] = [];
  for (let at = firstEnd(form); at + form.horizon <= end; at++) {
    for (const [i, value] of reference(series.target, at, form.horizon).entries()) {
      const residual = transformed(form, series.target[at + i] as number) - transformed(form, value);
      if (Number.isFinite(residual)) left.push(residual);
    }
  }
  if (left.length === 0)
    throw new UserError("the series is too short to be split; give more rows, or a shorter --window");
  return { target, inputs, residual: Math.sqrt(left.reduce((sum, each) => sum + each * each, 0) / left.length) || 1 };
}

/** The first row that can be foretold: a window lies before it, and a season and one step more. */
export const firstEnd = ({ window, seasons, horizon }: Form): number =>
  Math.max(window, (seasons[0] ?? 0) * Math.ceil(horizon / (seasons[0] ?? horizon)) + 1);

/** Examples whose forecasts lie in rows from `from` up to, but not, `to`. */
export function examplesOf(
  series: Series,
  form: Form,
  scales: Scales,
  reference: Forecast,
  { from, to, stride }: { readonly from: number; readonly to: number; readonly stride: number },
): Examples {
  const { window, horizon, seasons } = form;
  const ends: number[] = [];
  for (let end = Math.max(from, firstEnd(form)); end + horizon <= to; end += stride) ends.push(end);
  const width = series.inputs[0]?.length ?? 0;
  const channels = channelsOf(form, width);
  const level = Scaler.fromJSON(scales.target);
  const filled = fillMissing(series.target, { method: "forward", rest: "nearest" });
  const levels = level.transform(Float64Array.from(filled.data, (value) => transformed(form, value)));
  const others = scales.inputs
    ? Scaler.fromJSON(scales.inputs).transform(fillMissing(series.inputs, { method: "forward", rest: "nearest" }).data)
    : [];
  const [x, y, known] = [
    shaped([ends.length, window, channels]),
    shaped([ends.length, horizon]),
    shaped([ends.length, horizon]),
  ];
  const references: number[][] = [];
  for (const [example, end] of ends.entries()) {
    const last = levels[end - 1] as number;
    for (let t = 0; t < window; t++) {
      const row = end - window + t;
      const angles = seasons.flatMap((season) => [Math.sin, Math.cos].map((f) => f((2 * Math.PI * row) / season)));
      const own = [levels[row] as number, (levels[row] as number) - last, filled.mask[row] as number];
      const rest = Array.from({ length: width }, (_, i) => others[row * width + i] as number);
      x.set([...own, ...angles, ...rest], (example * window + t) * channels);
    }
    const before = reference(series.target, end, horizon).map((value) => transformed(form, value));
    references.push(before);
    for (let step = 0; step < horizon; step++) {
      const residual =
        (transformed(form, series.target[end + step] as number) - (before[step] as number)) / scales.residual;
      const isKnown = Number.isFinite(residual);
      y[example * horizon + step] = isKnown ? residual : 0;
      known[example * horizon + step] = Number(isKnown);
    }
  }
  return { x, y, known, ends, references };
}
