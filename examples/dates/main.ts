// An encoder and a decoder with attention learn to read dates.
import { type AdapterDescription, openDevice } from "seqgrad";
import { prepareFolder, putFiles } from "../shared/files.ts";
import { Interrupt } from "../shared/interrupt.ts";
import { runProgram } from "../shared/program.ts";
import { clock } from "../shared/terminal.ts";
import { attentionPicture } from "./figure.ts";
import { help } from "./help.mjs";
import { type DateOptions, parseOptions } from "./options.ts";
import { type Run, trainDates } from "./train.ts";

const print = (text: string) => process.stdout.write(text);
const percent = (share: number) => `${(100 * share).toFixed(1)}%`;
const pictures = 6;

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  prepareFolder(options.out, ["dates.json", "dates-attention.svg"]);
  const device = await openDevice({ adapter: options.adapter });
  const { cell, attention, hidden, batch, steps, test } = options;
  print(`adapter  ${device.adapter.name} (${device.adapter.kind})\n`);
  print(`model    ${cell}, encoder both ways, attention ${attention}, hidden ${hidden}\n`);
  print(`training up to ${steps} steps of ${batch} dates; tried on ${test} of days that are never trained on\n\n`);

  const interrupt = new Interrupt(() => print("  ending after this step\n"));
  const run = await trainDates(device, options, interrupt, ({ step, loss, exact }) => {
    print(`  step ${String(step).padStart(5)}  loss ${loss?.toFixed(4) ?? "   -  "}  exact ${percent(exact)}\n`);
  });
  interrupt.dispose();
  const exact = run.curve.at(-1)?.exact ?? 0;
  print(
    `\n${run.steps} steps in ${clock(run.seconds)}, ${run.dispatches} dispatches each: ${percent(exact)} exact\n\n`,
  );
  const shown = distinct(run.answers);
  for (const { source, answer } of shown) print(`  ${source.padEnd(32)}${answer}\n`);
  const about = `${percent(exact)} of ${test} held-out dates exact after ${run.steps} steps; ${cell}, attention ${attention}, hidden ${hidden}`;
  putFiles(options.out, {
    "dates.json": resultsJson(device.adapter, options, run),
    "dates-attention.svg": attentionPicture(about, shown),
  });
  print(`\nwritten  ${options.out}: dates.json, dates-attention.svg\n`);
  return 0;
}

/** One of each form (words and numbers in the same places), spread over them, the longest first. */
function distinct(answers: Run["answers"]): Run["answers"] {
  const form = (text: string) => text.replace(/[a-z]+/gi, "a").replace(/\d+/g, (digits) => `${digits.length % 2}`);
  const byForm = new Map(answers.map((answer) => [form(answer.source), answer]));
  const sorted = [...byForm.values()].sort((a, b) => b.source.length - a.source.length);
  const wanted = Math.min(pictures, sorted.length);
  return Array.from(
    { length: wanted },
    (_, i) => sorted[Math.floor((i * sorted.length) / wanted)],
  ) as Run["answers"][number][];
}

function resultsJson({ name, kind }: AdapterDescription, options: DateOptions, run: Run): string {
  const { out: _, adapter: __, ...rest } = options;
  const short = (value: number | null) => (value === null ? null : Number(value.toPrecision(4)));
  const wrong = run.answers.filter(({ iso, answer }) => iso !== answer);
  const head = {
    about: "dates as people write them to ISO 8601; days of the evaluation are never trained on",
    adapter: { name, kind },
    options: rest,
    steps: run.steps,
    seconds: Math.round(run.seconds),
    dispatches: run.dispatches,
    exact: short(run.curve.at(-1)?.exact ?? 0),
    wrong: wrong.slice(0, 10).map(({ source, iso, answer }) => ({ source, iso, answer })),
  };
  const curve = run.curve.map(({ step, loss, exact }) => JSON.stringify([step, short(loss), short(exact)]));
  return `${JSON.stringify({ ...head, curve: [] }, null, 2).replace('"curve": []', () => `"curve": [\n    ${curve.join(",\n    ")}\n  ]`)}\n`;
}

await runProgram("dates", help, main);
