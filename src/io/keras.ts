// Weights of Keras's recurrent layers (also TensorFlow.js's) in PyTorch's names and layouts, which are ours, and back.
//
//              Keras                                          here
//   kernel            [input, gates·units]                    weight_ih [gates·hidden, input]
//   recurrent_kernel  [units, gates·units]                    weight_hh [gates·hidden, hidden]
//   bias              [gates·units], one for both products    bias_ih, and bias_hh = 0
//   bias              [2, 3·units] of a GRU with reset_after  bias_ih, bias_hh
//   gates             LSTM i f c o, GRU z r h                 LSTM i f g o, GRU r z n
//
// Those of other layers are in keras-plain.ts.
//
// Keras's GRU with reset_after is `nn.GRU`'s default, the one without it has `resetAfter: false`. Keras 2 and TensorFlow.js
// use hard_sigmoid of slope 0.2 for the gates unless told otherwise: build the layer with `gateActivation: "hard_sigmoid",
// hardSigmoidSlope: 0.2` then.
//
// Two biases that are added up learn at twice the speed of Keras's one, as each takes a step. To train on as Keras would,
// build the layer with `singleBias: true` and ask for one here by the option of the same name.
import { ArgumentError, DataError } from "../errors.ts";
import {
  checkArgument,
  checkOptions,
  flag,
  instanceOf,
  type KindsOf,
  listNames,
  listOf,
  oneOf,
  required,
  text,
} from "../options.ts";
import { isPlain, type PlainLayer, plainFromKeras, plainLayers, plainToKeras } from "./keras-plain.ts";
import { checkShapes, type KerasTensor, kerasTensor } from "./keras-tensor.ts";

export type { KerasTensor };

/** Kinds of Keras layers whose weights can be converted. */
export type KerasLayer = RecurrentLayer | PlainLayer;

type RecurrentLayer = "SimpleRNN" | "LSTM" | "GRU";

/** Options of the conversion from and to the layout of Keras. */
export interface KerasOptions {
  /** What the names end with: `_l0` unless given; the second layer's is `_l1`, a cell's is the empty string. */
  readonly suffix?: string;
  /** The weights of Keras's Bidirectional wrapper: those of the forward layer, then those of the backward one. */
  readonly bidirectional?: boolean;
  /** For `toKeras` of a GRU: which of the two it is, as in the layer's options; true unless given. */
  readonly resetAfter?: boolean;
  /**
   * For `fromKeras`: no `bias_hh`, for a layer with the option `singleBias`. Without it `bias_hh` is zeros, and as both biases
   * are trained, their sum learns at twice the speed of Keras's one.
   */
  readonly singleBias?: boolean;
}

/** For each gate here its place in Keras. Swapping two is its own inverse, so it serves both ways. */
const GATES: Readonly<Record<RecurrentLayer, readonly number[]>> = {
  SimpleRNN: [0],
  LSTM: [0, 1, 2, 3],
  GRU: [1, 0, 2],
};

const kerasKinds: KindsOf<KerasOptions> = { suffix: text, bidirectional: flag, resetAfter: flag, singleBias: flag };
const layerKind = required(oneOf(...Object.keys(GATES), ...plainLayers));

/**
 * Named tensors for `loadStateDict` from `layer.getWeights()`: kernel, recurrent kernel and, where the layer has one, bias;
 * twice these for a bidirectional layer. Of a Conv1D kernel and perhaps bias, of an Embedding its vectors, of a
 * BatchNormalization gamma and beta (or neither), then the moving mean and variance. Throws DataError, ArgumentError.
 */
export function fromKeras(
  kind: KerasLayer,
  weights: readonly KerasTensor[],
  options: KerasOptions = {},
): Map<string, KerasTensor> {
  checkOptions("fromKeras", options, kerasKinds);
  checkArgument("fromKeras", "kind", kind, layerKind);
  checkArgument("fromKeras", "weights", weights, required(listOf(kerasTensor, "tensors { shape, data }")));
  if (isPlain(kind)) {
    requireNoOptions("fromKeras", kind, options);
    return plainFromKeras(kind, weights);
  }
  const { suffix = "_l0", bidirectional = false, singleBias = false } = options;
  const count = bidirectional ? weights.length / 2 : weights.length;
  if (count !== 2 && count !== 3) {
    const expected = bidirectional ? "4 or 6: twice kernel, recurrent_kernel" : "2 or 3: kernel, recurrent_kernel";
    throw new DataError(`fromKeras: ${kind} has ${weights.length} tensors, expected ${expected} and perhaps bias`);
  }
  const dict = new Map<string, KerasTensor>();
  for (const [i, ending] of (bidirectional ? [suffix, `${suffix}_reverse`] : [suffix]).entries()) {
    for (const [name, tensor] of oneFromKeras(kind, weights.slice(i * count, (i + 1) * count), singleBias)) {
      dict.set(`${name}${ending}`, tensor);
    }
  }
  return dict;
}

