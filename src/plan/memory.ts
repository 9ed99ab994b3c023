/** A tensor's memory needs: elements, and the first and last dispatch that touch it. */
export interface Lifetime {
  readonly elements: number;
  readonly first: number;
  readonly last: number;
}

export interface Assignment {
  /** Physical buffer of each lifetime. */
  readonly buffer: readonly number[];
  /** Elements of each physical buffer. */
  readonly sizes: readonly number[];
}

/**
 * Shares memory between tensors that are never alive together. Each physical buffer is a WebGPU buffer of its own,
 * because WebGPU tracks reads and writes by whole buffer: two tensors of one dispatch never share one. Largest first, each
 * into the first buffer that is free for its whole lifetime (greedy by size, as in Pisarchyk and Lee 2020).
 */
export function assignMemory(lifetimes: readonly Lifetime[]): Assignment {
  const elementsOf = (i: number): number => (lifetimes[i] as Lifetime).elements;
  const order = lifetimes.map((_, i) => i).sort((a, b) => elementsOf(b) - elementsOf(a) || a - b);
  const occupied: Timeline[] = [];
  const sizes: number[] = [];
  const buffer = new Array<number>(lifetimes.length);
  for (const i of order) {
    const lifetime = lifetimes[i] as Lifetime;
    let chosen = occupied.findIndex((timeline) => timeline.insert(lifetime));
    if (chosen < 0) {
      chosen = occupied.length;
      const timeline = new Timeline();
      timeline.insert(lifetime);
      occupied.push(timeline);
      sizes.push(lifetime.elements);
    }
    buffer[i] = chosen;
  }
  return { buffer, sizes };
}

/** The disjoint lifetimes that share a buffer, in order of time. */
class Timeline {
  readonly #spans: Lifetime[] = [];

  /** Adds a lifetime where it overlaps none; says whether it did. */
  insert(lifetime: Lifetime): boolean {
    const spans = this.#spans;
    let [low, high] = [0, spans.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((spans[middle] as Lifetime).last < lifetime.first) low = middle + 1;
      else high = middle;
    }
    const next = spans[low];
    if (next && next.first <= lifetime.last) return false;
    spans.splice(low, 0, lifetime);
    return true;
  }
}
