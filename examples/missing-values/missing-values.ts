/** Fills gaps: a GRU in each direction that predicts what is missing inside the graph, beside lines and last numbers. */
import { compile } from "seqgrad";
import { Batches, Scaler, type ScalerJson } from "seqgrad/data";
import { fillError, forwardFill, linearFill } from "../baselines/fills.ts";
import { UserError } from "../shared/errors.ts";
import type { Flags } from "../shared/flags.ts";
import { parameterCount } from "../shared/parameters.ts";
import { seededRandom } from "../shared/random.ts";
import type { Job, Outcome, Prediction, Question, Task } from "../shared/task/task.ts";
import { trainModel } from "../shared/task/train.ts";
import { csv, filled, startsIn } from "./fill.ts";
import { defaults, facts, usual } from "./help.mjs";
import { Imputer, type ImputerSizes, imputerInputs, imputerLoss } from "./imputer.ts";
import { picture } from "./picture.ts";
import { type Columns, hiddenRows, hide, madeUpTable, readTable, type WindowArrays, windowsOf } from "./table.ts";

interface MissingOptions extends Readonly<typeof defaults> {
  readonly columns: readonly string[] | undefined;
  readonly seasons: readonly number[] | undefined;
}

interface Settings {
  readonly names: readonly string[];
  readonly scalers: readonly ScalerJson[];
  readonly seasons: readonly number[];
  readonly sizes: ImputerSizes;
}

async function run(job: Job<MissingOptions, Settings>): Promise<Outcome<Settings>> {
  const { options, seed, saved } = job;
  const { share, longest } = options;
  const isUsual = job.data?.name.endsWith(facts.set as string) ?? false;
  const wanted =
    saved?.settings.names ??
    options.columns ??
    (isUsual ? usual.columns : job.data ? undefined : ["warm", "dry", "late"]);
  const table = await readTable(job.data ?? madeUpTable(seed), wanted);
  const other = job.test && (await readTable(job.test, wanted));
  const [trained, chosen] = [0.7, 0.8].map((part) => Math.round((other ? part / 0.8 : part) * table.rows)) as [
    number,
    number,
  ];

  const seasons = saved?.settings.seasons ?? options.seasons ?? (isUsual ? usual.seasons : [24]);
  const scalers =
    saved?.settings.scalers.map((json) => Scaler.fromJSON(json)) ??
    table.columns.map((column) => Scaler.fit(column.slice(0, trained).filter((value) => !Number.isNaN(value))));
  const sizes: ImputerSizes = saved?.settings.sizes ?? {
    columns: table.names.length,
    seasons: seasons.length,
    window: options.window,
    hidden: options.hidden,
  };
  const settings: Settings = { names: table.names, scalers: scalers.map((each) => each.toJSON()), seasons, sizes };
  const { window } = sizes;
  const scaled = (columns: Columns): Columns =>
    columns.map((column, i) => Float64Array.from((scalers[i] as Scaler).transform(column)));
  const own = scaled(table.columns);
  const [tested, from] = other ? [scaled(other.columns), 0] : [own, chosen];
  const rows = other?.rows ?? table.rows;
  if (Math.min(trained, chosen - trained, rows - from) < window) {
    throw new UserError(`${table.rows} rows are too few for windows of ${window}; give more, or a shorter --window`);
  }
  const model = new Imputer(sizes);

  const random = seededRandom(seed, 1);
  const part = (first: number, end: number, count: number): WindowArrays => {
    const variants = Array.from({ length: count }, () =>
      windowsOf(own, hide(own, share, longest, random), startsIn(first, end, window, window / 2), window, seasons),
    );
    const names = Object.keys(variants[0] as WindowArrays) as (keyof WindowArrays)[];
    return Object.fromEntries(names.map((name) => [name, variants.flatMap((each) => each[name])])) as never;
  };
  const batchesOf = (arrays: WindowArrays, shuffle: number | false = false) =>
    new Batches({ ...arrays }, { batchSize: options.batch, shuffle });
  const training = part(0, trained, saved ? 1 : options.variants);
  const validation = batchesOf(part(trained, chosen, 1));
  const trainer = await trainModel(job, model, {
    inputs: imputerInputs(sizes),
    loss: imputerLoss(model),
    training: () => batchesOf(training, seed),
    validation: () => validation,
    epochs: facts.epochs,
    learningRate: options.lr,
  });

  const fill = (seen: Columns, first: number) =>
    filled(seen, { first, window, seasons }, (arrays) => trainer.predict(batchesOf(arrays)));
  const hidden = hide(tested, share, longest, seededRandom(seed, 2));
  const asked = hiddenRows(tested, hidden, from, rows);
  const found = await fill(hidden, from);
  const lines = hidden.map(linearFill);
  const simple = { "last number": hidden.map(forwardFill), "straight line": lines };
  const errors = Object.entries(simple).map(([name, filled]) => [name, fillError(filled, tested, asked)] as const);
  for (const [name, error] of errors) job.say("simple", `${name}: ${error.toFixed(4)}`);
  for (const [i, name] of table.names.entries()) {
    const only = asked.map((places, column) => (column === i ? places : []));
    job.say(
      name,
      `${fillError(found, tested, only).toFixed(4)}, straight line ${fillError(lines, tested, only).toFixed(4)}`,
    );
  }
  const whole = await fill(tested, 0);
  const restored = whole.map((column, i) => Float64Array.from((scalers[i] as Scaler).inverse(column)));
  return {
    metrics: { mae: fillError(found, tested, asked) },
    baseline: { mae: Math.min(...errors.map(([, error]) => error)) },
    parameters: parameterCount(model),
    steps: trainer.steps,
    data: { trained: training.filled.length, tested: asked.flat().length },
    model: saved ? undefined : { settings, weights: await trainer.stateDict() },
    files: {
      "gaps.svg": picture(table.names, tested, hidden, { found, lines, from }),
      "filled.csv": csv(table.names, restored),
    },
  };
}

