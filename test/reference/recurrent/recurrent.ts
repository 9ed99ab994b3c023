import { array, type NdArray } from "../array.ts";
import { add, mul, sigmoid, tanh } from "../elementwise.ts";
import { concat, reshape, slice, stack, transpose } from "../layout.ts";
import { linear, matmul } from "../matmul.ts";

type Cell = (carry: readonly NdArray[], x: readonly NdArray[]) => readonly [readonly NdArray[], readonly NdArray[]];

const step = (x: NdArray, t: number): NdArray => reshape(slice(x, 0, t, t + 1), x.shape.slice(1));

/** A plain loop: the meaning of `scan`. */
export function scan(
  xs: readonly NdArray[],
  initial: readonly NdArray[],
  cell: Cell,
  { reverse = false } = {},
): [final: NdArray[], outputs: NdArray[]] {
  const length = (xs[0] as NdArray).shape[0] as number;
  const outputs: (readonly NdArray[])[] = new Array(length);
  let carry = initial;
  for (let count = 0; count < length; count++) {
    const t = reverse ? length - 1 - count : count;
    const [next, output] = cell(
      carry,
      xs.map((x) => step(x, t)),
    );
    carry = next;
    outputs[t] = output;
  }
  const first = outputs[0] as readonly NdArray[];
  return [[...carry], first.map((_, i) => stack(outputs.map((output) => output[i] as NdArray)))];
}

/** The recurrence of an LSTM, gates i f g o: projected [T, B, 4H], weight [4H, H], states [B, H]. */
export function lstm(
  projected: NdArray,
  weight: NdArray,
  h0: NdArray,
  c0: NdArray,
  options: { reverse?: boolean } = {},
) {
  const hidden = h0.shape[1] as number;
  const cell: Cell = ([h, c], [x]) => {
    const gates = add(x as NdArray, matmul(h as NdArray, weight, { transposeB: true }));
    const gate = (k: number) => slice(gates, 1, k * hidden, (k + 1) * hidden);
    const cell = add(mul(sigmoid(gate(1)), c as NdArray), mul(sigmoid(gate(0)), tanh(gate(2))));
    const next = mul(sigmoid(gate(3)), tanh(cell));
    return [[next, cell], [next]];
  };
  const [[h, c], outputs] = scan([projected], [h0, c0], cell, options) as [[NdArray, NdArray], NdArray[]];
  return { outputs: outputs[0] as NdArray, h, c };
}

/** Parameters of one layer: [4H, I], [4H, H], and biases [4H] or none. */
export type LayerParameters = readonly [weightIh: NdArray, weightHh: NdArray, biasIh?: NdArray, biasHh?: NdArray];

/** `nn.LSTM`: x [B, T, I], states [L, B, H]. */
export function lstmLayers(x: NdArray, layers: readonly LayerParameters[], h0?: NdArray, c0?: NdArray) {
  let sequence = transpose(x, 0, 1);
  const batch = x.shape[0] as number;
  const hs: NdArray[] = [];
  const cs: NdArray[] = [];
  layers.forEach(([weightIh, weightHh, biasIh, biasHh], layer) => {
    const hidden = weightHh.shape[1] as number;
    const start = (all: NdArray | undefined) =>
      all ? step(all, layer) : array([batch, hidden], new Float64Array(batch * hidden));
    const projected = linear(sequence, weightIh, biasIh && biasHh ? add(biasIh, biasHh) : undefined);
    const { outputs, h, c } = lstm(projected, weightHh, start(h0), start(c0));
    sequence = outputs;
    hs.push(h);
    cs.push(c);
  });
  return { outputs: transpose(sequence, 0, 1), h: stack(hs), c: concat(cs.map((c) => reshape(c, [1, ...c.shape]))) };
}
