// Weights of Keras's layers that are no recurrences, in PyTorch's names and layouts, which are ours, and back.
//
//                       Keras                                          here
//   Conv1D              kernel [window, input / groups, output]        weight [output, input / groups, window]
//                       bias [output], or none                         bias
//   BatchNormalization  gamma, beta, or neither                        weight, bias
//                       moving_mean, moving_variance [features]        running_mean, running_var
//   Embedding           embeddings [entries, features]                 weight
//
// Keras moves its variance by the biased one and starts epsilon at 1e-3: build the layer with `epsilon: 1e-3, momentum: 0.01` to train
// on nearly as Keras would.
import { DataError } from "../errors.ts";
import { checkArgument, listNames } from "../options.ts";
import { checkShapes, type KerasTensor, kerasTensor } from "./keras-tensor.ts";

/** Kinds of layers that have no gates. */
export type PlainLayer = "Conv1D" | "BatchNormalization" | "Embedding";

/** Our names, in the order of `getWeights`, by how many there are. */
const NAMES: Readonly<Record<PlainLayer, readonly (readonly string[])[]>> = {
  Conv1D: [["weight", "bias"], ["weight"]],
  BatchNormalization: [
    ["weight", "bias", "running_mean", "running_var"],
    ["running_mean", "running_var"],
  ],
  Embedding: [["weight"]],
};

export const plainLayers: readonly string[] = Object.keys(NAMES);

export const isPlain = (kind: string): kind is PlainLayer => Object.hasOwn(NAMES, kind);

/** Tensors by our names. */
export function plainFromKeras(kind: PlainLayer, weights: readonly KerasTensor[]): Map<string, KerasTensor> {
  const names = NAMES[kind].find(({ length }) => length === weights.length);
  if (!names) {
    const counts = NAMES[kind].map((each) => `${each.length}`).join(" or ");
    throw new DataError(
      `fromKeras: ${kind} has ${weights.length} tensors, expected ${counts}; give the weights in getWeights' order`,
    );
  }
  const extents = requireRank("fromKeras", kind, weights[0] as KerasTensor);
  return new Map(
    names.map((name, i) => {
      const tensor = weights[i] as KerasTensor;
      checkShapes(kind, name, tensor, [i === 0 ? extents : extents.slice(-1)]);
      return [name, kind === "Conv1D" && i === 0 ? reversed(tensor) : copied(tensor)];
    }),
  );
}

/** Tensors in the order of `setWeights`. */
export function plainToKeras(kind: PlainLayer, dict: ReadonlyMap<string, KerasTensor>): KerasTensor[] {
  const names = NAMES[kind].find((each) => each.every((name) => dict.has(name)));
  if (!names) {
    throw new DataError(
      `toKeras: ${kind} has ${listNames(dict.keys())}, expected ${NAMES[kind].map((each) => each.join(", ")).join(" or ")}`,
    );
  }
  return names.map((name, i) => {
    const tensor = dict.get(name) as KerasTensor;
    checkArgument("toKeras", name, tensor, kerasTensor);
    if (i === 0) requireRank("toKeras", kind, tensor);
    return kind === "Conv1D" && i === 0 ? reversed(tensor) : copied(tensor);
  });
}

/** The extents of a layer's first tensor. */
function requireRank(op: string, kind: PlainLayer, { shape }: KerasTensor): readonly number[] {
  const rank = { Conv1D: 3, BatchNormalization: 1, Embedding: 2 }[kind];
  if (shape.length === rank) return shape;
  throw new DataError(`${op}: ${kind} begins with a tensor of shape [${shape.join(", ")}], expected ${rank} axes`);
}

const copied = ({ shape, data }: KerasTensor): KerasTensor => ({ shape: [...shape], data: data.slice() });

/** [a, b, c] as [c, b, a]: its own inverse. */
function reversed({ shape, data }: KerasTensor): KerasTensor {
  const [a, b, c] = shape as readonly [number, number, number];
  const at = (i: number) => ((i % a) * b + (Math.floor(i / a) % b)) * c + Math.floor(i / a / b);
  return { shape: [c, b, a], data: data.map((_, i) => data[at(i)] as number) };
}
