import { adapters } from "../shared/names.mjs";

export const files = /** @type {const} */ (["results.json", "capacity.svg", "recall.svg"]);

export const defaults = { units: 400, most: 8192, noise: 0.1, updates: 20, beta: 1, draws: 8, states: 64, seed: 0 };

export const pictureNoise = 0.2;

export const out = "runs/hopfield";

export const help = `Stores pictures and random patterns in a Hopfield network by Hebb's rule and in a modern one, whose update is
attention, and measures how much comes back when recall begins with a corrupted pattern.

  npm run example -- hopfield [options]

  --units N          units of the larger classical network; the smaller has a quarter (default: ${defaults.units})
  --most N           the most patterns that attention is given (default: ${defaults.most})
  --noise X          share of a random pattern that is corrupted (default: ${defaults.noise})
  --picture-noise X  and of a picture (default: ${pictureNoise})
  --updates N        of all units of the classical network (default: ${defaults.updates})
  --beta X           the modern network's factor of the scores (default: ${defaults.beta})
  --draws N          sets of patterns for each point of a curve (default: ${defaults.draws})
  --states N         corrupted patterns of each set (default: ${defaults.states})
  --seed N           of the patterns and of what corrupts them (default: ${defaults.seed})
  --out DIR          folder for ${files.join(", ")} (default: ${out})
  --adapter KIND     ${adapters.join(", ")} (default: auto, a GPU where there is one)
  --version          the version of seqgrad
  --help             this page
`;
