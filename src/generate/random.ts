import { checkArgument, countOrZero, integer, required } from "../options.ts";

/** A generator of numbers in [0, 1). */
export type Random = () => number;

/**
 * Mulberry32 (Tommy Ettinger, 2017): the same seed gives the same numbers on every host. 32 bits of state are plenty for
 * choosing tokens. `seed` is an integer from 0 on; generators of one seed and different streams are apart.
 */
export function seededRandom(seed: number, stream = 0): Random {
  checkArgument("seededRandom", "seed", seed, required(countOrZero));
  checkArgument("seededRandom", "stream", stream, integer);
  const high = Math.floor(seed / 2 ** 32) >>> 0;
  let state = (seed + scramble(Math.imul(high, 0x9e3779b1) + stream)) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** MurmurHash3's last step: spreads integers that lie close together; 0 stays 0. */
function scramble(bits: number): number {
  let mixed = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
