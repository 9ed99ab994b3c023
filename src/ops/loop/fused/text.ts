/** The WGSL of a fused loop's dispatch: what stands in the place of a cell's files in the templates of `kernels/recurrent/`. */
import type { KernelText } from "../../../kernels/join.ts";
import type { Width } from "./addresses.ts";
import { labelOf } from "./labels.ts";
import type { Operand, Phase } from "./phase.ts";
import { sumTexts } from "./sums.ts";
import { type Bindings, type WeightLayout, weightsText, weightText } from "./weights-text.ts";

/** The word for them in the templates' `{cell}` and `{direction}`. */
export const BOUND = { cell: "loop", direction: "step" } as const;

/** `name` is what the function of a step is called. */
export function textsOf(
  name: string,
  phase: Phase,
  bindings: Bindings,
  layout: WeightLayout,
  width: Width,
): KernelText[] {
  const weightsFile = `recurrent/lib/step-${width}.wgsl`;
  const isAlone = phase.isApart || phase.hasRows;
  const uses = isAlone ? "" : `// @use ${weightsFile}\n`;
  const cell = {
    file: "kernels/recurrent/cells/loop/step.wgsl",
    text: headOf(name, phase, bindings) + uses + cellText(phase, bindings, width),
  };
  if (isAlone) return [cell];
  const weights = {
    file: `kernels/${weightsFile}`,
    text: weightsText(phase, bindings, layout, width),
  };
  return [cell, weights, ...sumTexts(phase.sums.length)];
}

