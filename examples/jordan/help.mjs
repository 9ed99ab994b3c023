import { adapters } from "../shared/names.mjs";

export const help = `Trains a Jordan network, whose state is its own output fed back, to draw a circle and a figure eight.

  npm run example -- jordan [options]

  --hidden N       hidden units (default: 32)
  --steps N        training steps (default: 600)
  --lr X           learning rate (default: 0.01)
  --seed N         of the initial weights (default: 0)
  --adapter KIND   ${adapters.join(", ")} (default: auto, a GPU where there is one)
  --version        the version of seqgrad
  --help           this page
`;
