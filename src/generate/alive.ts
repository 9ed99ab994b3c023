import { DataError } from "../errors.ts";

/** Throws DataError unless the decoder is alive. */
export function checkAlive(op: string, disposed: boolean): void {
  if (disposed) throw new DataError(`${op}: the decoder was disposed of, expected it alive; create another`);
}
