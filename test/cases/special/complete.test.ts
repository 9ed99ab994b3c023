// Closes the kind: an operation or kernel that comes without a row on NaN and infinities (test/cases/special/) fails here.
import { describe, expect, test } from "vitest";
import { InputValue } from "../../../src/graph/leaves.ts";
import type { AdapterProfile } from "../../../src/graph/lowering.ts";
import * as seqgrad from "../../../src/index.ts";
import { kernels } from "../../../src/kernels/generated/all.ts";
import type { VariantConstants } from "../../../src/kernels/manifest.ts";
import { buildProgram } from "../../../src/plan/build.ts";
import { adapterOf, hyper } from "../../plan/support.ts";
import { functionConstants } from "../../support/function-constants.ts";
import { Always, combinations } from "../support/profile.ts";
import { specialFamilies } from "./index.ts";
import { prepare, specsOf, traceRow } from "./row.ts";

/** Kernels without a row, by the start of their names, and why. */
const ELSEWHERE: readonly (readonly [prefixes: readonly string[], reason: string])[] = [
  [["attention_", "recurrent_attention_", "cache_"], "masks decide what counts: attention's own cases"],
  [
    [
      "adamw",
      "amsgrad",
      "lion",
      "muon_",
      "adagrad",
      "rmsprop",
      "sgd",
      "norm_",
      "divide_rows",
      "non_finite",
      "copy_unless_held",
      "gradient_mean",
      "weight_average",
      "chunk_squares",
      "clip_chunks",
      "penalize_chunks",
      "constrain_",
    ],
    "guarded by the trainer: its own cases",
  ],
  [
    ["loop_apart_", "loop_persistent_", "loop_whole_rows_"],
    "an example of what programs write: loops have rows of their own, and layers with options run what they do",
  ],
  [["fill", "random_", "peak_"], "read no number"],
  [
    ["embedding_marks", "embedding_links", "one_hot", "class_targets", "shift_lengths", "elementwise_integer"],
    "read integers",
  ],
  [["cast"], "gives integers: its own cases"],
  [["argmax", "topk"], "give places: their own cases"],
  [["class_hits", "weighted_pairs"], "measure, of NaN too: their own case"],
  [["sample"], "draws by the host's rules: its own cases"],
  [["accumulate"], "an addition"],
  [["rope"], "x · cos + x · sin of a position"],
  [["dropout"], "drops by the random number, not by the element"],
];

/**
 * No operation uses the first ones; sums of squares are the gradients' norm; quads and lanes of single numbers take their activation
 * from where all do; integers are all finite.
 */
const WITHOUT =
  /^elementwise_unary_(numbers|vectors) (copy|default|neg)$|^elementwise_unary_(numbers|vectors)_backward (default|sign)$|^reduce_\w+ sum_squares|^rnn_quads|^rnn_lanes_numbers|^elementwise_integer/;

/** Exported functions without a row, by the reason. */
const NO_ROW = {
  "no operation": [
    ...[
      "openDevice",
      "fileTuning",
      "fit",
      "findLearningRate",
      "folderCheckpoints",
      "indexedDbCheckpoints",
      "memoryCheckpoints",
      "indexedDbTuning",
      "localStorageTuning",
      "memoryTuning",
      "float32",
      "int32",
      "compile",
    ],
    ...[
      "beamSearch",
      "ctcBeamSearch",
      "generate",
      "generateTokens",
      "seededRandom",
      "sampleToken",
      "tokenRandom",
      "tokenProbabilities",
      "slidingWindow",
    ],
    ...["createRecurrentDecoder", "createSeq2SeqDecoder", "createTransformerDecoder"],
    ...["fromKeras", "toKeras", "encodeSafetensors", "decodeSafetensors", "gradients", "cacheSpec"],
  ],
  "no number comes in": ["alibiSlopes", "full", "oneHot", "randomUniform", "scalar", "sinusoidalPositions", "zeros"],
  "attention, by masks: its own cases": [
    ...[
      "attentionScores",
      "attentionWeights",
      "cachedAttention",
      "naiveAttention",
      "recurrentAttention",
      "scaledDotProductAttention",
    ],
    ...["advanceLengths", "cachePositions", "cacheReorder", "cacheWrite"],
  ],
  "its own cases": ["argmax", "cast", "dropout", "topk"],
  "of operations that have rows": [
    ...[
      "binaryCrossEntropy",
      "cosineDistance",
      "hinge",
      "huber",
      "klDivergence",
      "meanAbsoluteError",
      "meanSquaredError",
      "negativeLogLikelihood",
      "quantile",
    ],
    ...["checkpoint", "scan", "linear", "neg"],
    ...["greater", "greaterEqual", "toFloat32", "rope"],
    ...["last", "pool"],
  ],
  "moves, as others that have rows": ["broadcastTo", "reshape", "split", "squeeze", "stopGradient", "transpose"],
} satisfies Record<string, readonly string[]>;

