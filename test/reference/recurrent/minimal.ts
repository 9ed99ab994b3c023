import { filled, map, type NdArray } from "../array.ts";
import { add, div, mul, sigmoid, sub, tanh } from "../elementwise.ts";
import { concat, reshape, slice, transpose } from "../layout.ts";
import { linear } from "../matmul.ts";
import { linearScan } from "./linear-scan.ts";

const activations: Readonly<Record<"g" | "identity" | "tanh", (x: NdArray) => NdArray>> = {
  g: (x) => map(x, (v) => (v >= 0 ? v + 0.5 : 1 / (1 + Math.exp(-v)))),
  identity: (x) => x,
  tanh,
};

/** Parameters of one layer: [2H or 3H, I], bias or none. */
export type MinimalParameters = readonly [weight: NdArray, bias?: NdArray | undefined];

/** `nn.MinGRU` and `nn.MinLSTM` by their first formulas, quotients and all: x [B, T, I], state [L, B, H]. */
export function minimalLayers(
  cell: "gru" | "lstm",
  activation: keyof typeof activations,
  x: NdArray,
  layers: readonly MinimalParameters[],
  state?: NdArray,
): [outputs: NdArray, state: NdArray] {
  let sequence = transpose(x, 0, 1);
  const [length, batch] = sequence.shape as [number, number];
  const finals = layers.map(([weight, bias], layer) => {
    const hidden = (weight.shape[0] as number) / (cell === "gru" ? 2 : 3);
    const projected = linear(sequence, weight, bias);
    const gate = (k: number) => slice(projected, 2, k * hidden, (k + 1) * hidden);
    let [keep, take] = [sub(1, sigmoid(gate(0))), sigmoid(gate(0))];
    if (cell === "lstm") {
      const [f, i] = [sigmoid(gate(0)), sigmoid(gate(1))];
      [keep, take] = [div(f, add(f, i)), div(i, add(f, i))];
    }
    const candidate = activations[activation](gate(cell === "gru" ? 1 : 2));
    const start = state ? reshape(slice(state, 0, layer, layer + 1), [batch, hidden]) : filled([batch, hidden], 0);
    sequence = linearScan(keep, mul(take, candidate), start);
    return slice(sequence, 0, length - 1, length);
  });
  return [transpose(sequence, 0, 1), concat(finals, 0)];
}
