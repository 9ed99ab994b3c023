import type { Value } from "../../graph/value.ts";
import { LANES } from "../../ops/dispatch/vectors.ts";
import { placeInZeros, reshape, slice } from "../../ops/layout/layout.ts";

/** Multiply-adds of a gate from which on the copies are paid back. */
const WORTH = 2 ** 14;

/** A recurrence to be padded: T, B, H and how many blocks of H rows its weights have. */
interface Sizes {
  readonly length: number;
  readonly batch: number;
  readonly hidden: number;
  readonly gates: number;
}

/**
 * Fills up hidden units to a multiple of four with units that nobody sees, since rows that are no whole vectors are read
 * number by number: some seven times slower on a software adapter. Their weights are 0 in both directions, so that whatever they
 * hold, the others' results and gradients are the same. Does nothing where the units are a multiple of four already, or too
 * little is to be done.
 */
export class UnitPadding {
  readonly #hidden: number;
  readonly #gates: number;
  readonly #padded: number;

  constructor({ length, batch, hidden, gates }: Sizes) {
    this.#hidden = hidden;
    this.#gates = gates;
    const worth = length * batch * hidden ** 2 >= WORTH;
    this.#padded = worth ? Math.ceil(hidden / LANES) * LANES : hidden;
  }

  /** [gates · H, …] → [gates · padded, …] */
  rows(x: Value): Value {
    const [hidden, padded, gates] = [this.#hidden, this.#padded, this.#gates];
    if (hidden === padded) return x;
    const rest = x.shape.slice(1);
    const blocks = reshape(x, [gates, hidden, ...rest]);
    return reshape(placeInZeros(blocks, [gates, padded, ...rest], 1, 0), [gates * padded, ...rest]);
  }

  /** […, H] → […, padded] */
  columns(x: Value): Value {
    if (this.#hidden === this.#padded) return x;
    return placeInZeros(x, [...x.shape.slice(0, -1), this.#padded], x.rank - 1, 0);
  }

  /** […, padded] → […, H] */
  cut(x: Value): Value {
    return slice(x, -1, 0, this.#hidden);
  }
}
