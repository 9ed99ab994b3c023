import { DataError } from "../errors.ts";
import type { Decoder } from "./decoder.ts";

/** Decoders by those that hold their state for them. */
const innerOf = new WeakMap<Decoder, Decoder>();
/** Who uses a decoder now. */
const userOf = new WeakMap<Decoder, string>();

/** Says that a decoder has the state of another: who uses one uses both. */
export function sharesState(decoder: Decoder, inner: Decoder): void {
  innerOf.set(decoder, inner);
}

/**
 * Takes a decoder for one user, whose tokens another's would mix with. Gives the function that sets it free again. Throws
 * DataError where it is in use.
 */
export function occupy(decoder: Decoder, user: string): () => void {
  let held = decoder;
  for (let inner = innerOf.get(held); inner; inner = innerOf.get(held)) held = inner;
  const other = userOf.get(held);
  if (other !== undefined) {
    throw new DataError(
      `${user}: the decoder is in use by ${other}, expected a free one; await the other's end, leave its loop (or call return() of its generator), or create a decoder for each`,
    );
  }
  userOf.set(held, user);
  return () => userOf.delete(held);
}
