import { settingsHelp } from "../shared/answering/help.mjs";

export const defaults = {
  dModel: 64,
  heads: 4,
  layers: 2,
  batch: 96,
  steps: 1500,
  lr: 3e-3,
  every: 50,
  passes: 1,
  test: 4000,
  out: "runs/addition",
};

export const help = `Teaches a small Transformer to add, "123+456=9750": it writes the units first, as one does who carries.

  npm run example -- addition [options]

  --digits N        digits of each number (default: 3)${settingsHelp(defaults)}`;
