/** Runs a task in a page: files that were put in by hand, options from a form, and what comes of it as files to be kept. */
import { openDevice } from "seqgrad";
import { UserError } from "../errors.ts";
import { Flags } from "../flags.ts";
import type { Files } from "./files.ts";
import type { TaskFacts } from "./help.mjs";
import { decodeModel, encodeModel, modelFile, optionsFile } from "./saved.ts";
import { type Figures, fitWith, type Prediction, resultOf, type Task } from "./task.ts";

/** What is in the form. */
export interface Form {
  readonly data: Files | undefined;
  readonly test: Files | undefined;
  /** A model that was kept; nothing is trained then. */
  readonly model: Files | undefined;
  /** Data without labels, for that model. */
  readonly unlabelled: Files | undefined;
  /** As on a command line: `--hidden 32 --epochs 4`. */
  readonly options: string;
}

/** Where it is told how it goes. */
export interface Told {
  say(name: string, text: string): void;
  readonly signal: AbortSignal;
}

export interface PageResult {
  readonly figures?: { readonly metrics: Figures; readonly baseline: Figures };
  readonly predictions?: readonly Prediction[];
  /** By name. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

/** Throws a UserError, and `Interrupted` where the signal ends it. */
export async function runInPage<Options, Settings>(
  facts: TaskFacts,
  task: Task<Options, Settings>,
  form: Form,
  { say, signal }: Told,
): Promise<PageResult> {
  const flags = flagsIn(form.options, ["epochs", "seed", ...task.flags]);
  // tasks ask whether there are data of the user's own
  const own = form.data ?? form.unlabelled;
  const options = task.readOptions(new Flags({ ...flags.given(), ...(own && { data: own.name }) }));
  const saved = form.model && (await savedIn<Settings>(facts.name, form.model));
  const device = await openDevice();
  try {
    say("adapter", `${device.adapter.name} (${device.adapter.kind})`);
    if (form.unlabelled) {
      if (!saved) throw new UserError("data without labels: no model says what they are; choose one, too");
      if (!task.predict) throw new UserError(`${facts.name}: has no use for data without labels; leave them out`);
      const predictions: Prediction[] = [];
      const question = { device, options, data: form.unlabelled, saved, say };
      for await (const each of task.predict(question)) predictions.push(each);
      return {
        predictions,
        files: { "predictions.jsonl": predictions.map((each) => `${JSON.stringify(each)}\n`).join("") },
      };
    }
    say("data", form.data?.name ?? `made up: ${facts.made}`);
    const started = performance.now();
    const outcome = await task.run({
      device,
      options,
      data: form.data,
      test: form.test,
      epochs: flags.has("epochs") ? flags.integer("epochs", facts.epochs) : undefined,
      seed: flags.integer("seed", 0, 0, 2 ** 31),
      saved,
      resume: undefined,
      fit: fitWith([progress(say)], signal),
      part: (_, work) => work(fitWith([], signal)),
      say,
    });
    const seconds = (performance.now() - started) / 1000;
    const { metrics, baseline, model } = outcome;
    const result = resultOf(facts.name, outcome, seconds, device.adapter, flags.given());
    return {
      figures: { metrics, baseline },
      files: {
        ...outcome.files,
        // as --load wants them in a folder
        ...(model && {
          [modelFile]: encodeModel(facts.name, model),
          [optionsFile]: `${JSON.stringify(flags.given())}\n`,
        }),
        "result.json": `${JSON.stringify(result, null, 2)}\n`,
      },
    };
  } finally {
    device.dispose();
  }
}

/** A line for each epoch. */
const progress = (say: Told["say"]): NonNullable<Parameters<typeof fitWith>[0][number]> => ({
  epoch: ({ epoch, loss, validationLoss, seconds }) => {
    const validation = validationLoss === undefined ? "" : `, validation ${validationLoss.toPrecision(4)}`;
    say(`epoch ${epoch}`, `loss ${loss.toPrecision(4)}${validation} (${seconds.toFixed(1)} s)`);
  },
});

function flagsIn(text: string, known: readonly string[]): Flags {
  const given: Record<string, string> = {};
  const words = text.split(/[\s=]+/).filter(Boolean);
  for (let i = 0; i < words.length; i += 2) {
    const [option = "", value] = words.slice(i, i + 2);
    const name = option.replace(/^--/, "");
    if (!option.startsWith("--") || !known.includes(name)) {
      throw new UserError(`options: ${option} is none; there are --${known.join(", --")}`);
    }
    if (value === undefined) throw new UserError(`options: ${option} needs a value`);
    given[name] = value;
  }
  return new Flags(given);
}

async function savedIn<Settings>(task: string, files: Files) {
  const [name, ...more] = files.names;
  if (name === undefined || more.length > 0) throw new UserError(`model: expected one file, ${modelFile} of a run`);
  return decodeModel<Settings>(task, await files.bytes(name), name);
}
