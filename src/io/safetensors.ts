// The two public functions. Checkpoints, which are loaded later, use what is behind them: bundlers that divide code by modules
// would fetch what is both exported and loaded later with any program.
import { DataError } from "../errors.ts";
import { checkArgument, instanceOf, object, required, show } from "../options.ts";
import { readSafetensors } from "./safetensors-read.ts";
import { writeSafetensors } from "./safetensors-write.ts";
import type { HostTensor, Safetensors } from "./tensors.ts";

/**
 * Writes tensors in the safetensors format. The header is padded with spaces so that the data begins at a multiple of 8.
 * Throws DataError for what no reader could read again.
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  checkArgument("encodeSafetensors", "tensors", tensors, required(instanceOf(Map, "a Map of tensors by name")));
  checkArgument("encodeSafetensors", "metadata", metadata, object);
  checkMetadata(metadata);
  return writeSafetensors(tensors, metadata);
}

function checkMetadata(metadata: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value === "string") continue;
    throw new DataError(
      `encodeSafetensors: metadata ${show(key)} is ${show(value)}, expected a string; write it as text, say as JSON`,
    );
  }
}

/**
 * Reads a safetensors file. Its header is checked whole, the tensors' numbers are read when they are asked for: a tensor that
 * nobody needs may have a type that cannot be read. Throws a DataError that names the file and the byte where it is damaged.
 *
 * @param bytes the whole file, as `readFile` or `response.arrayBuffer()` gives it
 * @param fileName for the messages
 */
export function decodeSafetensors(bytes: Uint8Array | ArrayBuffer, fileName = "safetensors"): Safetensors {
  return readSafetensors(bytes, fileName);
}
