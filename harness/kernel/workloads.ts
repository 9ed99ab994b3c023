/** What kernels are timed by: programs of the sizes that models have, a few for each family. */
import { traceIn } from "../../src/graph/mode.ts";
import * as s from "../../src/index.ts";

type Values<Name extends string = string> = Readonly<Record<Name, s.Value>>;
type Program<Name extends string> = (given: Values<Name>) => s.Value | readonly s.Value[];

export interface Workload {
  /** What is computed, with its sizes. */
  readonly name: string;
  /** Folder of the kernels that it is for. */
  readonly family: string;
  readonly inputs: Readonly<Record<string, s.Spec>>;
  /** Integers are below this number. */
  readonly below: number;
  /** Outputs by name; gradients of the float32 inputs are among them. */
  readonly fn: (given: Values) => Record<string, s.Value>;
  /** The same of plain operations, where no choice has a way `naive`. */
  readonly naive?: (given: Values) => Record<string, s.Value>;
}

interface Form<Name extends string> {
  readonly f: Program<Name>;
  readonly naive?: Program<Name>;
  readonly below?: number;
  /** Without gradients. */
  readonly forwardOnly?: boolean;
}

type Shapes<Name extends string> = Readonly<Record<Name, readonly number[]>>;

/** Inputs whose names begin with `i_` are integers. */
function workload<Name extends string>(
  family: string,
  name: string,
  shapes: Shapes<Name>,
  { f, naive, below = 2, forwardOnly = false }: Form<Name>,
): Workload {
  const names = Object.keys(shapes) as Name[];
  const isInteger = (key: string) => key.startsWith("i_");
  const inputs = names.map((key) => [key, isInteger(key) ? s.int32(shapes[key]) : s.float32(shapes[key])] as const);
  const floats = names.filter((key) => !isInteger(key));
  const outputs = (f: Program<Name>) => (given: Values) => {
    const values = [f(given as Values<Name>)].flat();
    const named = Object.fromEntries(values.map((value, i) => [`y${i}`, value]));
    if (forwardOnly) return named;
    // every element of an output has a gradient of its own
    const terms = values.map((value) => s.sum(s.mul(value, s.sin(value))));
    const sources = floats.map((key) => given[key] as s.Value);
    const found = s.gradients(terms.reduce(s.add), sources);
    const slopes = found.flatMap((gradient, i) => (gradient ? [[`d_${floats[i]}`, gradient] as const] : []));
    return { ...named, ...Object.fromEntries(slopes) };
  };
  const own = { name, family, inputs: Object.fromEntries(inputs), below };
  return { ...own, fn: outputs(f), ...(naive && { naive: outputs(naive) }) };
}

const GATES = { lstm: 4, gru: 3, gru_before: 3, rnn: 1 } as const;
type Cell = keyof typeof GATES;

function recurrence(cell: Cell, T: number, B: number, H: number): Workload {
  const rows = GATES[cell] * H;
  const shapes = { projected: [T, B, rows], weight: [rows, H], h0: [B, H], c0: [B, H] };
  const f = ({ projected, weight, h0, c0 }: Values<keyof typeof shapes>): s.Value => {
    const w = s.mul(weight, 0.2);
    if (cell === "lstm") return s.lstm(projected, w, h0, c0).outputs;
    if (cell === "rnn") return s.rnn(projected, w, h0).outputs;
    return s.gru(projected, w, undefined, h0, { resetAfter: cell === "gru" }).outputs;
  };
  return workload("recurrent", `${cell}, ${T} steps, batch ${B}, ${H} units`, shapes, { f });
}

const cells: readonly Cell[] = ["lstm", "gru", "gru_before", "rnn"];

const recurrent: readonly Workload[] = [
  ...cells.flatMap((cell) => [recurrence(cell, 2, 32, 128), recurrence(cell, 2, 32, 30), recurrence(cell, 32, 4, 32)]),
  recurrence("lstm", 2, 1, 128),
  workload(
    "recurrent",
    "linear scan, 256 steps, batch 8, 64 units",
    { a: [256, 8, 64], b: [256, 8, 64], h0: [8, 64] },
    { f: ({ a, b, h0 }) => s.linearScan(s.sigmoid(a), b, h0) },
  ),
  workload(
    "recurrent",
    "sequences of unequal lengths in reverse, 64 steps, batch 32, 64 features",
    { x: [64, 32, 64], i_lengths: [32] },
    {
      f: ({ x, i_lengths }) => s.maskSteps(s.reverseSequence(x, i_lengths), i_lengths),
      below: 64,
    },
  ),
];

