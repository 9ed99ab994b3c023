// An ONNX model of stacked LSTM layers with given weights, run by ONNX Runtime on the CPU.
import { onnx } from "onnx-proto";
import { InferenceSession, Tensor } from "onnxruntime-node";
import type { nn } from "../../src/node.ts";
import { tensorOf } from "./support.ts";

export interface LstmSizes {
  readonly batch: number;
  readonly time: number;
  readonly inputSize: number;
  readonly hidden: number;
  readonly layers: number;
}

export interface LstmResults {
  /** [time, batch, hidden] */
  readonly outputs: Float32Array;
  /** [layers, batch, hidden] */
  readonly h: Float32Array;
  readonly c: Float32Array;
}

const { FLOAT } = onnx.TensorProto.DataType;

const tensor = (name: string, dims: number[], data: Float32Array) =>
  onnx.TensorProto.create({ name, dims, dataType: FLOAT, rawData: new Uint8Array(data.buffer.slice(0)) });

const valueInfo = (name: string, dims: readonly number[]) =>
  onnx.ValueInfoProto.create({
    name,
    type: { tensorType: { elemType: FLOAT, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
  });

/** Gates are blocks of rows: ours are i f g o, ONNX has i o f c (its c is our g). */
function reorderGates(data: Float32Array, hidden: number): Float32Array {
  const block = data.length / 4;
  const gate = (k: number) => data.subarray(k * block, (k + 1) * block);
  if (block % hidden !== 0) throw new Error("gates do not divide the rows");
  const result = new Float32Array(data.length);
  [0, 3, 1, 2].forEach((from, to) => {
    result.set(gate(from), to * block);
  });
  return result;
}

function modelBytes({ batch, time, inputSize, hidden, layers }: LstmSizes, dict: nn.StateDict): Uint8Array {
  const nodes = [];
  const initializers = [];
  const outputs = [valueInfo("outputs", [time, batch, hidden])];
  const inputs = [valueInfo("x", [time, batch, inputSize])];
  let sequence = "x";
  for (let layer = 0; layer < layers; layer++) {
    const width = layer === 0 ? inputSize : hidden;
    const part = (name: string) => reorderGates(tensorOf(dict, `${name}_l${layer}`), hidden);
    const bias = new Float32Array(8 * hidden);
    bias.set(part("bias_ih"));
    bias.set(part("bias_hh"), 4 * hidden);
    initializers.push(
      tensor(`W${layer}`, [1, 4 * hidden, width], part("weight_ih")),
      tensor(`R${layer}`, [1, 4 * hidden, hidden], part("weight_hh")),
      tensor(`B${layer}`, [1, 8 * hidden], bias),
    );
    inputs.push(valueInfo(`h0_${layer}`, [1, batch, hidden]), valueInfo(`c0_${layer}`, [1, batch, hidden]));
    outputs.push(valueInfo(`h_${layer}`, [1, batch, hidden]), valueInfo(`c_${layer}`, [1, batch, hidden]));
    const next = layer === layers - 1 ? "outputs" : `sequence${layer}`;
    nodes.push(
      onnx.NodeProto.create({
        opType: "LSTM",
        input: [sequence, `W${layer}`, `R${layer}`, `B${layer}`, "", `h0_${layer}`, `c0_${layer}`],
        output: [`four${layer}`, `h_${layer}`, `c_${layer}`],
        attribute: [
          { name: "hidden_size", type: onnx.AttributeProto.AttributeType.INT, i: hidden },
          { name: "direction", type: onnx.AttributeProto.AttributeType.STRING, s: new TextEncoder().encode("forward") },
        ],
      }),
      // the axis of directions, [time, 1, batch, hidden], goes away
      onnx.NodeProto.create({ opType: "Squeeze", input: [`four${layer}`, "axis"], output: [next] }),
    );
    sequence = next;
  }
  const axis = onnx.TensorProto.create({
    name: "axis",
    dims: [1],
    dataType: onnx.TensorProto.DataType.INT64,
    rawData: new Uint8Array(BigInt64Array.of(1n).buffer),
  });
  const graph = { name: "lstm", node: nodes, input: inputs, output: outputs, initializer: [...initializers, axis] };
  const model = onnx.ModelProto.create({ irVersion: 8, opsetImport: [{ domain: "", version: 14 }], graph });
  return onnx.ModelProto.encode(model).finish();
}

/** Runs it. `x` is [time, batch, inputSize], states [layers, batch, hidden]. */
export async function runOnnxLstm(
  sizes: LstmSizes,
  dict: nn.StateDict,
  x: Float32Array,
  h0: Float32Array,
  c0: Float32Array,
): Promise<LstmResults> {
  const { batch, time, inputSize, hidden, layers } = sizes;
  const session = await InferenceSession.create(modelBytes(sizes, dict), { logSeverityLevel: 3 });
  const feeds: Record<string, Tensor> = { x: new Tensor("float32", x, [time, batch, inputSize]) };
  const size = batch * hidden;
  for (let layer = 0; layer < layers; layer++) {
    const part = (data: Float32Array) =>
      new Tensor("float32", data.slice(layer * size, (layer + 1) * size), [1, batch, hidden]);
    feeds[`h0_${layer}`] = part(h0);
    feeds[`c0_${layer}`] = part(c0);
  }
  const found = await session.run(feeds);
  const read = (name: string) => found[name]?.data as Float32Array;
  const stacked = (name: string) => {
    const all = new Float32Array(layers * size);
    for (let layer = 0; layer < layers; layer++) all.set(read(`${name}_${layer}`), layer * size);
    return all;
  };
  const results = { outputs: read("outputs").slice(), h: stacked("h"), c: stacked("c") };
  await session.release();
  return results;
}
