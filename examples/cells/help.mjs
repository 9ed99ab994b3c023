import { taskNames } from "../classic-tests/help.mjs";
import { adapters } from "../shared/names.mjs";

/** The zoo: names, and papers. */
export const papers = {
  cifg: "coupled gates: Greff et al. 2017",
  mgu: "minimal gated unit: Zhou et al. 2016",
  ugrnn: "update gate RNN: Collins et al. 2017",
  indRnn: "independently recurrent: Li et al. 2018",
  sru: "simple recurrent unit: Lei et al. 2018",
  qrnn: "quasi-recurrent: Bradbury et al. 2017",
  mLstm: "multiplicative LSTM: Krause et al. 2016",
  clockwork: "groups with clocks: Koutník et al. 2014",
  layerNormGru: "GRU of normalised products: Ba et al. 2016",
  sLstm: "exponential gates, from xLSTM: Beck et al. 2024",
  coRnn: "coupled oscillators: Rusch and Mishra 2021",
  lem: "long expressive memory: Rusch et al. 2022",
};
export const zooCells = /** @type {readonly (keyof typeof papers)[]} */ (Object.keys(papers));
/** The library's layers stand beside them. */
export const known = /** @type {const} */ (["lstm", "gru", "rnn"]);
export const all = [...known, ...zooCells];

const lines = zooCells.map((name) => `  ${name.padEnd(14)}${papers[name]}\n`).join("");

export const help = `Puts a zoo of recurrent cells, each written with scan, to the classic tests of memory: which remembers how long?

  npm run example -- cells [options]

Each cell is trained on short sequences first. When of the loss of the best answer that remembers nothing nine tenths are gone,
the sequences become twice as long, until the cell fails or the longest are learned.

Cells
${lines}
Options
  --cells LIST      of these and ${known.join(", ")} (default: all)
  --tasks LIST      of ${taskNames.join(", ")} (default: all)
  --shortest N      length to begin with (default: 4)
  --longest N       length to end with (default: 32)
  --symbols N       symbols to copy (default: 2)
  --hidden N        units of the recurrent layer (default: 24)
  --batch N         sequences per training step (default: 32)
  --steps N         training steps at most at one length (default: 200)
  --lr X            highest learning rate (default: 0.02)
  --test N          sequences of the evaluation sets, never trained on (default: 64)
  --every N         training steps between evaluations (default: 10)
  --seed N          of the weights and of the training sequences (default: 0)
  --out DIR         folder for results.json and memory.svg (default: runs/cells)
  --resume DIR      go on with the run in this folder, with its options, at the cell at which it was broken off
  --adapter KIND    ${adapters.join(", ")} (default: auto, a GPU where there is one)
  --version         the version of seqgrad
  --help            this page
`;
