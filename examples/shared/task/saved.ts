/** A trained model in one safetensors file: its weights, and in the metadata what else is needed to make and to feed it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeSafetensors, encodeSafetensors } from "seqgrad";
import { UserError } from "../errors.ts";
import type { Saved } from "./task.ts";

export const modelFile = "model.safetensors";

const programOf = (task: string) => `seqgrad ${task}`;

export function encodeModel<Settings>(task: string, { weights, settings }: Saved<Settings>): Uint8Array {
  return encodeSafetensors(weights, {
    format: "pt",
    program: programOf(task),
    settings: JSON.stringify(settings),
  });
}

/** Reads what `encodeModel` wrote into a folder. Throws a UserError where it is another task's. */
export function decodeModel<Settings>(task: string, folder: string): Saved<Settings> {
  const path = join(folder, modelFile);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UserError(
      `--load: ${path} cannot be read (${(error as Error).message}); give the --out of an earlier run`,
    );
  }
  const { tensors, metadata } = decodeSafetensors(bytes, path);
  if (metadata.program !== programOf(task) || metadata.settings === undefined) {
    throw new UserError(`--load: ${path} is not a model of ${task}; give the --out of an earlier run of it`);
  }
  return { settings: JSON.parse(metadata.settings), weights: tensors };
}
