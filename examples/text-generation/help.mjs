// What `npm start -- --help` says, and the defaults that it names. Plain JavaScript: it is printed before any package is
// installed.
import { adapters, models, positions } from "../shared/names.mjs";

export const defaults = /** @type {const} */ ({
  model: "lstm",
  embed: 32,
  heads: 4,
  positions: "rope",
  "seq-len": 64,
  steps: 750,
  clip: 1,
  "save-every": 50,
  seed: 0,
  sample: 500,
  temperature: 0.5,
  "top-p": 1,
  out: "runs/text-generation",
  adapter: "auto",
});

/** What suits one kind of model and not the other: both then take about as long. */
export const defaultsOf = {
  recurrent: { hidden: 128, layers: 1, batch: 16, lr: 1e-2 },
  transformer: { hidden: 64, layers: 2, batch: 8, lr: 8e-3 },
};

/** @param {keyof (typeof defaultsOf)["recurrent"]} name */
const both = (name) => `default: ${defaultsOf.recurrent[name]}; transformer: ${defaultsOf.transformer[name]}`;

export const help = `Trains a character language model on the GPU and lets it write.

  npm start -- [options]                                   trains on a text, then samples
  npm start -- --resume ${defaults.out}               goes on with a run that was broken off
  npm start -- --load ${defaults.out} --sample 500    samples from a model trained before

What to learn
  --text FILE       UTF-8 text to learn from (default: stories made from a small grammar); --data is the same
  --test FILE       text to be tested on and never trained on (default: the last tenth of --text, which is then not learned)
The model
  --model MODEL     ${models.join(", ")} (default: ${defaults.model}); --cell is the same
  --hidden N        units per layer, or a transformer's width (${both("hidden")})
  --layers N        layers (${both("layers")})
  --embed N         numbers that stand for a character in a recurrent model (default: ${defaults.embed})
  --heads N         attention heads of a transformer; they divide --hidden (default: ${defaults.heads})
  --positions KIND  how a transformer knows places: ${positions.join(", ")} (default: ${defaults.positions})
Training
  --seq-len N       characters per sequence, through which gradients flow (default: ${defaults["seq-len"]});
                    a transformer sees no more than these at once
  --batch N         sequences per step (${both("batch")})
  --steps N         training steps (default: ${defaults.steps})
  --epochs N        passes over the text, in place of --steps
  --lr X            highest learning rate; warms up, then falls as a cosine (${both("lr")})
  --clip X          the gradient's greatest norm (default: ${defaults.clip})
  --seed N          of the initial weights and of the sample (default: ${defaults.seed})
  --out DIR         folder for the results (default: ${defaults.out})
  --save-every N    steps from one checkpoint to the next (default: ${defaults["save-every"]})
  --resume DIR      go on with the run in this folder, from its last checkpoint, as if it had never been broken off; with
                    --steps N up to step N in all. Options are those that it was begun with; the learning rate falls
                    over the steps that it was begun with, and then stays
Sampling
  --sample N        characters to generate (default: ${defaults.sample})
  --temperature X   0: always the likeliest character; 1: as the model sees it (default: ${defaults.temperature})
  --top-k N         draw among the N likeliest characters only (default: all)
  --top-p X         draw among the likeliest that make up X of the probability (default: ${defaults["top-p"]}, all)
  --load DIR        sample from the model in this folder, without training; with --test FILE, say how well it foretells that
The machine
  --adapter KIND    ${adapters.join(", ")} (default: ${defaults.adapter}, a GPU where there is one)
  --version         the version of seqgrad
  --help            this page

Results: log.jsonl (a line per step), loss.svg, sample.txt, model.safetensors (PyTorch's names and layout), checkpoints/,
result.json (nats per character of the text that is tested on, beside trigrams with back-off).
Ctrl-C ends training after the step in flight; what was learned is kept, sampled and saved, and the exit code is 0;
--resume goes on from there.
A second Ctrl-C (or one before the first step) stops at once with exit code 130. Other failures: exit code 1.
`;
