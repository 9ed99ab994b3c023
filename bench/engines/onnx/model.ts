/** Stacked LSTM or GRU layers as an ONNX model. */
import { forwardWeights, type Weights } from "../../cases/data.ts";
import type { CellName, ForwardWork } from "../../cases/work.ts";
import { encode, type Field } from "./protobuf.ts";

export const [FLOAT, INT64] = [1, 7];
const [INT, STRING] = [2, 3];

const bytesOf = (data: ArrayBufferView<ArrayBuffer>): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

export const tensor = (
  name: string,
  dims: readonly number[],
  type: number,
  data: ArrayBufferView<ArrayBuffer>,
): Field => [5, [...dims.map((dim): Field => [1, dim]), [2, type], [8, name], [9, bytesOf(data)]]];

export const port = (field: 11 | 12, name: string, dims: readonly number[]): Field => [
  field,
  [
    [1, name],
    [
      2,
      [
        [
          1,
          [
            [1, FLOAT],
            [2, dims.map((dim): Field => [1, [[1, dim]]])],
          ],
        ],
      ],
    ],
  ],
];

export const node = (type: string, inputs: string[], outputs: string[], attributes: Field[] = []): Field => [
  1,
  [...inputs.map((name): Field => [1, name]), ...outputs.map((name): Field => [2, name]), [4, type], ...attributes],
];

export const attribute = (name: string, value: number | string): Field => [
  5,
  typeof value === "number"
    ? [
        [1, name],
        [3, value],
        [20, INT],
      ]
    : [
        [1, name],
        [4, value],
        [20, STRING],
      ],
];

/** Blocks of rows: ours are i f g o and r z n, ONNX has i o f c and z r h. */
function reordered(data: Float32Array, cell: CellName): Float32Array<ArrayBuffer> {
  const order = cell === "LSTM" ? [0, 3, 1, 2] : [1, 0, 2];
  const block = data.length / order.length;
  const result = new Float32Array(data.length);
  order.forEach((from, to) => {
    result.set(data.subarray(from * block, (from + 1) * block), to * block);
  });
  return result;
}

function layerTensors(weights: Weights, cell: CellName, layer: number, hidden: number): Field[] {
  const part = (name: string) => {
    const found = weights.get(`${name}_l${layer}`);
    if (!found) throw new Error(`no weight ${name}_l${layer}`);
    return reordered(found.data, cell);
  };
  const rows = (cell === "LSTM" ? 4 : 3) * hidden;
  const bias = new Float32Array(2 * rows);
  bias.set(part("bias_ih"));
  bias.set(part("bias_hh"), rows);
  return [
    tensor(`W${layer}`, [1, rows, hidden], FLOAT, part("weight_ih")),
    tensor(`R${layer}`, [1, rows, hidden], FLOAT, part("weight_hh")),
    tensor(`B${layer}`, [1, 2 * rows], FLOAT, bias),
  ];
}

/**
 * Input x [time, batch, hidden] and, step by step, states h0 and c0; output y, of all steps, or the states h and c. An
 * LSTM's c0 and c only.
 */
export function onnxModel(work: ForwardWork): Uint8Array {
  const { cell, batch, time, hidden, layers, kind } = work;
  const isLstm = cell === "LSTM";
  const weights = forwardWeights(work);
  const state = [1, batch, hidden];
  const names = isLstm ? ["h", "c"] : ["h"];
  const graph: Field[] = [[2, "layers"]];
  let sequence = "x";
  for (let layer = 0; layer < layers; layer++) {
    const inputs = [sequence, `W${layer}`, `R${layer}`, `B${layer}`];
    const attributes = [attribute("hidden_size", hidden), ...(isLstm ? [] : [attribute("linear_before_reset", 1)])];
    if (kind === "steps") {
      graph.push(node(cell, [...inputs, "", ...names.map((name) => `${name}0`)], ["", ...names], attributes));
    } else {
      // [time, 1, batch, hidden] has an axis of directions
      const next = layer === layers - 1 ? "y" : `y${layer}`;
      graph.push(node(cell, inputs, [`four${layer}`], attributes), node("Squeeze", [`four${layer}`, "axis"], [next]));
      sequence = next;
    }
    graph.push(...layerTensors(weights, cell, layer, hidden));
  }
  if (kind === "forward") graph.push(tensor("axis", [1], INT64, BigInt64Array.of(1n)));
  graph.push(port(11, "x", [time, batch, hidden]));
  if (kind === "steps") {
    for (const name of names) graph.push(port(11, `${name}0`, state), port(12, name, state));
  } else {
    graph.push(port(12, "y", [time, batch, hidden]));
  }
  return encode([
    [1, 8],
    [7, graph],
    [
      8,
      [
        [1, ""],
        [2, 14],
      ],
    ],
  ]);
}
