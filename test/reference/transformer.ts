/** Float64 transformers from parameters by PyTorch's names. */
import { array, map, type NdArray } from "./array.ts";
import { type AttentionOptions, attention, rope } from "./attention.ts";
import { add, gelu, mul, relu, sigmoid, silu } from "./elementwise.ts";
import { permute, reshape, slice } from "./layout.ts";
import { embedding, linear } from "./matmul.ts";
import { layerNorm } from "./norm.ts";

export type Parameters = ReadonlyMap<string, NdArray>;

const part = (parameters: Parameters, prefix: string): ((name: string) => NdArray | undefined) => {
  return (name) => parameters.get(prefix + name);
};

/** Multi-head attention with kvHeads heads of keys and values. */
export function multihead(
  parameters: Parameters,
  prefix: string,
  [heads, kvHeads]: readonly [number, number],
  [query, key, value]: readonly [NdArray, NdArray, NdArray],
  { rotary = false, ...options }: AttentionOptions & { rotary?: boolean } = {},
): NdArray {
  const of = part(parameters, prefix);
  const size = query.shape.at(-1) as number;
  const dim = size / heads;
  let start = 0;
  const project = (x: NdArray, count: number) => {
    const end = start + count * dim;
    const weight = slice(of("in_proj_weight") as NdArray, 0, start, end);
    const bias = of("in_proj_bias");
    const y = linear(x, weight, bias && slice(bias, 0, start, end));
    start = end;
    return permute(reshape(y, [...x.shape.slice(0, 2), count, dim]), [0, 2, 1, 3]);
  };
  const [q, k, v] = [project(query, heads), project(key, kvHeads), project(value, kvHeads)] as const;
  const { y } = attention(rotary ? rope(q) : q, rotary ? rope(k) : k, v, options);
  return linear(reshape(permute(y, [0, 2, 1, 3]), query.shape), of("out_proj.weight") as NdArray, of("out_proj.bias"));
}

/** Twice as many numbers become values times their gates. */
const gated = (gate: (z: NdArray) => NdArray) => (x: NdArray) => {
  const n = (x.shape.at(-1) as number) / 2;
  return mul(slice(x, -1, 0, n), gate(slice(x, -1, n)));
};

const ACTIVATIONS = {
  relu,
  gelu: (x: NdArray) => gelu(x),
  gelu_tanh: (x: NdArray) => gelu(x, "tanh"),
  silu,
  glu: gated(sigmoid),
  reglu: gated(relu),
  geglu: gated((z) => gelu(z)),
  swiglu: gated(silu),
} as const;

type Activation = keyof typeof ACTIVATIONS;

export interface LayerForm {
  readonly heads: number;
  readonly normFirst: boolean;
  readonly activation: Activation;
}

/** An encoder layer, or with a memory a decoder layer. */
export function layer(
  parameters: Parameters,
  prefix: string,
  { heads, normFirst, activation }: LayerForm,
  x: NdArray,
  options: AttentionOptions & { rotary?: boolean } = {},
  memory?: NdArray,
): NdArray {
  const of = part(parameters, prefix);
  const norm = (n: number, y: NdArray) => layerNorm(y, of(`norm${n}.weight`), of(`norm${n}.bias`));
  const residual = (n: number, y: NdArray, f: (y: NdArray) => NdArray) =>
    normFirst ? add(y, f(norm(n, y))) : norm(n, add(y, f(y)));
  const attend = (y: NdArray) => multihead(parameters, `${prefix}self_attn.`, [heads, heads], [y, y, y], options);
  let y = residual(1, x, attend);
  if (memory) {
    const cross = (z: NdArray) =>
      multihead(parameters, `${prefix}multihead_attn.`, [heads, heads], [z, memory, memory]);
    y = residual(2, y, cross);
  }
  return residual(memory ? 3 : 2, y, (z) => {
    const hidden = linear(z, of("linear1.weight") as NdArray, of("linear1.bias"));
    return linear(ACTIVATIONS[activation](hidden), of("linear2.weight") as NdArray, of("linear2.bias"));
  });
}

/** The language model with pre-norm layers and GELU. */
export function languageModel(
  parameters: Parameters,
  heads: number,
  layers: number,
  positions: "learned" | "sinusoidal" | "rope" | "alibi",
  tokens: NdArray,
): NdArray {
  const of = part(parameters, "");
  const table = of("embed.weight") as NdArray;
  const [length, size] = [tokens.shape[1] as number, table.shape[1] as number];
  let x = embedding(tokens, table);
  if (positions === "learned") x = add(x, slice(of("position") as NdArray, 0, 0, length));
  if (positions === "sinusoidal") {
    const sines = Float64Array.from({ length: length * size }, (_, n) => {
      const angle = Math.floor(n / size) / 10_000 ** ((2 * Math.floor((n % size) / 2)) / size);
      return n % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
    });
    x = add(mul(x, Math.sqrt(size)), array([length, size], sines));
  }
  const options = { causal: true, alibi: positions === "alibi", rotary: positions === "rope" };
  for (let i = 0; i < layers; i++) {
    x = layer(parameters, `body.layers.${i}.`, { heads, normFirst: true, activation: "gelu" }, x, options);
  }
  const hidden = layerNorm(x, of("body.norm.weight"), of("body.norm.bias"));
  return linear(hidden, of("head.weight") ?? table);
}

/** For parameters that are moved by differences. */
export const scaledBy = (x: NdArray, factor: number): NdArray => map(x, (e) => e * factor);
