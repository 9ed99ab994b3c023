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

/** Reads a weight, or four neighbouring ones, by its number. */
export function weightText({ weights }: Bindings, width: Width): string {
  if (weights === undefined) return "";
  const [stored, element] = {
    numbers: ["u32", "unpack2x16float(halves[i >> 1u])[i & 1u]"],
    fours: ["vec2<u32>", "vec4<f32>(unpack2x16float(halves[i].x), unpack2x16float(halves[i].y))"],
  }[width] as [string, string];
  const [head, value] =
    weights === HALVES ? [`var<storage, read> ${HALVES}: array<${stored}>;\n`, element] : ["", `${weights}[i]`];
  return `${head}
fn weight(i: u32) -> Real {
  return ${value};
}
`;
}

/** Blocks of the weights, for products of the same rows. */
export function weightsText(phase: Phase, { weights }: Bindings, { transposed }: WeightLayout, width: Width): string {
  const fours = width === "fours";
  const head = fours ? "// @use recurrent/lib/fours.wgsl\n" : "";
  const type = fours ? "mat4x4<f32>" : "f32";
  if (weights === undefined) {
    return `${head}
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

fn load_weights(at: u32, k: u32) -> f32 {
  return weight(at + k${transposed ? "" : ` * ${stride}`});
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
