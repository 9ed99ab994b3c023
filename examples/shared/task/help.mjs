import { adapters } from "../names.mjs";

/**
 * @typedef {object} TaskFacts
 * @property {string} name
 * @property {string} about one or two sentences
 * @property {string} [data] what `--data` takes, unless the task makes its data up
 * @property {string} [set] the usual data, below SEQGRAD_DATA, if there are any
 * @property {string} [testSet] what the usual data are tested on, if it is not a part of them
 * @property {Readonly<Record<string, { set: string, testSet?: string }>>} [sets] where there are several usual sets, by name; the first is that of `set`
 * @property {string} [predict] what `--predict` takes, if the task has it
 * @property {string} made what is made up where there is none
 * @property {number} epochs
 * @property {string} [options] lines of its own options
 */

/** Options of a task beside its own. @param {Pick<TaskFacts, "data" | "sets" | "predict">} facts */
export const taskFlags = ({ data, sets, predict }) => [
  ...(data ? ["data", "test"] : []),
  ...["out", "load", "resume", "epochs", "seed", "adapter"],
  ...(sets ? ["set"] : []),
  ...(predict ? ["predict"] : []),
];

/** Of tasks whose model is trained on all that is given, once it is known for how long. */
export const keepHelp = `  --keep EPOCH      best: by a part that is held back; last: nothing is held back (default: best)
`;

/** The page that `--help` prints. @param {TaskFacts} facts */
export const taskHelp = ({ name, about, data, set, testSet, made, epochs, sets, predict, options = "" }) => `${about}

  npm run example -- ${name} [options]

Options
${
  data
    ? `  --data PATH       ${data}
                    (default: ${set ? `$SEQGRAD_DATA/${set}, or else ` : ""}${made})
`
    : ""
}${
  sets
    ? `  --set NAME        one of the usual sets: ${Object.keys(sets).join(", ")} (default: ${Object.keys(sets)[0]})
`
    : ""
}${
  data
    ? `  --test PATH       the same, to be evaluated on and never trained on (default: ${testSet ? `$SEQGRAD_DATA/${testSet}, or else ` : ""}a part of --data)
`
    : ""
}${options}  --epochs N        passes over the training data at most (default: ${epochs})
  --seed N          of the weights, the order and the parts of the data (default: 0)
  --out DIR         folder for the model, result.json, log.jsonl and pictures (default: runs/${name})
  --load DIR        nothing is trained: the model in that folder is evaluated${data ? " on --test, or on the test part of --data" : ""}
${predict ? `  --predict PATH    with --load: what the model says of data without labels, ${predict};\n                    DIR/predictions.jsonl has all of it\n` : ""}  --resume DIR      goes on with the training in that folder, with the options that it was begun with
  --adapter KIND    ${adapters.join(", ")} (default: auto, a GPU where there is one)
  --version         the version of seqgrad
  --help            this page
${set ? "\nSEQGRAD_DATA is a folder of data sets (default: ../shared/data).\n" : ""}`;
