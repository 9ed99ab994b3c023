/** The form's fields: what each takes, and how it is read from an address. */
import { allowsBothWays, cellFacts, fitsTask, taskFacts } from "./facts.ts";
import {
  activations,
  cellNames,
  optimizers,
  type SettingName,
  type Settings,
  schedules,
  taskNames,
} from "./settings.ts";

interface Common {
  readonly name: SettingName;
  readonly label: string;
  readonly hint?: string;
  /** Whether it means anything beside the others. */
  readonly applies?: (settings: Settings) => boolean;
}

export interface ChoiceField extends Common {
  readonly kind: "choice";
  readonly choices: readonly string[];
  readonly titleOf?: (choice: string) => string;
  /** Whether a choice means anything beside the other settings. */
  readonly offers?: (choice: string, settings: Settings) => boolean;
}

export interface NumberField extends Common {
  readonly kind: "number";
  readonly least: number;
  readonly most: number;
  readonly whole: boolean;
}

export interface FlagField extends Common {
  readonly kind: "flag";
}

export interface TextField extends Common {
  readonly kind: "text";
}

export type Field = ChoiceField | NumberField | FlagField | TextField;

export interface Group {
  readonly title: string;
  readonly fields: readonly Field[];
}

const whole = (name: SettingName, label: string, least: number, most: number, more: Partial<Common> = {}) =>
  ({ kind: "number", name, label, least, most, whole: true, ...more }) as const;
const real = (name: SettingName, label: string, least: number, most: number, more: Partial<Common> = {}) =>
  ({ kind: "number", name, label, least, most, whole: false, ...more }) as const;
const choice = (name: SettingName, label: string, choices: readonly string[], more: Partial<ChoiceField> = {}) =>
  ({ kind: "choice", name, label, choices, ...more }) as const;

const optimizerTitles: Readonly<Record<string, string>> = {
  adamW: "AdamW",
  adam: "Adam",
  nadam: "NAdam",
  lion: "Lion",
  rmsprop: "RMSprop",
  adagrad: "Adagrad",
  sgd: "SGD with momentum",
};
const scheduleTitles: Readonly<Record<string, string>> = {
  cosine: "warm-up, then cosine",
  constant: "constant",
  oneCycle: "one cycle",
  step: "a tenth at ½ and ¾",
  exponential: "exponential to 1%",
};

export const groups: readonly Group[] = [
  {
    title: "Task",
    fields: [
      choice("task", "Task", taskNames, { titleOf: (name) => taskFacts[name as Settings["task"]].title }),
      whole("length", "Length", 2, 512, { applies: ({ task }) => taskFacts[task].length !== undefined }),
      {
        kind: "text",
        name: "column",
        label: "Column",
        hint: "of numbers; the last one where it is empty",
        applies: ({ task }) => task === "series",
      },
    ],
  },
  {
    title: "Model",
    fields: [
      choice("cell", "Cell", cellNames, {
        titleOf: (name) => cellFacts[name as Settings["cell"]].title,
        offers: (name, { task }) => fitsTask(name as Settings["cell"], task),
      }),
      choice("activation", "Activation", activations, { applies: ({ cell }) => cell === "rnn" }),
      whole("hidden", "Units", 1, 1024),
      whole("layers", "Layers", 1, 6, { applies: ({ cell }) => cellFacts[cell].layers }),
      whole("heads", "Heads", 1, 16, { applies: ({ cell }) => cell === "transformer" }),
      { kind: "flag", name: "bothWays", label: "Both directions", applies: allowsBothWays },
      real("dropout", "Dropout", 0, 0.9),
    ],
  },
  {
    title: "Training",
    fields: [
      choice("optimizer", "Optimizer", optimizers, { titleOf: (name) => optimizerTitles[name] ?? name }),
      real("rate", "Learning rate", 0.000001, 10),
      choice("schedule", "Schedule", schedules, { titleOf: (name) => scheduleTitles[name] ?? name }),
      real("clip", "Clip the norm at", 0, 1e6, { hint: "0: not at all" }),
      whole("batch", "Batch", 1, 256),
      whole("steps", "Steps", 1, 1_000_000),
      whole("seed", "Seed", 0, 2 ** 31 - 1),
    ],
  },
];

export const allFields: readonly Field[] = groups.flatMap(({ fields }) => fields);

/** What a field makes of a text; undefined where it takes no such thing. */
export function parseField(field: Field, text: string): string | number | boolean | undefined {
  if (field.kind === "text") return text.slice(0, 200);
  if (field.kind === "flag") return text === "1" ? true : text === "0" ? false : undefined;
  if (field.kind === "choice") return field.choices.includes(text) ? text : undefined;
  const value = Number(text);
  const fits = text.trim() !== "" && value >= field.least && value <= field.most;
  return fits && (!field.whole || Number.isInteger(value)) ? value : undefined;
}
