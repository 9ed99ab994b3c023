import { adapters } from "../shared/names.mjs";

export const files = /** @type {const} */ (["results.json", "curves.svg"]);

export const defaults = /** @type {const} */ ({
  "d-model": 96,
  heads: 4,
  layers: 2,
  "lstm-layers": 1,
  embed: 64,
  "seq-len": 64,
  batch: 16,
  steps: 600,
  sweep: 80,
  "lr-transformer": [1e-3, 2e-3, 4e-3],
  "lr-lstm": [3e-3, 6e-3, 12e-3],
  clip: 1,
  every: 25,
  seed: 0,
  out: "runs/lm-curves",
});

export const help = `Trains a causal Transformer and an LSTM with as many parameters on the characters of a text, on the same batches, each
with the best of its learning rates, and draws both losses. The last tenth of the text is for validation.

  npm run example -- lm-curves [options]

  --text FILE           UTF-8 text, such as char-rnn's tinyshakespeare.txt; must be given
  --d-model N           width of the Transformer (default: ${defaults["d-model"]})
  --heads N             heads of its attention (default: ${defaults.heads})
  --layers N            its layers (default: ${defaults.layers})
  --lstm-layers N       layers of the LSTM, whose size follows from the Transformer's (default: ${defaults["lstm-layers"]})
  --embed N             width of the LSTM's embedding (default: ${defaults.embed})
  --seq-len N           characters per sequence; both see no farther back (default: ${defaults["seq-len"]})
  --batch N             sequences per step (default: ${defaults.batch})
  --steps N             training steps (default: ${defaults.steps})
  --lr-transformer LIST highest learning rates to choose from (default: ${defaults["lr-transformer"].join(",")})
  --lr-lstm LIST        likewise (default: ${defaults["lr-lstm"].join(",")})
  --sweep N             steps with each rate before the choice (default: ${defaults.sweep}); one rate needs no choice
  --clip X              the gradient's greatest norm (default: ${defaults.clip})
  --every N             steps from one point of the curves to the next (default: ${defaults.every})
  --seed N              of weights and batches (default: ${defaults.seed})
  --out DIR             folder for ${files.join(" and ")} (default: ${defaults.out})
  --adapter KIND        ${adapters.join(", ")} (default: auto, a GPU where there is one)
  --version             the version of seqgrad
  --help                this page

Ctrl-C ends the training in progress and draws what there is.
`;
