// ONNX models of one RNN, LSTM or GRU node with given weights and every attribute, run by ONNX Runtime on the CPU.
import { onnx } from "onnx-proto";
import { InferenceSession, Tensor } from "onnxruntime-node";
import type { nn } from "../../src/node.ts";
import { tensorOf } from "./support.ts";

export type OnnxKind = "RNN" | "LSTM" | "GRU";

export interface OnnxNode {
  readonly kind: OnnxKind;
  readonly batch: number;
  readonly time: number;
  readonly inputSize: number;
  readonly hidden: number;
  readonly direction: "forward" | "reverse" | "bidirectional";
  readonly bias: boolean;
  readonly peephole?: boolean;
  /** ONNX's names, of one direction. */
  readonly activations: readonly string[];
  /** For the activations that take one. */
  readonly alphas?: readonly number[];
  readonly clip?: number | undefined;
  readonly inputForget?: boolean;
  readonly resetAfter?: boolean;
}

export interface OnnxData {
  /** [time, batch, inputSize] */
  readonly x: Float32Array;
  readonly lengths?: Int32Array | undefined;
  /** [directions, batch, hidden] each. */
  readonly states?: Readonly<Record<"h" | "c", Float32Array>> | undefined;
}

const { FLOAT, INT32 } = onnx.TensorProto.DataType;
const { FLOAT: REAL, FLOATS, INT, STRING, STRINGS } = onnx.AttributeProto.AttributeType;
const text = (value: string) => new TextEncoder().encode(value);

const valueInfo = (name: string, dims: readonly number[], elemType: number = FLOAT) =>
  onnx.ValueInfoProto.create({
    name,
    type: { tensorType: { elemType, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
  });

/** For each of ONNX's gates the place of ours: LSTM i o f c of i f g o, GRU z r h of r z n; peepholes i o f of i f o. */
const GATES: Readonly<Record<OnnxKind, readonly number[]>> = { RNN: [0], LSTM: [0, 3, 1, 2], GRU: [1, 0, 2] };
const PEEPHOLES = [0, 2, 1];

/** Blocks of rows in another order. */
function reordered(data: Float32Array, order: readonly number[]): Float32Array {
  const block = data.length / order.length;
  const result = new Float32Array(data.length);
  order.forEach((from, to) => {
    result.set(data.subarray(from * block, (from + 1) * block), to * block);
  });
  return result;
}

/** Parameters as inputs of the node, the directions behind each other. */
function weightsOf(node: OnnxNode, dict: nn.StateDict, prefix: string): Record<string, [number[], Float32Array]> {
  const { kind, hidden, inputSize, bias, peephole } = node;
  const order = GATES[kind];
  const suffixes = node.direction === "bidirectional" ? ["_l0", "_l0_reverse"] : ["_l0"];
  const rows = order.length * hidden;
  const gather = (names: readonly string[], blocks: readonly number[] = order) =>
    Float32Array.from(
      suffixes.flatMap((suffix) =>
        names.flatMap((name) => [...reordered(tensorOf(dict, `${prefix}${name}${suffix}`), blocks)]),
      ),
    );
  return {
    W: [[suffixes.length, rows, inputSize], gather(["weight_ih"])],
    R: [[suffixes.length, rows, hidden], gather(["weight_hh"])],
    ...(bias ? { B: [[suffixes.length, 2 * rows], gather(["bias_ih", "bias_hh"])] } : {}),
    ...(peephole ? { P: [[suffixes.length, 3 * hidden], gather(["weight_peephole"], PEEPHOLES)] } : {}),
  };
}

function modelOf(node: OnnxNode, feeds: Readonly<Record<string, Tensor>>): Uint8Array {
  const { kind, hidden, direction, activations, alphas = [], clip, inputForget, resetAfter } = node;
  const directions = direction === "bidirectional" ? 2 : 1;
  const twice = <T>(list: readonly T[]) => Array.from({ length: directions }, () => list).flat();
  const optional = (name: string) => (feeds[name] ? name : "");
  const input = ["x", "W", "R", optional("B"), optional("lengths"), optional("h0")];
  if (kind === "LSTM") input.push(optional("c0"), optional("P"));
  const attribute = [
    { name: "hidden_size", type: INT, i: hidden },
    { name: "direction", type: STRING, s: text(direction) },
    { name: "activations", type: STRINGS, strings: twice(activations).map(text) },
    ...(alphas.length > 0 ? [{ name: "activation_alpha", type: FLOATS, floats: twice(alphas) }] : []),
    ...(clip === undefined ? [] : [{ name: "clip", type: REAL, f: clip }]),
    ...(inputForget ? [{ name: "input_forget", type: INT, i: 1 }] : []),
    ...(kind === "GRU" ? [{ name: "linear_before_reset", type: INT, i: resetAfter ? 1 : 0 }] : []),
  ];
  const state = [directions, node.batch, hidden];
  const output = [valueInfo("y", [node.time, directions, node.batch, hidden]), valueInfo("h", state)];
  if (kind === "LSTM") output.push(valueInfo("c", state));
  const graph = {
    name: kind,
    node: [onnx.NodeProto.create({ opType: kind, input, output: output.map(({ name }) => name ?? ""), attribute })],
    input: Object.entries(feeds).map(([name, { dims, type }]) =>
      valueInfo(name, dims, type === "int32" ? INT32 : FLOAT),
    ),
    output,
  };
  const model = onnx.ModelProto.create({ irVersion: 8, opsetImport: [{ domain: "", version: 14 }], graph });
  return onnx.ModelProto.encode(model).finish();
}

/** Runs it; `prefix` is what the names in `dict` begin with. Gives y [time, directions, batch, hidden], h and c. */
export async function runOnnx(
  node: OnnxNode,
  dict: nn.StateDict,
  prefix: string,
  { x, lengths, states }: OnnxData,
): Promise<Record<string, Float32Array>> {
  const { batch, time, inputSize, hidden, direction } = node;
  const feeds: Record<string, Tensor> = { x: new Tensor("float32", x, [time, batch, inputSize]) };
  for (const [name, [dims, data]] of Object.entries(weightsOf(node, dict, prefix))) {
    feeds[name] = new Tensor("float32", data, dims);
  }
  if (lengths) feeds.lengths = new Tensor("int32", lengths, [batch]);
  const state = [direction === "bidirectional" ? 2 : 1, batch, hidden];
  if (states) feeds.h0 = new Tensor("float32", states.h, state);
  if (states && node.kind === "LSTM") feeds.c0 = new Tensor("float32", states.c, state);
  const session = await InferenceSession.create(modelOf(node, feeds), { logSeverityLevel: 3 });
  const found = await session.run(feeds);
  const results = Object.fromEntries(
    Object.entries(found).map(([name, tensor]) => [name, (tensor.data as Float32Array).slice()]),
  );
  await session.release();
  return results;
}
