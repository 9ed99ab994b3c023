/** Prints what a model says of data without labels, and writes all of it as JSON, a line for each. */
import { putFiles } from "../files.ts";
import { fact, table } from "../terminal.ts";
import type { Prediction, Task } from "./task.ts";

export const predictionsFile = "predictions.jsonl";

/** More are in the file alone. */
const shown = 20;
const longest = 60;

export async function tellPredictions(
  predictions: AsyncIterable<Prediction>,
  folder: string,
  pages: Task<never, never>["pages"] = () => ({}),
): Promise<void> {
  const all: Prediction[] = [];
  for await (const each of predictions) all.push(each);
  putFiles(folder, { ...pages(all), [predictionsFile]: all.map((each) => `${JSON.stringify(each)}\n`).join("") });
  const names = Object.keys(all[0] ?? {});
  const cell = (value: string | number | undefined) => {
    const text = typeof value === "number" ? String(Number(value.toPrecision(4))) : (value ?? "");
    return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
  };
  const rows = all.slice(0, shown).map((each) => names.map((name) => cell(each[name])));
  const more = all.length > shown ? `the first ${shown} of ${all.length}; all are in ` : "";
  process.stdout.write(`\n${table(names, rows)}\n${fact("written", `${more}${folder}/${predictionsFile}`)}`);
}