const product = (m: number, k: number, n: number): Workload =>
  workload(
    "matmul",
    `matmul [${m}, ${k}] · [${k}, ${n}]`,
    { a: [m, k], b: [k, n] },
    {
      f: ({ a, b }) => s.matmul(a, b),
    },
  );

const matmuls: readonly Workload[] = [
  product(256, 256, 256),
  product(32, 128, 512),
  product(1, 256, 1024),
  product(16, 2048, 16),
  product(63, 65, 67),
];

function attention(B: number, heads: number, N: number, D: number, options: s.AttentionOptions = {}): Workload {
  const shape = [B, heads, N, D];
  const run =
    (f: typeof s.naiveAttention) =>
    ({ q, k, v }: Values<"q" | "k" | "v">) =>
      f(q, k, v, options);
  const what = `attention, batch ${B}, ${heads} heads, ${N} positions of ${D}${options.causal ? ", causal" : ""}`;
  return workload(
    "attention",
    what,
    { q: shape, k: shape, v: shape },
    {
      f: run(s.scaledDotProductAttention),
      naive: run(s.naiveAttention),
    },
  );
}

const attentions: readonly Workload[] = [
  attention(2, 4, 128, 32),
  attention(2, 4, 128, 32, { causal: true }),
  attention(1, 2, 65, 36),
  workload(
    "attention",
    "cached attention, batch 4, 4 heads, 1 query over 256 keys of 32",
    { q: [4, 4, 1, 32], k: [4, 4, 256, 32], v: [4, 4, 256, 32], i_lengths: [4] },
    {
      f: ({ q, k, v, i_lengths }) => s.cachedAttention(q, k, v, { lengths: i_lengths }),
      below: 256,
      forwardOnly: true,
    },
  ),
  workload("attention", "rotary positions, [8, 128, 64]", { x: [8, 128, 64] }, { f: ({ x }) => s.rope(x) }),
  workload(
    "attention",
    "additive attention, batch 8, 16 queries over 64 keys of 32",
    { query: [16, 8, 32], keys: [8, 64, 32], memory: [8, 64, 32], v: [32] },
    { f: ({ query, keys, memory, v }) => Object.values(s.recurrentAttention(query, keys, memory, { v })) },
  ),
];

const shifted = (x: s.Value) => s.sub(x, s.max(x, -1, { keepDims: true }));
const plainSoftmax = (x: s.Value) => {
  const e = s.exp(shifted(x));
  return s.div(e, s.sum(e, -1, { keepDims: true }));
};

function rowsOf(rows: number, n: number): readonly Workload[] {
  const own = <Name extends string>(what: string, shapes: Shapes<Name>, form: Form<Name>) =>
    workload("rows", `${what}, [${rows}, ${n}]`, shapes, form);
  return [
    own("softmax", { x: [rows, n] }, { f: (v) => s.softmax(v.x), naive: (v) => plainSoftmax(v.x) }),
    own(
      "masked softmax",
      { x: [rows, n], i_mask: [rows, n] },
      { f: (v) => s.maskedSoftmax(v.x, s.cast(v.i_mask, "float32")) },
    ),
    own(
      "cross-entropy",
      { x: [rows, n], i_targets: [rows] },
      {
        f: (v) => s.losses.crossEntropy(v.x, v.i_targets),
        naive: (v) => s.neg(s.mean(s.takeAlongAxis(s.log(plainSoftmax(v.x)), s.reshape(v.i_targets, [rows, 1])))),
        below: n,
      },
    ),
    own(
      "layer norm",
      { x: [rows, n], weight: [n], bias: [n] },
      {
        f: (v) => s.layerNorm(v.x, v.weight, v.bias),
        naive: (v) => {
          const centred = s.sub(v.x, s.mean(v.x, -1, { keepDims: true }));
          const variance = s.mean(s.square(centred), -1, { keepDims: true });
          const scaled = s.mul(centred, s.rsqrt(s.add(variance, 1e-5)));
          return s.add(s.mul(scaled, v.weight), v.bias);
        },
      },
    ),
    own(
      "batch norm",
      { x: [rows, n], weight: [n], bias: [n] },
      {
        f: ({ x, weight, bias }) =>
          traceIn(true, () => Object.assign(new s.nn.BatchNorm(n), { weight, bias }).forward(x)),
        naive: (v) => {
          const centred = s.sub(v.x, s.mean(v.x, 0));
          const scaled = s.mul(centred, s.mul(s.rsqrt(s.add(s.mean(s.square(centred), 0), 1e-5)), v.weight));
          return s.add(scaled, v.bias);
        },
      },
    ),
    own("sums", { x: [rows, n] }, { f: (v) => [s.sum(v.x, -1), s.sum(v.x, 0), s.max(v.x, -1)] }),
    own("argmax", { x: [rows, n] }, { f: (v) => s.argmax(v.x), forwardOnly: true }),
  ];
}

