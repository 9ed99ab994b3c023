/** The page: a form for a task's files and options, how it goes, and what comes of it. */
import { classification } from "../classification/classification.ts";
import { facts as classificationFacts } from "../classification/help.mjs";
import { forecasting } from "../forecasting/forecasting.ts";
import { facts as forecastingFacts } from "../forecasting/help.mjs";
import { facts as sentimentFacts } from "../sentiment/help.mjs";
import { sentiment } from "../sentiment/sentiment.ts";
import type { TaskFacts } from "../shared/task/help.mjs";
import { type Form, type PageResult, runInPage, type Told } from "../shared/task/page.ts";
import { filesFromPage } from "../shared/task/page-files.ts";
import { Interrupted, type Task } from "../shared/task/task.ts";
import { facts as digitsFacts } from "../spoken-digits/help.mjs";
import { spokenDigits } from "../spoken-digits/spoken-digits.ts";

interface Offered {
  readonly facts: TaskFacts;
  readonly run: (form: Form, told: Told) => Promise<PageResult>;
}

const offer = <Options, Settings>(facts: TaskFacts, task: Task<Options, Settings>): Offered => ({
  facts,
  run: (form, told) => runInPage(facts, task, form, told),
});

const tasks = [
  offer(classificationFacts, classification),
  offer(sentimentFacts, sentiment),
  offer(digitsFacts, spokenDigits),
  offer(forecastingFacts, forecasting),
];

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const inputs = { task: element<HTMLSelectElement>("task"), options: element<HTMLInputElement>("options") };
const log = element("log");
const results = element("results");
let stopping = new AbortController();

for (const { facts } of tasks) inputs.task.add(new Option(facts.name));
const chosen = (): Offered => tasks[inputs.task.selectedIndex] as Offered;
const explain = () => {
  const { about, data, options = "", predict = "" } = chosen().facts;
  element("about").textContent = about;
  element("data-about").textContent = data ?? null;
  element("unlabelled-about").textContent = predict;
  element("options-about").textContent = options;
};
inputs.task.addEventListener("change", explain);
explain();

const filesIn = (id: string, what: string) => {
  const { files } = element<HTMLInputElement>(id);
  return files?.length ? filesFromPage(what, files) : undefined;
};
const say = (name: string, text: string) => {
  log.textContent += `${name.padEnd(9)}${text}\n`;
};
/** What the page is at: idle, running, done, stopped or failed. */
const enter = (state: string) => {
  document.body.dataset.state = state;
  element<HTMLButtonElement>("start").disabled = state === "running";
  element<HTMLButtonElement>("stop").disabled = state !== "running";
};
enter("idle");

element("stop").addEventListener("click", () => stopping.abort());
element("start").addEventListener("click", async () => {
  log.textContent = "";
  results.replaceChildren();
  stopping = new AbortController();
  enter("running");
  try {
    const form = {
      data: filesIn("data", "data"),
      test: filesIn("test", "test data"),
      model: filesIn("model", "model"),
      unlabelled: filesIn("unlabelled", "data without labels"),
      options: inputs.options.value,
    };
    show(await chosen().run(form, { say, signal: stopping.signal }));
    enter("done");
  } catch (error) {
    const isStopped = error instanceof Interrupted;
    say(isStopped ? "stopped" : "error", isStopped ? "" : (error as Error).message);
    enter(isStopped ? "stopped" : "failed");
  }
});

function show({ figures, predictions, files }: PageResult): void {
  if (figures) {
    const { metrics, baseline } = figures;
    const names = Object.keys(metrics) as (keyof typeof metrics)[];
    const row = (who: string, of: typeof metrics) => [who, ...names.map((name) => of[name]?.toFixed(4) ?? "")];
    results.append(tableOf([["", ...names], row("model", metrics), row("baseline", baseline)]));
  }
  if (predictions) {
    const names = Object.keys(predictions[0] ?? {});
    const cell = (value: string | number | undefined) =>
      typeof value === "number" ? value.toPrecision(4) : (value ?? "");
    results.append(tableOf([names, ...predictions.map((each) => names.map((name) => cell(each[name])))]));
  }
  const kinds: Record<string, string> = { svg: "image/svg+xml", html: "text/html", json: "application/json" };
  for (const [name, content] of Object.entries(files)) {
    const type = kinds[name.split(".").at(-1) ?? ""] ?? "application/octet-stream";
    const url = URL.createObjectURL(new Blob([content as BlobPart], { type }));
    if (type === "image/svg+xml") results.append(Object.assign(new Image(), { src: url, alt: name }));
    results.append(Object.assign(document.createElement("a"), { href: url, download: name, textContent: name }));
  }
}

function tableOf([heading = [], ...rows]: readonly (readonly string[])[]): HTMLTableElement {
  const table = document.createElement("table");
  for (const name of heading)
    table.createTHead().append(Object.assign(document.createElement("th"), { textContent: name }));
  for (const row of rows)
    for (const [i, text] of row.entries())
      (i === 0 ? table.insertRow() : lastRow(table)).insertCell().textContent = text;
  return table;
}

const lastRow = (table: HTMLTableElement) => table.rows.item(table.rows.length - 1) as HTMLTableRowElement;
