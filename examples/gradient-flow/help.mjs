import { adapters } from "../shared/names.mjs";

export const defaults = { length: 100, hidden: 32, batch: 16, steps: 100, lr: 0.05, clip: 1, seed: 0 };

export const out = "runs/gradient-flow";

export const files = /** @type {const} */ (["gradient-flow.svg", "results.json"]);

export const help = `Draws the norm of dL/dh_t over the time steps t of the adding problem, whose loss is at the last step only: at
initialisation, after a short training with and without clipping, and with smaller and larger recurrent weights.

  npm run example -- gradient-flow [options]

  --length N       time steps (default: ${defaults.length})
  --hidden N       units (default: ${defaults.hidden})
  --batch N        sequences (default: ${defaults.batch})
  --steps N        training steps (default: ${defaults.steps})
  --lr X           learning rate of gradient descent with momentum 0.9 (default: ${defaults.lr})
  --clip X         the gradient's greatest norm, where it is clipped (default: ${defaults.clip})
  --seed N         of weights and sequences (default: ${defaults.seed})
  --out DIR        folder for ${files.join(" and ")} (default: ${out})
  --adapter KIND   ${adapters.join(", ")} (default: auto, a GPU where there is one)
  --version        the version of seqgrad
  --help           this page
`;