/** Functions that statements may call, by the library that has them. */
const LIBRARIES: readonly (readonly [RegExp, string])[] = [
  [/\b(?:sigmoid|safe_tanh)\(/, "lib/real.wgsl"],
  [
    /\b\w+_slope\(|\b(?:larger|smaller|power|exponential|logarithm|sine|cosine|limited|softplus|expm1_negative|is_nan)\(/,
    "lib/binary-slopes.wgsl",
  ],
  [/\b(?:checked_total|logarithm_of_total)\(/, "lib/numbers.wgsl"],
  [/\b\w+_(?:slope|derivative)\(|\b(?:gelu|gelu_tanh|silu|stable_sigmoid)\(/, "lib/unary-slopes.wgsl"],
];

/** What a step is and reads, in words. */
function headOf(name: string, { sources, written, units }: Phase, { buffers, weights }: Bindings): string {
  const lines = sources.map((source, i) => {
    const isRegion = "kind" in source;
    const blocks = isRegion ? source.columns / units : undefined;
    const size = blocks === undefined || blocks === 1 ? "" : ` of ${blocks} · units`;
    const when = isRegion ? WHEN[source.kind] : source.isSliced ? "given for each step" : "given";
    const label = labelOf(isRegion ? source.value : source.whole);
    return `//   at${i}  b${buffers[i]}  ${label}${size}, ${when}${written.has(source) ? ", written" : ""}`;
  });
  const rows = weights === undefined ? [] : [`//   ${weights}  weights`];
  // a function may be called anything, a line break in it
  const words = name
    .replace(/[^ -~]/g, " ")
    .slice(0, 80)
    .trim();
  return [`// A step of ${words === "" ? "a loop" : words}.`, "//", ...lines, ...rows, ""].join("\n");
}

const WHEN = { time: "kept for all steps", ring: "carried on", ends: "begun and ended with" } as const;

function cellText(phase: Phase, bindings: Bindings, width: Width): string {
  const { sums, fields, stages, statements, sources } = phase;
  const count = Math.max(1, sums.length);
  const body = statements
    .join("\n  ")
    .replace(/\bbound(\d+)_/g, (_, source: string) => `b${bindings.buffers[Number(source)]}`);
  const used = LIBRARIES.filter(([names]) => names.test(body)).map(([, library]) => `// @use ${library}`);
  const params = [
    "seq_len",
    ...sources.map((_, i) => `at${i}`),
    ...[...phase.measured].map((i) => `columns${i}`),
    ...productParams(phase),
  ];
  const stageFields = stages.flatMap((each) => [`active${each}: bool`, `first${each}: bool`, `last${each}: bool`]);
  const head = phase.hasRows ? "" : `// @let sums=${count} quads=${count === 1 ? "1x2" : count}\n`;
  return `${head}// @use recurrent/lib/slots.wgsl
${used.join("\n")}
struct Params {
${params.map((name) => `  ${name}: u32,`).join("\n")}
}
${bindings.written.map((isWritten, i) => `var<storage, ${isWritten ? "read_write" : "read"}> b${i}: array<Real>;`).join("\n")}
${weightText(bindings, width)}

${phase.hasRows ? "" : `const SUMS: u32 = ${count};\nalias Sums = array<Real, SUMS>;\n`}
fn time_of(i: u32) -> u32 {
  return params.time + i;
}

struct Step {
${[...fields.map(([name]) => `${name}: u32`), ...stageFields].map((field) => `  ${field},`).join("\n")}
}

// Of the dispatch of this number: a step for each stage.
fn step_at(dispatch: u32) -> Step {
  let width = params.hidden_size / WIDTH;
  let size = params.batch_size * width;
  let last = params.seq_len - 1u;
${stages
  .map(
    (each) => `  let i${each} = min(select(0u, dispatch - ${each}u, dispatch >= ${each}u), last);
  let time${each} = select(i${each}, last - i${each}, params.reverse != 0u);`,
  )
  .join("\n")}
  return Step(
${[
  ...fields.map(([, expression]) => expression),
  ...stages.flatMap((each) => [
    `dispatch >= ${each}u && dispatch - ${each}u <= last`,
    `dispatch <= ${each}u`,
    `i${each} == last`,
  ]),
]
  .map((expression) => `    ${expression},`)
  .join("\n")}
  );
}

${phase.hasRows ? rowText(body) : finishText(phase, bindings, body)}`;
}

/** A thread's part of a row, from number `first` on. */
const rowText = (body: string): string => `fn finish_row(step: Step, row: u32, first: u32) {
  let width = params.hidden_size;
  ${body}
}
`;

/** An element behind its products. */
const finishText = (
  phase: Phase,
  bindings: Bindings,
  body: string,
): string => `${phase.isApart ? apartText(phase, bindings) : rowsText(phase, bindings)}
fn finish(step: Step, row: u32, unit: u32, sums: Sums) {
  let width = params.hidden_size / WIDTH;
  if (row >= params.batch_size || unit >= width) {
    return;
  }
  ${body}
}
`;

/** The parameters of the products, as the kernels are told. */
export function productParams({ sums, isApart }: Phase): string[] {
  if (sums.length === 0) return [];
  if (!isApart) return ["row_size", "weights_at", "weights_step", "weights_size"];
  return sums.flatMap((_, i) => [`row_size${i}`, `weights${i}`]);
}

/** All products are of the same rows. */
function rowsText({ operands: [operand] }: Phase, { buffers }: Bindings): string {
  return `// What the products are of, in parts of a row of units.
const GATES: u32 = 2;

fn row_at(step: Step, row: u32) -> u32 {
  return ${operand ? `step.${operand.field} + row * (params.row_size / WIDTH)` : "0u"};
}

fn row_size(product: u32) -> u32 {
  return ${operand ? "params.row_size" : "0u"};
}

fn load_row(at: u32) -> Real {
  return ${operand ? `b${buffers[operand.source]}[at]` : "Real()"};
}

fn row_length(step: Step) -> u32 {
  return ${operand ? `select(0u, params.row_size, step.active${operand.stage})` : "0u"};
}
`;
}

/** Each has rows of its own; see `kernels/recurrent/cells/loop/step.wgsl`. */
function apartText({ operands }: Phase, { buffers }: Bindings): string {
  const list = (type: string, write: (operand: Operand, i: number) => string) =>
    `array<${type}, ${operands.length}>(${operands.map(write).join(", ")})[product]`;
  return `fn rows_at(step: Step, product: u32) -> u32 {
  return ${list("u32", ({ field }) => `step.${field}`)};
}

fn row_size(product: u32) -> u32 {
  return ${list("u32", (_, i) => `params.row_size${i}`)};
}

fn row_length(step: Step, product: u32) -> u32 {
  return select(0u, row_size(product), ${list("bool", ({ stage }) => `step.active${stage}`)});
}

fn load_row(at: u32) -> Real {
  return b${buffers[operands[0]?.source as number]}[at];
}

fn weights_start(product: u32) -> u32 {
  return ${list("u32", (_, i) => `params.weights${i}`)};
}

fn load_weight(at: u32) -> Real {
  return weight(at);
}
`;
}
