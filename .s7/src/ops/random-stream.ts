/**
 * Random operations are told apart by the object that they carry: forward and backward share it, and two calls never do.
 * A part of the graph that is traced a second time, to be computed again in the backward pass, must draw what it drew the
 * first time; the tape hands it the same objects.
 */
let tape: { readonly streams: object[]; next: number } | null = null;

/** A new stream, or the one that stood at this place when the tape was recorded. */
export function takeStream(): object {
  if (!tape) return {};
  const stream = tape.streams[tape.next] ?? {};
  tape.streams[tape.next++] = stream;
  return stream;
}

/** Runs `trace` with the streams of `streams`, adding those that it takes beyond them. */
export function withStreams<T>(streams: object[], trace: () => T): T {
  const outer = tape;
  tape = { streams, next: 0 };
  try {
    return trace();
  } finally {
    tape = outer;
  }
}
