/** Float64 oracles of attention by one query at a time and of `nn.Seq2Seq`: each row by itself, by loops over the definitions. */
import { array, type NdArray } from "../array.ts";
import { type CellKind, recurrentLayers } from "./layers.ts";

type Vector = readonly number[];
export type Named = Readonly<Record<string, NdArray | undefined>>;
export type Score = "bahdanau" | "dot" | "general" | "concat";

const rowOf = (x: NdArray, row: number, width: number): Vector =>
  Array.from(x.data.subarray(row * width, (row + 1) * width));
const dot = (a: Vector, b: Vector): number => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);

/** W·x + b; W [out, in]. */
function affine(weight: NdArray | undefined, x: Vector, bias?: NdArray): number[] {
  if (!weight) return [...x];
  const [rows, width] = weight.shape as [number, number];
  return Array.from({ length: rows }, (_, i) => dot(rowOf(weight, i, width), x) + (bias?.data[i] ?? 0));
}

/** One query against the memory's rows that count; parameters by the module's names. */
function attendRow(score: Score, own: (name: string) => NdArray | undefined, query: Vector, memory: readonly Vector[]) {
  const asked = affine(own("query_proj.weight"), query, own("query_proj.bias"));
  const v = own("v");
  const scores = memory.map((row) => {
    const key = affine(own("key_proj.weight"), row);
    if (score === "dot" || score === "general") return dot(asked, key);
    return dot(
      Array.from(v?.data ?? []),
      key.map((value, i) => Math.tanh(value + (asked[i] as number))),
    );
  });
  const largest = Math.max(...scores);
  const shares = scores.map((value) => Math.exp(value - largest));
  const total = shares.reduce((sum, value) => sum + value, 0);
  const weights = shares.map((value) => value / total);
  return {
    weights,
    mix: (i: number) => memory.reduce((sum, row, s) => sum + (weights[s] as number) * (row[i] as number), 0),
  };
}

/** `query` [B, T, Q], `memory` [B, S, K], `lengths` [B] → context [B, T, K] and weights [B, T, S]. */
export function recurrentAttention(
  score: Score,
  query: NdArray,
  memory: NdArray,
  parameters: Named,
  lengths?: NdArray,
) {
  const [batch, steps, width] = query.shape as [number, number, number];
  const [, source, size] = memory.shape as [number, number, number];
  const context = array([batch, steps, size], new Float64Array(batch * steps * size));
  const weights = array([batch, steps, source], new Float64Array(batch * steps * source));
  for (let row = 0; row < batch * steps; row++) {
    const b = Math.floor(row / steps);
    const rows = Array.from({ length: lengths ? (lengths.data[b] as number) : source }, (_, s) =>
      rowOf(memory, b * source + s, size),
    );
    const found = attendRow(score, (name) => parameters[name], rowOf(query, row, width), rows);
    weights.data.set(found.weights, row * source);
    for (let i = 0; i < size; i++) context.data[row * size + i] = found.mix(i);
  }
  return { context, weights };
}

export interface Seq2SeqCase {
  readonly cell: "lstm" | "gru" | "rnn";
  readonly attention: Score;
  readonly numLayers?: number;
  readonly bidirectional?: boolean;
  readonly inputFeeding?: boolean;
  readonly startToken?: number;
}

export interface Seq2SeqRun {
  readonly source: NdArray;
  /** [B, T]; where absent `steps` tokens of the model's own are fed. */
  readonly target?: NdArray;
  readonly steps?: number;
  readonly lengths?: NdArray | undefined;
  /** [T · B]: whether a step is fed the target's token; always where absent. */
  readonly coins?: readonly boolean[];
}

const KINDS: Readonly<Record<string, CellKind>> = { lstm: "LSTM", gru: "GRU", rnn: "RNN" };

