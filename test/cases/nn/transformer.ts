import type { Case, CaseContext } from "../../../harness/case.ts";
import { compile, float32, full, gradients, int32, mul, nn, sum, type Tensor, type Value } from "../../../src/index.ts";
import { integers, type NdArray, uniform } from "../../reference/array.ts";
import { languageModel, layer, multihead, type Parameters } from "../../reference/transformer.ts";
import { plus, tolerance } from "../../support/tolerance.ts";
import { assertClose, assertEqual, assertRejects } from "../support/assert.ts";

const [BATCH, SIZE, HEADS] = [2, 24, 4];

const floats = (x: NdArray): Float32Array => Float32Array.from(x.data);

/** Gives every parameter numbers of its own; norms' weights around 1. */
function fill(context: CaseContext, model: nn.Module): Map<string, NdArray> {
  const arrays = new Map<string, NdArray>();
  for (const [name, { shape }] of model.namedParameters()) {
    const middle = /norm\d*\.weight$/.test(name) ? 1 : 0;
    arrays.set(name, uniform(shape, 10 + arrays.size, middle - 0.3, middle + 0.3));
  }
  model.loadStateDict(
    context.device,
    new Map([...arrays].map(([name, x]) => [name, { shape: x.shape, data: floats(x) }])),
  );
  return arrays;
}

/**
 * Runs a model on x and compares with its oracle: results, and for each parameter the slope of Σ cotangent · result along
 * a random direction.
 */
async function compareModel(
  context: CaseContext,
  what: string,
  model: nn.Module,
  inputs: Readonly<Record<string, NdArray>>,
  ours: (values: Record<string, Value>) => Value,
  oracle: (parameters: Parameters) => NdArray,
): Promise<void> {
  const arrays = fill(context, model);
  const want = oracle(arrays);
  const cotangent = uniform(want.shape, 99);
  const parameters = [...model.namedParameters()];
  const specs = Object.fromEntries(
    Object.entries(inputs).map(([name, x]) => [name, x.dtype === "int32" ? int32(x.shape) : float32(x.shape)]),
  );
  const allowed = plus(tolerance.recurrent(6, 4 * SIZE), tolerance.softmax(SIZE));
  using compiled = await compile(context.device, model, {
    inputs: { ...specs, cotangent: float32(want.shape) },
    fn: (values) => {
      const y = ours(values);
      const found = gradients(
        sum(mul(y, values.cotangent as Value)),
        parameters.map(([, parameter]) => parameter),
      );
      return { y, gradients: found as Value[] };
    },
  });
  compiled.replay.poison();
  const data = Object.fromEntries(
    Object.entries(inputs).map(([name, x]) => [name, x.dtype === "int32" ? Int32Array.from(x.data) : floats(x)]),
  );
  const found = await compiled.run({ ...data, cotangent: floats(cotangent) } as never);
  assertClose(`${what}: y`, await found.y.read(), want.data, allowed);
  for (const [n, [name]] of parameters.entries()) {
    const own = arrays.get(name) as NdArray;
    const direction = uniform(own.shape, 200 + n);
    const value = (sign: number) => {
      const moved = { ...own, data: own.data.map((e, i) => e + sign * 1e-6 * (direction.data[i] as number)) };
      const y = oracle(new Map(arrays).set(name, moved));
      return y.data
        .map((e, i) => (e - (want.data[i] as number)) * (cotangent.data[i] as number))
        .reduce((a, b) => a + b);
    };
    const slope = (value(1) - value(-1)) / 2e-6;
    const got = (await (found.gradients[n] as Tensor).read()) as Float32Array;
    const along = got.reduce((total, e, i) => total + e * (direction.data[i] as number), 0);
    const scale = 1 + Math.hypot(...got);
    assertClose(`${what}: gradient of ${name}`, [along / scale], [slope / scale], plus(allowed, tolerance.differences));
  }
  model.dispose(context.device);
}

const x = uniform([BATCH, 7, SIZE], 1);
const memory = uniform([BATCH, 5, SIZE], 2);
const lengths = integers([BATCH], [5, 2]);

async function multiheads(context: CaseContext): Promise<void> {
  for (const [kvHeads, rotary] of [
    [4, false],
    [2, true],
  ] as const) {
    const model = new nn.MultiheadAttention(SIZE, HEADS, { kvHeads, rope: rotary });
    await compareModel(
      context,
      `self, ${kvHeads} key/value heads`,
      model,
      { x },
      ({ x }) => model.forward(x as Value, x as Value, x as Value, { causal: true }),
      (parameters) => multihead(parameters, "", [HEADS, kvHeads], [x, x, x], { causal: true, rotary }),
    );
  }
  const cross = new nn.MultiheadAttention(SIZE, HEADS, { bias: false });
  await compareModel(
    context,
    "cross",
    cross,
    { x, memory, lengths },
    ({ x, memory, lengths }) =>
      cross.forward(x as Value, memory as Value, memory as Value, { lengths: lengths as Value }),
    (parameters) => multihead(parameters, "", [HEADS, HEADS], [x, memory, memory], { lengths }),
  );
}

