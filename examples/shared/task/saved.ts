/** A trained model in one safetensors file: its weights, and in the metadata what else is needed to make and to feed it. */
import { decodeSafetensors, encodeSafetensors } from "seqgrad";
import { UserError } from "../errors.ts";
import type { Saved } from "./task.ts";

export const modelFile = "model.safetensors";
/** Beside it: the options of the run that made it. */
export const optionsFile = "options.json";

const programOf = (task: string) => `seqgrad ${task}`;

export function encodeModel<Settings>(task: string, { weights, settings }: Saved<Settings>): Uint8Array {
  return encodeSafetensors(weights, {
    format: "pt",
    program: programOf(task),
    settings: JSON.stringify(settings),
  });
}

/** Reads what `encodeModel` made. Throws a UserError where it is another task's; `path` is what errors call it. */
export function decodeModel<Settings>(task: string, bytes: Uint8Array, path: string): Saved<Settings> {
  const { tensors, metadata } = decodeSafetensors(bytes, path);
  if (metadata.program !== programOf(task) || metadata.settings === undefined) {
    throw new UserError(`${path} is not a model of ${task}; give that of an earlier run of it`);
  }
  return { settings: JSON.parse(metadata.settings), weights: tensors };
}