/** Logits [B, T, V], weights [B, T, S] and the likeliest tokens [B, T]; parameters by the module's names. */
export function seq2seq(config: Seq2SeqCase, parameters: Named, run: Seq2SeqRun) {
  const { cell, attention, numLayers = 1, bidirectional = false, inputFeeding = true, startToken = 0 } = config;
  const own = (name: string) => parameters[name] as NdArray;
  const under = (prefix: string): Named =>
    Object.fromEntries(
      Object.entries(parameters).flatMap(([name, x]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), x]] : [],
      ),
    );
  const [batch, source] = run.source.shape as [number, number];
  const steps = run.target?.shape[1] ?? (run.steps as number);
  const table = own("target_embedding.weight");
  const size = table.shape[1] as number;
  const vectors = own("source_embedding.weight");
  const embedded = Array.from(run.source.data).flatMap((token) => [...rowOf(vectors, token, size)]);
  const { lengths } = run;
  const read = recurrentLayers(
    KINDS[cell] as CellKind,
    { numLayers, bidirectional },
    array([batch, source, size], embedded),
    under("encoder."),
    { lengths },
  );
  const memorySize = read.outputs.shape[2] as number;
  const vocabulary = own("output.weight").shape[0] as number;
  const logits = array([batch, steps, vocabulary], new Float64Array(batch * steps * vocabulary));
  const weights = array([batch, steps, source], new Float64Array(batch * steps * source));
  const tokens = new Int32Array(batch * steps);
  const directions = bidirectional ? 2 : 1;

  for (let b = 0; b < batch; b++) {
    const memory = Array.from({ length: lengths ? (lengths.data[b] as number) : source }, (_, s) =>
      rowOf(read.outputs, b * source + s, memorySize),
    );
    const startOf = (name: string, layer: number): Vector => {
      const states = read.states[name] as NdArray;
      const width = states.shape[2] as number;
      const joined = Array.from({ length: directions }, (_, d) =>
        rowOf(states, (layer * directions + d) * batch + b, width),
      ).flat();
      return affine(parameters[`bridge_${name}.weight`], joined, parameters[`bridge_${name}.bias`]);
    };
    const names = cell === "lstm" ? ["h", "c"] : ["h"];
    let states = Array.from({ length: numLayers }, (_, layer) =>
      Object.fromEntries(names.map((name) => [name, startOf(name, layer)])),
    ) as Record<string, Vector>[];
    let feed: Vector = new Array<number>(own("output.weight").shape[1] as number).fill(0);
    let last = startToken;
    for (let t = 0; t < steps; t++) {
      const truth = t === 0 ? startToken : run.target?.data[b * steps + t - 1];
      const given = run.target && (run.coins?.[t * batch + b] ?? true) ? (truth as number) : last;
      const vector = given < 0 ? new Array<number>(size).fill(0) : rowOf(table, given, size);
      const ask = (query: Vector) => {
        const { weights, mix } = attendRow(attention, (name) => parameters[`decoder.attention.${name}`], query, memory);
        return { weights, context: Array.from({ length: memorySize }, (_, i) => mix(i)) };
      };
      const early = attention === "bahdanau" ? ask((states.at(-1) as Record<string, Vector>).h as Vector) : null;
      let x = [...vector, ...(early ? early.context : inputFeeding ? feed : [])];
      states = states.map((state, layer) => {
        const renamed = Object.fromEntries(
          Object.entries(under(`decoder.layers.${layer}.`)).map(([name, value]) => [`${name}_l0`, value]),
        );
        const next = recurrentLayers(KINDS[cell] as CellKind, {}, array([1, 1, x.length], x), renamed, {
          states: Object.fromEntries(
            names.map((name) => [name, array([1, 1, (state[name] as Vector).length], state[name] as Vector)]),
          ),
        }).states;
        x = Array.from((next.h as NdArray).data);
        return Object.fromEntries(names.map((name) => [name, Array.from((next[name] as NdArray).data)]));
      });
      const seen = early ?? ask(x);
      feed = affine(own("decoder.readout.weight"), [...seen.context, ...x], own("decoder.readout.bias")).map(Math.tanh);
      const scores = affine(own("output.weight"), feed, own("output.bias"));
      last = scores.indexOf(Math.max(...scores));
      logits.data.set(scores, (b * steps + t) * vocabulary);
      weights.data.set(seen.weights, (b * steps + t) * source);
      tokens[b * steps + t] = last;
    }
  }
  return { logits, weights, tokens };
}
