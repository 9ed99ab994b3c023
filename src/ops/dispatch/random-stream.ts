/**
 * Random operations are told apart by the object that they carry: forward and backward share it, and two calls never do.
 * A part of the graph that is traced a second time, to be computed again in the backward pass, must draw what it drew the
 * first time; the tape hands it the same objects.
 */
import type { Lowering } from "../../graph/lowering.ts";

interface Tape {
  readonly streams: object[];
  next: number;
  /** The one that was running when this one began. */
  readonly outer: Tape | null;
}

let tape: Tape | null = null;

/** A new stream, or the one that stood at this place when the tape was recorded. A tape in a tape takes new ones from it. */
function takeStream(): object {
  if (!tape) return {};
  const own = tape;
  const stream = own.streams[own.next] ?? recordedBy(own.outer, takeStream);
  own.streams[own.next++] = stream;
  return stream;
}

function recordedBy<T>(other: Tape | null, trace: () => T): T {
  const before = tape;
  tape = other;
  try {
    return trace();
  } finally {
    tape = before;
  }
}

/** Runs `trace` with the streams of `streams`, adding those that it takes beyond them. */
export const withStreams = <T>(streams: object[], trace: () => T): T =>
  recordedBy({ streams, next: 0, outer: tape }, trace);

/** The loops in which something is traced. */
interface Place {
  /** Its first step, counted through all loops around it. */
  readonly first: number;
  /** Steps of the loops, the innermost last. */
  readonly totals: readonly number[];
}

let place: Place = { first: 0, totals: [] };

/** Where tracing is now, for `tracedAt`. */
export const currentPlace = (): Place => place;

/** Runs `trace` as at another place. */
export function tracedAt<T>(other: Place, trace: () => T): T {
  const outer = place;
  place = other;
  try {
    return trace();
  } finally {
    place = outer;
  }
}

/** The part of a loop that is run by itself: its first step, and the steps of the whole. */
export interface LoopPart {
  readonly start: number;
  readonly total: number;
}

/** Runs `trace` as the body of a loop inside the current place. */
export const inLoop = <T>({ start, total }: LoopPart, trace: () => T): T =>
  tracedAt({ first: place.first * total + start, totals: [...place.totals, total] }, trace);

/**
 * What a random operation draws: element e of iteration i is number `start + i · stride + e` of its stream. Step t of a loop
 * draws what element t of the whole sequence draws, whether the operation runs in the loop or was hoisted, and whether the
 * loop runs whole or in parts.
 */
export interface Draw {
  readonly stream: object;
  readonly start: number;
  readonly stride: number;
  /** Steps of the loops around the operation. */
  readonly totals: readonly number[];
}

/** Numbers for `size` elements of an operation that is traced now. */
export const takeDraw = (size: number): Draw => ({
  stream: takeStream(),
  start: place.first * size,
  stride: size,
  totals: place.totals,
});

/** Those of all steps of the innermost loop; null where what an iteration draws is not contiguous. */
export function drawSteps(draw: Draw, size: number): Draw | null {
  if (draw.stride !== size) return null;
  const total = draw.totals.at(-1) ?? 1;
  return { ...draw, stride: size * total, totals: draw.totals.slice(0, -1) };
}

/** Which numbers the iteration being lowered draws, as the kernels are told. */
export const drawParams = ({ stream, start, stride }: Draw, to: Lowering) => ({
  stream: to.randomStream(stream),
  counter_base: (start + to.iteration * stride) % 2 ** 32,
});