function* oneFromKeras(
  kind: RecurrentLayer,
  [kernel, recurrent, bias]: readonly KerasTensor[],
  singleBias: boolean,
): Generator<[string, KerasTensor]> {
  const order = GATES[kind];
  const [input = 0, columns = 0] = (kernel as KerasTensor).shape;
  const units = columns / order.length;
  if (!Number.isInteger(units)) {
    throw new DataError(
      `fromKeras: ${kind} kernel has shape [${kernel?.shape.join(", ")}], expected [input, ${order.length}·units]; check the kind of the layer`,
    );
  }
  checkShapes(kind, "kernel", kernel as KerasTensor, [[input, columns]]);
  checkShapes(kind, "recurrent_kernel", recurrent as KerasTensor, [[units, columns]]);
  yield ["weight_ih", reorderRows(transpose(kernel as KerasTensor), order)];
  yield ["weight_hh", reorderRows(transpose(recurrent as KerasTensor), order)];
  if (!bias) return;
  checkShapes(kind, "bias", bias, kind === "GRU" ? [[columns], [2, columns]] : [[columns]]);
  const row = (start: number) =>
    reorderRows({ shape: [columns], data: bias.data.slice(start, start + columns) }, order);
  yield ["bias_ih", row(0)];
  if (singleBias) {
    if (bias.shape.length === 1) return;
    throw new DataError(
      `fromKeras: ${kind} bias has shape [${bias.shape.join(", ")}], expected [${columns}] with singleBias; a GRU with reset_after has two biases in Keras, too`,
    );
  }
  yield ["bias_hh", bias.shape.length === 2 ? row(columns) : { shape: [columns], data: new Float32Array(columns) }];
}

/**
 * What `layer.setWeights()` of Keras takes, from a state dict. Where Keras has one bias for both products it is the sum of
 * the two here.
 */
export function toKeras(
  kind: KerasLayer,
  dict: ReadonlyMap<string, KerasTensor>,
  options: KerasOptions = {},
): KerasTensor[] {
  checkOptions("toKeras", options, kerasKinds);
  checkArgument("toKeras", "kind", kind, layerKind);
  checkArgument("toKeras", "dict", dict, required(instanceOf(Map, "a Map of tensors by name")));
  if (isPlain(kind)) {
    requireNoOptions("toKeras", kind, options);
    return plainToKeras(kind, dict);
  }
  const { suffix = "_l0", bidirectional = false, resetAfter = true } = options;
  const order = GATES[kind];
  return (bidirectional ? [suffix, `${suffix}_reverse`] : [suffix]).flatMap((ending) => {
    const need = (name: string): KerasTensor => {
      const found = dict.get(`${name}${ending}`);
      if (!found) {
        throw new DataError(
          `toKeras: there is no ${name}${ending}, expected it among ${listNames(dict.keys())}; check suffix and bidirectional`,
        );
      }
      checkArgument("toKeras", `${name}${ending}`, found, kerasTensor);
      return found;
    };
    for (const name of ["weight_hr", "weight_peephole", "norm_ih_weight"]) {
      if (dict.has(`${name}${ending}`)) {
        throw new DataError(
          `toKeras: the layer has ${name}${ending}, expected only what Keras's ${kind} has; build it without this option`,
        );
      }
    }
    const matrices = ["weight_ih", "weight_hh"].map((name) => transpose(reorderRows(need(name), order)));
    if (!dict.has(`bias_ih${ending}`)) return matrices;
    const outer = reorderRows(need("bias_ih"), order).data;
    // a layer with one bias
    if (!dict.has(`bias_hh${ending}`)) return [...matrices, { shape: [outer.length], data: outer }];
    const inner = reorderRows(need("bias_hh"), order).data;
    if (kind === "GRU" && resetAfter) {
      return [...matrices, { shape: [2, outer.length], data: Float32Array.of(...outer, ...inner) }];
    }
    return [...matrices, { shape: [outer.length], data: outer.map((value, i) => value + (inner[i] as number)) }];
  });
}

/** All of them are for recurrent layers. */
function requireNoOptions(op: string, kind: PlainLayer, options: KerasOptions): void {
  const [name] = Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (name === undefined) return;
  throw new ArgumentError(`${op}: ${name} is given for ${kind}, expected it for recurrent layers alone; leave it out`);
}

function transpose({ shape, data }: KerasTensor): KerasTensor {
  const [rows, columns] = shape as readonly [number, number];
  const result = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = data[row * columns + column] as number;
    }
  }
  return { shape: [columns, rows], data: result };
}

/** Equal blocks of rows, those of a gate each, in another order. */
function reorderRows({ shape, data }: KerasTensor, order: readonly number[]): KerasTensor {
  const block = data.length / order.length;
  const result = new Float32Array(data.length);
  order.forEach((from, to) => {
    result.set(data.subarray(from * block, (from + 1) * block), to * block);
  });
  return { shape: [...shape], data: result };
}
