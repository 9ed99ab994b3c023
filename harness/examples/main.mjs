// npm run examples: repeats the runs whose results are in examples/results, one process each, and says which figures fell.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { runChild } from "../setup/child.mjs";
import { answeredEarly } from "../setup/help.mjs";
import { root } from "../setup/paths.mjs";
import { runMain, SetupError } from "../setup/say.mjs";
import { committedIn, tolerances } from "./figures.mjs";
import { compare, readJson, reportText } from "./report.mjs";

const results = join("examples", "results");

const usage = `Repeats the runs that the figures in ${results} are of, one after the other, each in a process of its own, and compares. A
figure fell where it is worse than the committed one by more than its tolerance, or no longer better than its baseline. On the
adapter that it was made on a run gives the same figures; on another it rounds otherwise and ends near them.

  npm run examples -- [NAMES] [options]

NAMES are those of results, such as sentiment or forecasting-airline; all if none is given. All of them take hours on two cores.

Options
  --list            prints the names and the commands, and runs nothing
  --results DIR     the results to compare with (default: ${results})
  --out DIR         folder for the runs, and summary.json (default: runs/examples)
  --adapter KIND    auto, hardware, software (default: auto, a GPU where there is one)
  --version         the version of seqgrad
  --help            this page

Tolerances: ${tolerances}; another figure 3% either way.
Data sets are looked for below SEQGRAD_DATA (default: ../shared/data).
The exit code is 0 if no figure fell, 1 if one did or a run failed, 130 after Ctrl-C.
`;

await runMain(async () => {
  const args = process.argv.slice(2);
  if (answeredEarly(args, usage)) return 0;
  const { values, positionals } = read(args);
  const wanted = choose(committedOf(values.results), positionals);
  if (values.list) {
    for (const { name, example, args } of wanted) {
      process.stdout.write(`${name.padEnd(26)} npm run example -- ${[example, ...args].join(" ")}\n`);
    }
    return 0;
  }
  const data = resolve(process.env.SEQGRAD_DATA ?? join(root, "..", "shared", "data"));
  if (!existsSync(data)) process.stderr.write(`examples: there are no data sets in ${data}; set SEQGRAD_DATA\n`);
  mkdirSync(values.out, { recursive: true });
  /** @type {import("./report.mjs").Report[]} */
  const reports = [];
  for (const committed of wanted) {
    const out = resolve(values.out, committed.name);
    process.stdout.write(`\n${committed.name}\n`);
    const began = performance.now();
    const own = committed.args.map((arg) => arg.replace("$SEQGRAD_DATA", data));
    const adapter = values.adapter ? ["--adapter", values.adapter] : [];
    const line = [join(root, "harness", "example.mjs"), committed.example, ...own, "--out", out, ...adapter];
    const code = await runChild(process.execPath, line, {});
    if (code === 130) return code;
    const problem = code === 0 ? undefined : `ended with code ${code}`;
    reports.push(compare(committed, out, problem, Math.round((performance.now() - began) / 1000)));
    // written after each, so that what was found is there whatever ends the rest
    writeFileSync(join(values.out, "summary.json"), `${JSON.stringify(reports, null, 2)}\n`);
  }
  process.stdout.write(`\n${reports.map(reportText).join("")}`);
  const fell = reports.filter((report) => report.problem !== undefined || report.figures.some(({ fell }) => fell));
  process.stdout.write(
    fell.length === 0
      ? `\nall ${reports.length} hold\n`
      : `\n${fell.length} of ${reports.length} fell: ${fell.map(({ name }) => name).join(", ")}\n`,
  );
  return fell.length === 0 ? 0 : 1;
});

/** @param {readonly string[]} args */
function read(args) {
  const text = /** @type {const} */ ({ type: "string" });
  const options = { list: /** @type {const} */ ({ type: "boolean" }), results: text, out: text, adapter: text };
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const { list = false, results: from = join(root, results), out = join("runs", "examples"), adapter } = values;
    return { values: { list, results: from, out, adapter }, positionals };
  } catch (error) {
    throw new SetupError(`examples: ${/** @type {Error} */ (error).message}; see --help`);
  }
}

/** @param {string} folder */
function committedOf(folder) {
  if (!existsSync(folder))
    throw new SetupError(`examples: --results: ${folder} is not there; give a folder of results`);
  const names = readdirSync(folder).filter((file) => file.endsWith(".json"));
  return names.sort().flatMap((file) => {
    const committed = committedIn(file.slice(0, -".json".length), readJson(join(folder, file)));
    return committed ? [committed] : [];
  });
}

/** @param {readonly import("./figures.mjs").Committed[]} all @param {readonly string[]} names */
function choose(all, names) {
  const known = all.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new SetupError(`examples: there is no result ${unknown}; there are ${known.join(", ")}`);
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
}
