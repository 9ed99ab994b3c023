import { seedWords } from "../gpu/random.ts";
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

/**
 * The number in [0, 1) by which `generate` draws the token at a position of a sequence: `row` is the sequence's place in the
 * decoder's batch, `position` counts its tokens from the first of the prompt. The GPU draws by the same ones. From counters
 * (Threefry-2x32, 20 rounds; Salmon et al. 2011), so what is drawn elsewhere has no influence. All three are integers, row and
 * position from 0 on.
 *
 * @example
 * ```ts
 * import { sampleToken, tokenRandom } from "seqgrad";
 *
 * // the third token of a text whose prompt has two, as `generate` draws it from these logits
 * console.log(sampleToken([0.1, 2, -1], { temperature: 0.8 }, () => tokenRandom(7, 0, 2)));
 * ```
 */
export function tokenRandom(seed: number, row: number, position: number): number {
  checkArgument("tokenRandom", "seed", seed, required(integer));
  checkArgument("tokenRandom", "row", row, required(countOrZero));
  checkArgument("tokenRandom", "position", position, required(countOrZero));
  return numberAt(seed, row, position);
}

/** As `tokenRandom`, for arguments that are checked. */
export function numberAt(seed: number, row: number, position: number): number {
  const [bits] = threefry(threefry(seedWords(seed), [row, STREAM]), [position, 0]);
  return (bits >>> 8) / 2 ** 24;
}

/** No training step has this number: what initializers and dropout draw is elsewhere. */
const STREAM = 0xfffffffe;

type Words = readonly [number, number];

const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

/** As kernels/lib/random.wgsl. */
function threefry([key0, key1]: Words, [counter0, counter1]: Words): Words {
  const keys = [key0, key1, 0x1bd11bda ^ key0 ^ key1] as const;
  let [x, y] = [(counter0 + key0) | 0, (counter1 + key1) | 0];
  for (let group = 1; group <= 5; group++) {
    for (const rotation of ROTATIONS[(group - 1) % 2] as readonly number[]) {
      x = (x + y) | 0;
      y = ((y << rotation) | (y >>> (32 - rotation))) ^ x;
    }
    x = (x + (keys[group % 3] as number)) | 0;
    y = (y + (keys[(group + 1) % 3] as number) + group) | 0;
  }
  return [x >>> 0, y >>> 0];
}