/** `kernel` and `kernel variant` of everything that the rows run. */
function kernelsOfRows(): Set<string> {
  const used = new Set<string>();
  for (const { rows, ways: given } of specialFamilies) {
    const ways: readonly (string | undefined)[] = given ?? [undefined];
    const prepared = rows().map(prepare);
    for (const [kind, way] of combinations(ways).filter(([, way]) => ways.includes(way))) {
      const adapter: AdapterProfile = {
        ...adapterOf(kind),
        features: new Set(["subgroups"]),
        ...(way === undefined ? {} : { measured: new Always(way) }),
      };
      for (const each of prepared) {
        const specs = specsOf(each);
        const inputs = specs.inputs.map((spec, i) => new InputValue(`input${i}`, spec));
        const cotangents = specs.cotangents.map((spec, i) => new InputValue(`cotangent${i}`, spec));
        const outputs = { all: traceRow(each.row, inputs, cotangents, each.given) };
        const program = buildProgram({
          adapter,
          hyper,
          inputs: [...inputs, ...cotangents],
          outputs,
          locate: () => undefined,
        });
        for (const { kernel, variant } of program.pipelines) used.add(kernel).add(`${kernel} ${variant ?? "default"}`);
      }
    }
  }
  return used;
}

describe("every kernel has a row on NaN and infinities", () => {
  const used = kernelsOfRows();
  const reasonOf = (name: string) => ELSEWHERE.find(([prefixes]) => prefixes.some((prefix) => name.startsWith(prefix)));

  test("or a reason why not, but not both", () => {
    const names = Object.keys(kernels);
    expect(names.filter((name) => !used.has(name) && !reasonOf(name))).toEqual([]);
    const prefixes = ELSEWHERE.flatMap(([prefixes]) => prefixes);
    expect(prefixes.filter((prefix) => !names.some((name) => name.startsWith(prefix)))).toEqual([]);
  });

  test("in each variant that computes another function", () => {
    const missing = Object.values(kernels)
      .filter(({ name }) => used.has(name))
      .flatMap(({ name, manifest: { variants } }) => {
        const constants: Readonly<Record<string, VariantConstants>> = variants;
        const functionOf = (variant: string) =>
          JSON.stringify(functionConstants.map((key) => constants[variant]?.[key] ?? 0));
        const seen = new Set(
          Object.keys(variants)
            .filter((variant) => used.has(`${name} ${variant}`))
            .map(functionOf),
        );
        return Object.keys(variants)
          .filter((variant) => !seen.has(functionOf(variant)))
          .map((variant) => `${name} ${variant}`);
      });
    expect(missing.filter((variant) => !WITHOUT.test(variant))).toEqual([]);
  });
});

test("every operation that is exported has a row, or a reason why not", () => {
  const camelCase = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  const rows = specialFamilies.flatMap(({ rows }) =>
    rows().map(({ label }) => camelCase(label.split(" ")[0] as string)),
  );
  const exported = Object.entries({ ...seqgrad, ...seqgrad.losses })
    .filter(([name, value]) => typeof value === "function" && /^[a-z]/.test(name))
    .map(([name]) => name);
  const others = new Set<string>(Object.values(NO_ROW).flat());
  expect(exported.filter((name) => !rows.includes(name) && !others.has(name))).toEqual([]);
  expect([...others].filter((name) => !exported.includes(name))).toEqual([]);
});
