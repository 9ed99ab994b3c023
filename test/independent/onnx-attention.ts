// ONNX models of one node, run by ONNX Runtime on the CPU.
import { onnx } from "onnx-proto";
import { InferenceSession, Tensor } from "onnxruntime-node";

export type TensorData = Float32Array | Int32Array | Uint8Array;

export interface OnnxInput {
  readonly data: TensorData;
  readonly shape: readonly number[];
}

const { FLOAT, INT32, BOOL } = onnx.TensorProto.DataType;
const typeOf = (data: TensorData): [elemType: number, name: "float32" | "int32" | "bool"] =>
  data instanceof Float32Array ? [FLOAT, "float32"] : data instanceof Int32Array ? [INT32, "int32"] : [BOOL, "bool"];

const valueInfo = (name: string, elemType: number, dims: readonly number[]) =>
  onnx.ValueInfoProto.create({
    name,
    type: { tensorType: { elemType, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
  });

const attribute = (name: string, value: number) => {
  const { INT, FLOAT } = onnx.AttributeProto.AttributeType;
  // scales and epsilons are no whole numbers
  return Number.isInteger(value) ? { name, type: INT, i: value } : { name, type: FLOAT, f: value };
};

/** Runs one node; an input that is null is left out. */
export async function runOnnxNode(
  opType: string,
  inputs: Readonly<Record<string, OnnxInput | null>>,
  outputShape: readonly number[],
  attributes: Readonly<Record<string, number>> = {},
  domain = "",
): Promise<Float32Array> {
  const given = Object.entries(inputs).filter((entry): entry is [string, OnnxInput] => entry[1] !== null);
  const names = Object.entries(inputs).map(([name, input]) => (input ? name : ""));
  while (names.at(-1) === "") names.pop();
  const node = onnx.NodeProto.create({
    opType,
    domain,
    input: names,
    output: ["y"],
    attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  });
  const graph = {
    name: "attention",
    node: [node],
    input: given.map(([name, { data, shape }]) => valueInfo(name, typeOf(data)[0], shape)),
    output: [valueInfo("y", FLOAT, outputShape)],
  };
  const opsetImport = [{ domain: "", version: 23 }, ...(domain ? [{ domain, version: 1 }] : [])];
  const bytes = onnx.ModelProto.encode(onnx.ModelProto.create({ irVersion: 10, opsetImport, graph })).finish();
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const feeds = Object.fromEntries(
    given.map(([name, { data, shape }]) => [name, new Tensor(typeOf(data)[1], data as Float32Array, [...shape])]),
  );
  const { y } = await session.run(feeds);
  if (!y) throw new Error(`${opType}: no output`);
  const result = (y.data as Float32Array).slice();
  await session.release();
  return result;
}
