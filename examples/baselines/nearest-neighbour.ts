/** Nearest neighbour: the label of the example that is least far away (Cover and Hart 1967). */

/** Mean of each of `frames` equal parts of a sequence of vectors, one after the other: sequences of any length become comparable. */
export function inParts(sequence: readonly ArrayLike<number>[], frames: number): number[] {
  const { length } = sequence;
  return Array.from({ length: frames }, (_, part) => {
    const from = Math.floor((part * length) / frames);
    const to = Math.max(from + 1, Math.floor(((part + 1) * length) / frames));
    const rows = sequence.slice(from, to);
    const [first = []] = rows;
    return Array.from(first, (_, i) => rows.reduce((sum, row) => sum + (row[i] as number), 0) / rows.length);
  }).flat();
}

export interface Labelled<Label> {
  readonly vector: readonly number[];
  readonly label: Label;
}

/** By Euclid's distance; of equally near ones the first. */
export function nearest<Label>(vector: readonly number[], examples: readonly Labelled<Label>[]): Label {
  let best: Labelled<Label> | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const example of examples) {
    let distance = 0;
    for (let i = 0; i < vector.length && distance < least; i++) {
      distance += ((vector[i] as number) - (example.vector[i] as number)) ** 2;
    }
    if (distance < least) [best, least] = [example, distance];
  }
  return (best as Labelled<Label>).label;
}
