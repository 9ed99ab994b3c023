/** What the page says of tasks and cells, and what each begins with. Nothing here needs the engine. */
import type { CellName, Settings, TaskName } from "./settings.ts";

export interface TaskFacts {
  readonly title: string;
  readonly about: string;
  /** What a visitor may bring for it. */
  readonly data?: "text" | "csv" | "strokes" | "sounds";
  /** What `length` means; absent where the data decide. */
  readonly length?: string;
  /** Whether an answer lies later in what goes in, so that looking back from the end would be cheating. */
  readonly foretells: boolean;
  /** Whether it is a question and then its answer, which one part of a model may read and another write. */
  readonly asks?: boolean;
  readonly defaults: Partial<Settings>;
}

export const taskFacts: Readonly<Record<TaskName, TaskFacts>> = {
  text: {
    title: "Text",
    about: "Writes on, character after character. Small stories made from a grammar, or a text of your own.",
    data: "text",
    length: "Characters in a row",
    foretells: true,
    defaults: { hidden: 64, length: 32, batch: 16, steps: 600, rate: 0.008 },
  },
  adding: {
    title: "Adding",
    about:
      "Of many numbers two are marked; after the last one their sum is asked for (Hochreiter and Schmidhuber 1997).",
    length: "Numbers in a row",
    foretells: false,
    defaults: { hidden: 32, length: 40, batch: 16, steps: 800, rate: 0.01 },
  },
  copy: {
    title: "Copying",
    about: "Five symbols, a long silence, then the five are to be repeated (Hochreiter and Schmidhuber 1997).",
    length: "Steps of silence",
    foretells: false,
    asks: true,
    defaults: { hidden: 48, length: 10, batch: 16, steps: 1200, rate: 0.01 },
  },
  parity: {
    title: "Parity",
    about: "After each bit: is the number of ones so far odd? One bit of memory, but the whole past counts.",
    length: "Bits in a row",
    foretells: false,
    defaults: { hidden: 24, length: 10, batch: 32, steps: 1000, rate: 0.01 },
  },
  recall: {
    title: "Recall",
    about: "A key, many distractors, then the question which key it was.",
    length: "Distractors",
    foretells: false,
    defaults: { hidden: 32, length: 30, batch: 16, steps: 600, rate: 0.01 },
  },
  dates: {
    title: "Dates",
    about: "A date as people write it, then the same in the form of ISO 8601. A tenth of all days is never trained on.",
    foretells: true,
    asks: true,
    defaults: { hidden: 96, batch: 32, steps: 1000, rate: 0.006 },
  },
  series: {
    title: "A series",
    about: "Foretells the next value of a column of numbers. A made-up series with seasons, or a CSV file of your own.",
    data: "csv",
    length: "Values in a row",
    foretells: true,
    defaults: { hidden: 24, length: 36, batch: 16, steps: 400, rate: 0.01, column: "" },
  },
  strokes: {
    title: "Pen strokes",
    about: "Tells what a pen has drawn. Eight made-up shapes, and any that you draw and name.",
    data: "strokes",
    foretells: false,
    defaults: { hidden: 32, batch: 32, steps: 400, rate: 0.008 },
  },
  digits: {
    title: "Spoken digits",
    about: "Tells which digit was spoken. Made-up voices, and your own by microphone or as WAV files.",
    data: "sounds",
    foretells: false,
    defaults: { hidden: 48, batch: 16, steps: 300, rate: 0.006 },
  },
};

export interface CellFacts {
  readonly title: string;
  readonly about: string;
  readonly bothWays: boolean;
  readonly layers: boolean;
  /** Whether it has to know where a question ends. */
  readonly needsQuestion?: boolean;
}

export const cellFacts: Readonly<Record<CellName, CellFacts>> = {
  lstm: {
    title: "LSTM",
    about: "Input, forget and output gate around a cell state (Hochreiter and Schmidhuber 1997; Gers et al. 2000).",
    bothWays: true,
    layers: true,
  },
  peephole: {
    title: "LSTM with peepholes",
    about: "The gates see the cell state as well (Gers and Schmidhuber 2000).",
    bothWays: true,
    layers: true,
  },
  gru: {
    title: "GRU",
    about: "Reset after the recurrent product, as in PyTorch and cuDNN.",
    bothWays: true,
    layers: true,
  },
  gruBefore: {
    title: "GRU, reset before",
    about: "Reset before the recurrent product, as in its paper (Cho et al. 2014).",
    bothWays: true,
    layers: true,
  },
  rnn: {
    title: "Simple RNN",
    about: "One product, one activation (Elman 1990). Watch its gradient vanish.",
    bothWays: true,
    layers: true,
  },
  minGru: {
    title: "MinGRU",
    about: "Its gate does not see the state: all steps train at once by a parallel scan (Feng et al. 2024).",
    bothWays: true,
    layers: true,
  },
  minLstm: {
    title: "MinLSTM",
    about: "As MinGRU, with a forget and an input gate (Feng et al. 2024).",
    bothWays: true,
    layers: true,
  },
  jordan: {
    title: "Jordan network",
    about: "Remembers nothing but what it answered (Jordan 1986).",
    bothWays: false,
    layers: false,
  },
  transformer: {
    title: "Transformer",
    about: "No recurrence: every step looks at all before it (Vaswani et al. 2017).",
    bothWays: true,
    layers: true,
  },
  seq2seq: {
    title: "Encoder and decoder",
    about:
      "One LSTM reads the question, another writes the answer, and looks back at every step (Sutskever et al. 2014; Luong et al. 2015).",
    bothWays: false,
    layers: true,
    needsQuestion: true,
  },
};

const common: Settings = {
  task: "text",
  cell: "lstm",
  activation: "tanh",
  length: 32,
  hidden: 64,
  layers: 1,
  heads: 4,
  bothWays: false,
  batch: 16,
  steps: 600,
  optimizer: "adamW",
  rate: 0.008,
  schedule: "cosine",
  clip: 1,
  dropout: 0,
  seed: 0,
  column: "",
};

/** What a task begins with, where the address says nothing else. */
export const defaultsOf = (task: TaskName): Settings => ({ ...common, ...taskFacts[task].defaults, task });

/** Whether a cell can do a task. */
export const fitsTask = (cell: CellName, task: TaskName): boolean =>
  !cellFacts[cell].needsQuestion || taskFacts[task].asks === true;

/** Whether both directions may be had. */
export const allowsBothWays = ({ task, cell }: Settings): boolean =>
  cellFacts[cell].bothWays && !taskFacts[task].foretells;
