import { array, broadcastShape, broadcastTo, type NdArray, sizeOf } from "./array.ts";
import { transpose } from "./layout.ts";

export interface MatmulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly bias?: NdArray;
}

/** Matrix product over the last two axes, with NumPy's broadcasting and vectors. */
export function matmul(a: NdArray, b: NdArray, options: MatmulOptions = {}): NdArray {
  const row = a.shape.length === 1 ? { ...a, shape: [1, ...a.shape] } : a;
  const column = b.shape.length === 1 ? { ...b, shape: [...b.shape, 1] } : b;
  const y = matrices(row, column, {
    transposeA: !!options.transposeA && row === a,
    transposeB: !!options.transposeB && column === b,
    ...(options.bias ? { bias: options.bias } : {}),
  });
  const axes = y.shape.length;
  const left = y.shape.filter((_, axis) => !(row !== a && axis === axes - 2) && !(column !== b && axis === axes - 1));
  return { ...y, shape: left };
}

function matrices(a: NdArray, b: NdArray, options: MatmulOptions): NdArray {
  const lead = broadcastShape([a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  const stretched = (x: NdArray) => (x.shape.length > 2 ? broadcastTo(x, [...lead, ...x.shape.slice(-2)]) : x);
  const left = options.transposeA ? transpose(stretched(a)) : stretched(a);
  const right = options.transposeB ? transpose(stretched(b)) : stretched(b);
  const [m, k] = left.shape.slice(-2) as [number, number];
  const n = right.shape.at(-1) as number;
  const batches = sizeOf(lead);
  const y = new Float64Array(batches * m * n);
  for (let batch = 0; batch < batches; batch++) {
    const aStart = left.shape.length > 2 ? batch * m * k : 0;
    const bStart = right.shape.length > 2 ? batch * k * n : 0;
    for (let row = 0; row < m; row++) {
      const out = (batch * m + row) * n;
      for (let inner = 0; inner < k; inner++) {
        const factor = left.data[aStart + row * k + inner] as number;
        const from = bStart + inner * n;
        for (let j = 0; j < n; j++) y[out + j] = (y[out + j] as number) + factor * (right.data[from + j] as number);
      }
      if (options.bias)
        for (let j = 0; j < n; j++) y[out + j] = (y[out + j] as number) + (options.bias.data[j] as number);
    }
  }
  return array([...lead, m, n], y);
}

export function linear(x: NdArray, weight: NdArray, bias?: NdArray): NdArray {
  const rows = { ...x, shape: [x.data.length / (x.shape.at(-1) as number), x.shape.at(-1) as number] };
  const y = matmul(rows, weight, { transposeB: true, ...(bias ? { bias } : {}) });
  return { ...y, shape: [...x.shape.slice(0, -1), weight.shape[0] as number] };
}

/** Rows of the table; zeros for a negative index. */
export function embedding(indices: NdArray, table: NdArray): NdArray {
  const features = table.shape[1] as number;
  const data = new Float64Array(indices.data.length * features);
  indices.data.forEach((index, i) => {
    if (index >= 0) data.set(table.data.subarray(index * features, (index + 1) * features), i * features);
  });
  return array([...indices.shape, features], data);
}
