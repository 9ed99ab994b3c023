/** How a dispatch of a fused loop reads the weights of its products, as WGSL. */
import type { Width } from "./addresses.ts";
import type { Phase } from "./phase.ts";

/** Which of the sources lies in which buffer. */
export interface Bindings {
  /** By source. */
  readonly buffers: readonly number[];
  /** The name of that of the weights, where there are any. */
  readonly weights: string | undefined;
  /** How many buffers there are, and which of them are written. */
  readonly written: readonly boolean[];
}

/** The binding of weights that are stored in 16 bits. */
export const HALVES = "halves";

/** How the weights of the sums lie, all alike: [units, k] for each, or [k, units]. */
export interface WeightLayout {
  readonly transposed: boolean;
}

/** Reads a weight by its number, or by where it lies, or four neighbouring ones. */
export function weightText({ weights }: Bindings, width: Width): string {
  if (weights === undefined) return "";
  const isHalf = weights === HALVES;
  const stored = width === "numbers" ? "u32" : "vec2<u32>";
  const head = isHalf ? `var<storage, read> ${HALVES}: array<${stored}>;\n` : "";
  return `${head}${width === "numbers" ? numberText(weights) : fourText(weights)}`;
}

const numberText = (weights: string): string => `
const PER_WORD: u32 = ${weights === HALVES ? 2 : 1};

fn bit_of(i: u32) -> u32 {
  return ${weights === HALVES ? "(i * 16u) & 31u" : "0u"};
}

fn weight_in(word: u32, bit: u32) -> f32 {
  return ${weights === HALVES ? `unpack2x16float(${HALVES}[word] >> bit).x` : `${weights}[word]`};
}

fn weight(i: u32) -> f32 {
  return weight_in(i / PER_WORD, bit_of(i));
}
`;

const fourText = (weights: string): string => `
fn weight(i: u32) -> vec4<f32> {
  return ${weights === HALVES ? `vec4<f32>(unpack2x16float(${HALVES}[i].x), unpack2x16float(${HALVES}[i].y))` : `${weights}[i]`};
}
`;

const NO_WEIGHTS = `
const PER_WORD: u32 = 1;

fn bit_of(i: u32) -> u32 {
  return 0u;
}

fn weight_in(word: u32, bit: u32) -> f32 {
  return 0.0;
}

fn weights_stride() -> u32 {
  return 0u;
}
`;

/** Blocks of the weights, for products of the same rows. */
export function weightsText(phase: Phase, { weights }: Bindings, { transposed }: WeightLayout, width: Width): string {
  const fours = width === "fours";
  const head = fours ? "// @use recurrent/lib/fours.wgsl\n" : "";
  const type = fours ? "mat4x4<f32>" : "f32";
  if (weights === undefined) {
    return `${head}${fours ? "" : NO_WEIGHTS}
fn weights_at(sum: u32, unit: u32) -> u32 {
  return 0u;
}

fn load_weights(at: u32, k: u32) -> ${type} {
  return ${type}();
}
`;
  }
  const start = phase.sums.length > 1 ? "params.weights_at + sum * params.weights_step" : "params.weights_at";
  const stride = transposed ? "params.row_size" : "params.weights_size";
  if (!fours) {
    return `
fn weights_at(sum: u32, unit: u32) -> u32 {
  return ${start} + unit${transposed ? ` * ${stride}` : ""};
}

fn weights_stride() -> u32 {
  return ${transposed ? "1u" : stride};
}

fn load_weights(at: u32, k: u32) -> f32 {
  return weight(at + k * weights_stride());
}
`;
  }
  const rows = `mat4x4<f32>(weight(first), weight(first + stride), weight(first + 2u * stride), weight(first + 3u * stride))`;
  return `${head}
fn weights_at(sum: u32, unit4: u32) -> u32 {
  let unit = min(unit4, params.hidden_size / 4u - 1u);
  return (${start}) / 4u + unit${transposed ? ` * ${stride}` : ""};
}

fn load_weights(at: u32, k: u32) -> mat4x4<f32> {
  let stride = ${stride} / 4u;
  let first = at + k${transposed ? "" : ` * ${stride}`};
  return ${transposed ? `transpose(${rows})` : rows};
}
`;
}
