// The figures of a result: what it was made by, and which numbers are compared.

/**
 * @typedef {object} Committed
 * @property {string} name of the file, without .json
 * @property {string} example
 * @property {readonly string[]} args what is behind the example's name
 * @property {unknown} data how much was trained and tested on, where that is said
 * @property {Figures} figures
 * @property {Figures} baseline
 */

/** @typedef {Readonly<Record<string, number>>} Figures */

/**
 * How figures are judged: which way is better, and how much worse is still the same. Training on another adapter rounds otherwise,
 * and so ends elsewhere: the tolerances are about what another seed would make of it.
 * @type {Readonly<Record<string, { better: "higher" | "lower", tolerance: number, share?: boolean }>>}
 */
const kinds = {
  accuracy: { better: "higher", tolerance: 0.01 },
  rouge1: { better: "higher", tolerance: 0.01 },
  rouge2: { better: "higher", tolerance: 0.01 },
  bleu: { better: "higher", tolerance: 1 },
  windowsFound: { better: "higher", tolerance: 0 },
  digitErrorRate: { better: "lower", tolerance: 0.01 },
  lossNats: { better: "lower", tolerance: 0.03, share: true },
  meanSquaredError: { better: "lower", tolerance: 0.2, share: true },
  mae: { better: "lower", tolerance: 0.03, share: true },
  falseAlarms: { better: "lower", tolerance: 0 },
  // a machine that does more besides takes longer
  milliseconds: { better: "lower", tolerance: 2, share: true },
  // of the examples that are not tasks
  exact: { better: "higher", tolerance: 0.02 },
  recalled: { better: "higher", tolerance: 0.02 },
  learned: { better: "higher", tolerance: 0 },
  length: { better: "higher", tolerance: 0.5, share: true },
};

/** Of a figure with a name behind it, as `learned lstm`, the first word tells the kind. @param {string} name */
const kindOf = (name) => kinds[name.split(" ")[0] ?? ""];

/** The tolerances, for `--help`. */
export const tolerances = Object.entries(kinds)
  .map(([name, { tolerance, share }]) => `${name} ${share ? `${100 * tolerance}%` : tolerance}`)
  .join(", ");

/**
 * How much better a figure is than another, in its own terms: negative where it is worse. Undefined where nobody knows which way is
 * better.
 * @param {string} name @param {number} value @param {number} other
 */
export function gain(name, value, other) {
  const kind = kindOf(name);
  return kind && (kind.better === "higher" ? value - other : other - value);
}

/**
 * Whether a figure is as good as the committed one. One of no known kind is to be within 3% of it, in either direction.
 * @param {string} name @param {number} value @param {number} committed
 */
export function holds(name, value, committed) {
  const kind = kindOf(name);
  if (!kind) return Math.abs(value - committed) <= 0.03 * Math.abs(committed);
  const allowed = kind.share ? kind.tolerance * Math.abs(committed) : kind.tolerance;
  return /** @type {number} */ (gain(name, value, committed)) >= -allowed - 1e-9;
}

/**
 * What a result file says: of a task what it has written, of an older example what is looked up in it.
 * @param {string} name @param {any} json
 * @returns {Committed | undefined} undefined where nothing in it is a figure
 */
export function committedIn(name, json) {
  if (json.metrics) {
    const args = Object.entries(json.options ?? {}).flatMap(([option, value]) => [`--${option}`, String(value)]);
    return { name, example: json.task, args, data: json.data, figures: json.metrics, baseline: json.baseline };
  }
  const known = older[name];
  if (!known) return undefined;
  const [example, ...args] = known.run.split(" ");
  return {
    name,
    example: /** @type {string} */ (example),
    args,
    data: undefined,
    figures: known.figures(json),
    baseline: {},
  };
}

/** By cell whether it learned, at any rate. @param {any} json */
const learned = ({ runs }) => {
  /** @type {Record<string, number>} */
  const cells = {};
  for (const { cell, learnedAt } of runs)
    cells[`learned ${cell}`] = Math.max(cells[`learned ${cell}`] ?? 0, learnedAt ? 1 : 0);
  return cells;
};

/** Of answers that are right to the last character. @param {any} json */
const exactShare = ({ test }) => ({ exact: test.exactShare });

/** @type {Readonly<Record<string, { run: string, figures: (json: any) => Record<string, number> }>>} */
const older = {
  adding: { run: "classic-tests --task adding --cells lstm,gru,rnn,minGru,minLstm", figures: learned },
  "copy-5": { run: "classic-tests --task copy --symbols 5 --hidden 48 --lr 0.02,0.01,0.003,0.001", figures: learned },
  "copy-10": { run: "classic-tests --task copy --cells gru --lr 0.005 --steps 4000", figures: learned },
  parity: { run: "classic-tests --task parity --cells lstm,gru,rnn,minGru", figures: learned },
  recall: { run: "classic-tests --task recall --cells lstm,gru,rnn,minGru,minLstm", figures: learned },
  addition: { run: "addition", figures: exactShare },
  "strings-reverse": { run: "strings", figures: exactShare },
  "strings-sort": { run: "strings --task sort", figures: exactShare },
  dates: { run: "dates", figures: ({ exact }) => ({ exact }) },
  // the longest sequences that a cell still learned
  cells: {
    run: "cells --tasks recall,parity",
    figures: ({ climbs }) =>
      Object.fromEntries(
        climbs.map((/** @type {any} */ { task, cell, longest }) => [`length ${task} ${cell}`, longest ?? 0]),
      ),
  },
  // how many orders of magnitude the gradient loses on its way back to the first step
  "gradient-flow": {
    run: "gradient-flow",
    figures: ({ initial }) =>
      Object.fromEntries(
        Object.entries(initial).map(([net, norms]) => [`reach ${net}`, Math.log10(norms.at(-1) / norms[0])]),
      ),
  },
  hopfield: {
    run: "hopfield",
    figures: ({ pictures }) =>
      Object.fromEntries(
        pictures.flatMap((/** @type {any} */ { title, pictures: all, backByClassical, backByModern }) => [
          [`recalled classical, ${title.split(/[ ,]/)[0].toLowerCase()}`, backByClassical / all],
          [`recalled modern, ${title.split(/[ ,]/)[0].toLowerCase()}`, backByModern / all],
        ]),
      ),
  },
  "lm-curves": {
    run: "lm-curves --text $SEQGRAD_DATA/text/tinyshakespeare.txt",
    figures: ({ models }) =>
      Object.fromEntries(models.map((/** @type {any} */ { name, validation }) => [`lossNats ${name}`, validation])),
  },
};

/** Files that a run writes its figures into. */
export const resultFiles = ["result.json", "results.json"];
