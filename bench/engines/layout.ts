/** Of [rows, columns]. */
export function transposed(data: ArrayLike<number>, rows: number, columns: number): Float32Array {
  const result = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = data[row * columns + column] as number;
    }
  }
  return result;
}

/** [batch, time, size] as [time, batch, size], or back with the first two exchanged. */
export function exchangeAxes(data: ArrayLike<number>, first: number, second: number, size: number): Float32Array {
  const result = new Float32Array(data.length);
  for (let i = 0; i < first; i++) {
    for (let j = 0; j < second; j++) {
      for (let k = 0; k < size; k++) {
        result[(j * first + i) * size + k] = data[(i * second + j) * size + k] as number;
      }
    }
  }
  return result;
}

/** [batch, a, b, dim] as [batch, b, a, dim]. */
export function exchangeHeads(
  data: Float32Array,
  batch: number,
  a: number,
  b: number,
  dim: number,
): Float32Array<ArrayBuffer> {
  const result = new Float32Array(data.length);
  for (let n = 0; n < batch; n++) {
    result.set(exchangeAxes(data.subarray(n * a * b * dim, (n + 1) * a * b * dim), a, b, dim), n * a * b * dim);
  }
  return result;
}