async function layers(context: CaseContext): Promise<void> {
  for (const [normFirst, activation] of [
    [false, "relu"],
    [true, "gelu"],
    [true, "gelu_tanh"],
    [false, "silu"],
    [true, "glu"],
    [false, "reglu"],
    [true, "geglu"],
    [true, "swiglu"],
  ] as const) {
    const options = { normFirst, activation, dimFeedforward: 40 };
    const form = { heads: HEADS, normFirst, activation };
    const encoder = new nn.TransformerEncoderLayer(SIZE, HEADS, options);
    await compareModel(
      context,
      `encoder ${activation}`,
      encoder,
      { x },
      ({ x }) => encoder.forward(x as Value),
      (parameters) => layer(parameters, "", form, x),
    );
    const decoder = new nn.TransformerDecoderLayer(SIZE, HEADS, options);
    await compareModel(
      context,
      `decoder ${activation}`,
      decoder,
      { x, memory },
      ({ x, memory }) => decoder.forward(x as Value, memory as Value),
      (parameters) => layer(parameters, "", form, x, { causal: true }, memory),
    );
  }
}

async function languageModels(context: CaseContext): Promise<void> {
  const tokens = integers([BATCH, 6], [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]);
  for (const [positions, tied] of [
    ["learned", true],
    ["sinusoidal", false],
    ["rope", true],
    ["alibi", false],
  ] as const) {
    const options = { dModel: SIZE, numHeads: HEADS, numLayers: 2, positions, tied, maxLength: 8 };
    const model = new nn.TransformerLM(11, options);
    await compareModel(
      context,
      `positions ${positions}`,
      model,
      { tokens },
      ({ tokens }) => model.forward(tokens as Value),
      (parameters) => languageModel(parameters, HEADS, 2, positions, tokens),
    );
  }
}

async function names(): Promise<void> {
  const namesOf = (module: nn.Module) => [...module.namedParameters()].map(([name]) => name);
  const attention = ["in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"];
  const both = (name: string) => [`${name}.weight`, `${name}.bias`];
  const encoder = [
    ...attention.map((name) => `self_attn.${name}`),
    ...["linear1", "linear2", "norm1", "norm2"].flatMap(both),
  ];
  assertEqual("attention", namesOf(new nn.MultiheadAttention(8, 2)), attention);
  assertEqual("encoder layer", namesOf(new nn.TransformerEncoderLayer(8, 2)), encoder);
  assertEqual("decoder layer", namesOf(new nn.TransformerDecoderLayer(8, 2)), [
    ...encoder,
    ...attention.map((name) => `multihead_attn.${name}`),
    ...both("norm3"),
  ]);
  assertEqual("encoder", namesOf(new nn.TransformerEncoder(8, 2, 2, { normFirst: true })), [
    ...[0, 1].flatMap((i) => encoder.map((name) => `layers.${i}.${name}`)),
    ...both("norm"),
  ]);
}

async function errors(): Promise<void> {
  const at = (...shape: number[]) => full(shape, 0);
  await assertRejects("ShapeError", ["numHeads 5", "embedDim 24", "such as 4"], () => new nn.MultiheadAttention(24, 5));
  await assertRejects(
    "ShapeError",
    ["TransformerEncoderLayer", "numHeads 7"],
    () => new nn.TransformerEncoderLayer(24, 7),
  );
  await assertRejects("ShapeError", ["kvHeads 3"], () => new nn.MultiheadAttention(24, 4, { kvHeads: 3 }));
  const layer = new nn.MultiheadAttention(24, 4);
  await assertRejects("ShapeError", ["query", "[2, length, 24]"], () => layer.forward(at(2, 3, 8)));
  await assertRejects("ShapeError", ["mask", "[2 or 1, 4 or 1, 3, 3]"], () =>
    layer.forward(at(2, 3, 24), undefined, undefined, { mask: at(2, 3) }),
  );
  await assertRejects("DtypeError", ["lengths", "int32"], () =>
    layer.forward(at(2, 3, 24), undefined, undefined, { lengths: at(2) }),
  );
  const model = new nn.TransformerLM(11, { dModel: 8, numHeads: 2, numLayers: 1, maxLength: 4 });
  await assertRejects("ShapeError", ["5 tokens", "maxLength 4", "larger maxLength"], () => model.forward(at(1, 5)));
}

export const transformerCases: readonly Case[] = [
  { name: "multihead attention", run: multiheads },
  { name: "transformer layers", run: layers },
  { name: "transformer language models", run: languageModels },
  { name: "transformer parameter names", run: names },
  { name: "transformer errors", run: errors },
];