const elementwise: readonly Workload[] = [
  ...[2 ** 18, 2 ** 18 - 1].flatMap((n) => [
    workload("elementwise", `functions of ${n} numbers`, { x: [n] }, { f: (v) => s.tanh(s.gelu(v.x)) }),
    workload("elementwise", `products of ${n} numbers`, { x: [n], y: [n] }, { f: (v) => s.mul(v.x, v.y) }),
  ]),
  workload(
    "elementwise",
    "a bias, [1024, 256]",
    { x: [1024, 256], b: [256] },
    {
      f: (v) => s.add(v.x, v.b),
    },
  ),
  workload(
    "elementwise",
    "select, [512, 512]",
    { x: [512, 512], y: [512, 512] },
    {
      f: (v) => s.select(s.less(v.x, v.y), v.x, v.y),
    },
  ),
  workload(
    "elementwise",
    "integers, [512, 512]",
    { i_x: [512, 512], i_y: [512, 512] },
    {
      f: (v) => s.cast(s.mul(v.i_x, v.i_y), "float32"),
      forwardOnly: true,
    },
  ),
  workload("elementwise", "gated linear unit, [1024, 256]", { x: [1024, 256] }, { f: (v) => s.glu(v.x, "silu") }),
  workload("elementwise", "dropout, [512, 512]", { x: [512, 512] }, { f: (v) => s.dropout(v.x, 0.5) }),
  workload(
    "elementwise",
    "16 bits and back, [512, 512]",
    { x: [512, 512] },
    {
      f: (v) => s.toFloat32(s.toFloat16(v.x)),
    },
  ),
  workload(
    "elementwise",
    "random numbers, [512, 512]",
    {},
    { f: () => s.randomUniform([512, 512]), forwardOnly: true },
  ),
];

const layout: readonly Workload[] = [
  workload("layout", "permutation, [64, 64, 64]", { x: [64, 64, 64] }, { f: (v) => s.permute(v.x, [2, 0, 1]) }),
  workload(
    "layout",
    "parts and their sum, [512, 512]",
    { x: [512, 512] },
    {
      f: (v) => s.concat([s.slice(v.x, 0, 0, 256), s.flip(v.x, 1)], 0),
    },
  ),
  ...[64, 4096].map((rows) =>
    workload(
      "layout",
      `embedding, ${rows} rows of 1000 by 64`,
      { table: [1000, 64], i_rows: [rows] },
      {
        f: (v) => s.embedding(v.i_rows, v.table),
        below: 1000,
      },
    ),
  ),
  workload(
    "layout",
    "take, 512 of 1000 by 64",
    { x: [1000, 64], i_rows: [512] },
    {
      f: (v) => s.take(v.x, v.i_rows),
      below: 1000,
    },
  ),
];

export const workloads: readonly Workload[] = [
  ...recurrent,
  ...matmuls,
  ...attentions,
  ...rowsOf(1024, 64),
  ...rowsOf(256, 1000),
  ...elementwise,
  ...layout,
];
