/** An order of units in which neighbours do alike. */
export function byLikeness(values: Float32Array, rows: number, columns: number): number[] {
  const units = Array.from({ length: rows }, (_, row) => centred(values.subarray(row * columns, (row + 1) * columns)));
  const left = new Set(units.keys());
  const order: number[] = [];
  // begins with the unit that moves most, then always that which is most like the last one
  let at = units.reduce((best, unit, i) => (unit.size > (units[best]?.size ?? 0) ? i : best), 0);
  while (left.size > 0) {
    order.push(at);
    left.delete(at);
    let [next, best] = [-1, Number.NEGATIVE_INFINITY];
    for (const other of left) {
      const likeness = dot(units[at]?.direction ?? [], units[other]?.direction ?? []);
      if (likeness > best) [next, best] = [other, likeness];
    }
    at = next;
  }
  return order;
}

function centred(values: Float32Array) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const moved = Array.from(values, (value) => value - mean);
  const size = Math.sqrt(dot(moved, moved));
  return { size, direction: moved.map((value) => value / (size || 1)) };
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
