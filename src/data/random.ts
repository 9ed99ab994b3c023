/** A 32-bit hash of two numbers (the finisher of MurmurHash3, twice): every bit of each has a say in every bit of it. */
export function hash(seed: number, counter: number): number {
  return mix(mix((seed >>> 0) ^ 0x9e3779b9) ^ Math.floor(seed / 2 ** 32) ^ Math.imul(counter, 0x85ebca6b));
}

function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Numbers from 0 up to 1, the same for the same seed and stream on every machine. */
export function randomOf(seed: number, stream = 0): () => number {
  const key = hash(seed, stream);
  let counter = 0;
  return () => (hash(key, ++counter) >>> 5) / 2 ** 27;
}

/** 0 to count − 1 in random order (Fisher and Yates), by seed and stream alone. */
export function permutation(count: number, seed: number, stream = 0): Int32Array<ArrayBuffer> {
  return shuffle(
    Int32Array.from({ length: count }, (_, i) => i),
    randomOf(seed, stream),
  );
}

/** Shuffles in place. */
export function shuffle<T extends { [index: number]: unknown; length: number }>(items: T, random: () => number): T {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [items[i], items[j]] = [items[j], items[i]];
  }
  return items;
}