/** The table that `--predict` names, a row after the other: its numbers, and in their places what its gaps are filled with. */
async function* predict({ device, data, saved }: Question<MissingOptions, Settings>): AsyncGenerator<Prediction> {
  const { names, seasons, sizes } = saved.settings;
  const scalers = saved.settings.scalers.map((json) => Scaler.fromJSON(json));
  const table = await readTable(data, names);
  if (table.rows < sizes.window) {
    throw new UserError(`${data.name}: ${table.rows} rows are too few; expected at least ${sizes.window}`);
  }
  const model = new Imputer(sizes);
  model.loadStateDict(device, saved.weights);
  const { filled: line, known, seasons: calendar } = imputerInputs(sizes);
  const program = await compile(device, model, {
    inputs: { filled: line, known, seasons: calendar },
    fn: ({ filled, known, seasons }) => model.forward(filled, known, seasons).found,
  });
  const scaled = table.columns.map((column, i) => Float64Array.from((scalers[i] as Scaler).transform(column)));
  const whole = await filled(scaled, { first: 0, window: sizes.window, seasons }, async function* (arrays) {
    for (const { filled, known, seasons } of new Batches({ ...arrays }, { batchSize: 64 })) {
      yield await (await program.run({ filled, known, seasons })).read();
    }
  });
  const restored = whole.map((column, i) => Float64Array.from((scalers[i] as Scaler).inverse(column)));
  for (let row = 0; row < table.rows; row++) {
    const isMissing = table.columns.map((column) => Number.isNaN(column[row]));
    const values = names.map((name, i) => [name, (isMissing[i] ? restored : table.columns)[i]?.[row] as number]);
    yield { row: row + 1, ...Object.fromEntries(values), filled: names.filter((_, i) => isMissing[i]).join(" ") };
  }
}

/** The same as a table, for who goes on with it. */
function pages(rows: readonly Prediction[]): Record<string, string> {
  const names = Object.keys(rows[0] ?? {}).filter((name) => name !== "row" && name !== "filled");
  return {
    "filled.csv": csv(
      names,
      names.map((name) => Float64Array.from(rows, (row) => row[name] as number)),
    ),
  };
}

const numbers = ["window", "longest", "hidden", "variants", "batch"] as const;

export const missingValues: Task<MissingOptions, Settings> = {
  name: "missing-values",
  flags: ["columns", "seasons", "share", "lr", ...numbers],
  readOptions(flags: Flags) {
    const [window, longest, hidden, variants, batch] = numbers.map((name) => flags.integer(name, defaults[name])) as [
      number,
      number,
      number,
      number,
      number,
    ];
    if (window % 4 !== 0) throw new UserError(`--window: expected a multiple of 4, got "${window}"`);
    const whole = (value: number) => Number.isInteger(value) && value >= 0;
    return {
      ...{ window, longest, hidden, variants, batch },
      columns: flags.has("columns") ? flags.path("columns", "").split(",") : undefined,
      seasons: flags.has("seasons")
        ? flags.numbers("seasons", [], "whole numbers with commas between them", whole).filter(Boolean)
        : undefined,
      share: flags.number("share", defaults.share, "a share between 0 and 1", (value) => value > 0 && value < 1),
      lr: flags.number("lr", defaults.lr, "a positive number", (value) => value > 0),
    };
  },
  run,
  predict,
  pages,
};
