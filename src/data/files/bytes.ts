import { type Kind, required } from "../../options.ts";

/** A file's content. */
export const bytesKind: Kind = required({
  expected: "the bytes of a file (a Uint8Array or an ArrayBuffer)",
  fits: (value) => value instanceof Uint8Array || value instanceof ArrayBuffer,
});

export const bytesOf = (file: Uint8Array | ArrayBuffer): Uint8Array =>
  file instanceof ArrayBuffer ? new Uint8Array(file) : file;
