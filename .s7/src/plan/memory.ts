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
  const order = lifetimes.map((_, i) => i).sort((a, b) => elementsOf(b) - elementsOf(a) || a - b);
  const occupants: Lifetime[][] = [];
  const sizes: number[] = [];
  const buffer = new Array<number>(lifetimes.length);
  function elementsOf(i: number): number {
    return (lifetimes[i] as Lifetime).elements;
  }
  for (const i of order) {
    const lifetime = lifetimes[i] as Lifetime;
    let chosen = occupants.findIndex((others) =>
      others.every((other) => other.last < lifetime.first || lifetime.last < other.first),
    );
    if (chosen < 0) {
      chosen = occupants.length;
      occupants.push([]);
      sizes.push(lifetime.elements);
    }
    (occupants[chosen] as Lifetime[]).push(lifetime);
    buffer[i] = chosen;
  }
  return { buffer, sizes };
}
