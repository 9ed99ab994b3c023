import { adapters } from "../shared/names.mjs";

export const cells = /** @type {const} */ (["lstm", "gru", "rnn"]);

export const attentions = /** @type {const} */ (["general", "dot", "concat", "bahdanau"]);

export const help = `Trains an encoder and a decoder with attention to turn dates as people write them
("Sat, 3rd of Oct 2015", "11/23/07") into ISO 8601 ("2015-10-03", "2007-11-23").

  npm run example -- dates [options]

Options
  --cell CELL       ${cells.join(", ")} (default: ${cells[0]})
  --attention KIND  ${attentions.join(", ")} (default: ${attentions[0]})
  --hidden N        units of the decoder; the encoder has half of them each way (default: 64)
  --embed N         size of a character's vector (default: 16)
  --batch N         dates per training step (default: 128)
  --steps N         training steps at most (default: 300)
  --lr X            highest learning rate (default: 0.01)
  --forcing P       probability at the last step of feeding the target's character rather
                    than the model's own, falling from 1 (default: 1, always the target's)
  --until P         share of exact answers at which training ends (default: 0.999)
  --test N          held-out dates to be tried (default: 1024)
  --every N         training steps between trials (default: 50)
  --seed N          of the weights and of the training dates (default: 0)
  --out DIR         folder for dates.json and dates-attention.svg (default: runs/dates)
  --adapter KIND    ${adapters.join(", ")} (default: auto, a GPU where there is one)
  --version         the version of seqgrad
  --help            this page

Ctrl-C ends the training after the step in flight; what was learned is tried and drawn.
`;
