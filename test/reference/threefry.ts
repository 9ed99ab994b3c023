/**
 * Threefry-2x32 with 20 rounds, by the paper: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2,
 * 3", SC 2011.
 */
export type Words = readonly [number, number];

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const PARITY = 0x1bd11bda;
const ROUNDS = 20;

export function threefry([key0, key1]: Words, [counter0, counter1]: Words): Words {
  const keys = [key0, key1, PARITY ^ key0 ^ key1];
  const keyAt = (i: number) => keys[i % 3] as number;
  let [x0, x1] = [(counter0 + key0) >>> 0, (counter1 + key1) >>> 0];
  for (let round = 0; round < ROUNDS; round++) {
    const rotation = ROTATIONS[round % 8] as number;
    x0 = (x0 + x1) >>> 0;
    x1 = (((x1 << rotation) | (x1 >>> (32 - rotation))) ^ x0) >>> 0;
    // every four rounds the key comes in again
    if (round % 4 !== 3) continue;
    const injection = (round + 1) / 4;
    x0 = (x0 + keyAt(injection)) >>> 0;
    x1 = (x1 + keyAt(injection + 1) + injection) >>> 0;
  }
  return [x0, x1];
}

/** The top 24 bits as a number in [0, 1). */
export const fractionOf = (bits: number): number => (bits >>> 8) / 2 ** 24;
