// What became of a run that was repeated, beside what is committed of it.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SetupError } from "../setup/say.mjs";
import { committedIn, gain, holds, resultFiles } from "./figures.mjs";

/** @typedef {{ name: string, committed: number, now: number | undefined, baseline: number | undefined, fell: boolean, why: string }} FigureReport */
/** @typedef {{ name: string, seconds: number, problem: string | undefined, figures: FigureReport[] }} Report */

/**
 * @param {import("./figures.mjs").Committed} committed
 * @param {string} out
 * @param {string | undefined} problem
 * @param {number} seconds
 * @returns {Report}
 */
export function compare(committed, out, problem, seconds) {
  const { name } = committed;
  const file = resultFiles.map((each) => join(out, each)).find((path) => existsSync(path));
  if (problem !== undefined || file === undefined) {
    return { name, seconds, problem: problem ?? "wrote no result", figures: [] };
  }
  const repeated = committedIn(name, readJson(file));
  const [was, is] = [committed.data, repeated?.data].map((data) => JSON.stringify(data));
  const other = was === is ? undefined : `was run on other data: ${is}, committed ${was}`;
  const figures = Object.entries(committed.figures).map(([figure, value]) => {
    const now = repeated?.figures[figure];
    const baseline = repeated?.baseline[figure];
    return { name: figure, committed: value, now, baseline, ...judge(figure, value, now, committed, baseline) };
  });
  return { name, seconds, problem: other, figures };
}

/**
 * @param {string} figure
 * @param {number} value
 * @param {number | undefined} now
 * @param {import("./figures.mjs").Committed} committed
 * @param {number | undefined} baseline
 */
function judge(figure, value, now, committed, baseline) {
  if (now === undefined) return { fell: true, why: "is missing" };
  if (!holds(figure, now, value)) return { fell: true, why: "fell" };
  const before = committed.baseline[figure];
  const wasAhead = before !== undefined && (gain(figure, value, before) ?? 0) > 0;
  const isAhead = baseline !== undefined && (gain(figure, now, baseline) ?? 0) > 0;
  return wasAhead && !isAhead
    ? { fell: true, why: "is no longer better than its baseline" }
    : { fell: false, why: "holds" };
}

/** @param {Report} report */
export function reportText({ name, seconds, problem, figures }) {
  const lines = figures.map(({ name: figure, committed, now, baseline, why }) => {
    const beside = baseline === undefined ? "" : `, baseline ${round(baseline)}`;
    return `  ${figure.padEnd(24)} ${why}: ${round(now)}, committed ${round(committed)}${beside}\n`;
  });
  return `${name}, ${seconds} s${problem === undefined ? "" : `: ${problem}`}\n${lines.join("")}`;
}

/** @param {number | undefined} value */
const round = (value) => (value === undefined ? "nothing" : String(Number(value.toPrecision(4))));

/** @param {string} path */
export function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new SetupError(`examples: ${path} cannot be read (${/** @type {Error} */ (error).message})`);
  }
}
