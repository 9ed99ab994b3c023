import type { CellKind } from "../../reference/recurrent/layers.ts";
import { type Builder, type Choices, type Known, Reject, ref, refs } from "../builder.ts";
import type { Arg } from "../form.ts";
import { parametersOf } from "../functions.ts";
import { last, rank } from "./support.ts";

/** What works on [time, batch, ...]. */
export function sequence(b: Builder, c: Choices): void {
  const x = b.float(c, rank(2, 4));
  const [time, batch] = x.x.shape as [number, number];
  if (c.flag()) {
    b.one(c.of(["maskSteps", "reverseSequence"]), ref(x), ref(b.ints([batch], 1, time)));
    return;
  }
  const a = b.one("sigmoid", ref(b.operand(c, x.x.shape)));
  b.one("linearScan", ref(a), ref(x), ref(b.operand(c, x.x.shape.slice(1))), { reverse: c.flag() });
}

export function attention(b: Builder, c: Choices): void {
  const q = c.flag()
    ? b.float(c, (x) => rank(4, 4)(x))
    : b.input([c.of([1, 2]), c.of([2, 1, 4]), c.of([3, 1, 5, 9]), c.of([4, 2, 8, 3])]);
  const [batch, heads, queries, dim] = q.x.shape as [number, number, number, number];
  const keys = queries + c.next(3);
  const kvHeads = heads % 2 === 0 && c.flag() ? heads / 2 : heads;
  const turned = dim % 2 === 0 && c.flag() ? b.one("turned", ref(q), c.flag()) : q;
  const [k, v] = [b.operand(c, [batch, kvHeads, keys, dim]), b.operand(c, [batch, kvHeads, keys, dim])];
  const options: Record<string, Arg> = { causal: c.flag() };
  if (c.next(3) === 1) options.lengths = ref(b.ints([batch], keys - queries + 1, keys));
  if (c.next(3) === 1) options.bias = ref(b.operand(c, [heads, queries, keys]));
  if (c.next(3) === 1) options.scale = 0.7;
  b.one("scaledDotProductAttention", ref(turned), ref(k), ref(v), options as Arg);
}

/** x [batch, time, features] for a layer. */
const layerInput = (b: Builder, c: Choices): Known =>
  c.flag()
    ? b.float(c, (x) => rank(3, 3)(x) && x.data.length <= 200)
    : b.input([c.of([2, 1, 3]), c.of([3, 1, 5]), c.of([2, 4, 3])]);

export function layer(b: Builder, c: Choices): void {
  const kind = c.of<CellKind>(["LSTM", "GRU", "RNN"]);
  const x = layerInput(b, c);
  const [batch, time, features] = x.x.shape as [number, number, number];
  const hidden = c.of([4, 3, 8, 1]);
  const options: Record<string, string | number | boolean> = {};
  if (c.next(3) === 1) options.numLayers = 2;
  const turns = c.next(4);
  if (turns === 1) options.bidirectional = true;
  if (turns === 2) options.reverse = true;
  if (c.next(3) === 1) options.checkpointEvery = 2;
  if (kind === "GRU" && c.flag()) options.resetAfter = false;
  if (kind === "LSTM" && c.next(4) === 1) options.peephole = true;
  if (c.next(5) === 1) options.zoneout = 0.2;
  const bound = 1 / Math.sqrt(hidden);
  const parameters = parametersOf(kind, features, hidden, options).map(({ shape }) => b.input(shape, -bound, bound));
  const run: Record<string, Arg> = c.next(3) === 1 ? { lengths: ref(b.ints([batch], 1, time)) } : {};
  if (c.next(3) === 1) {
    const shape = [(options.numLayers === 2 ? 2 : 1) * (options.bidirectional ? 2 : 1), batch, hidden];
    run.h = ref(b.operand(c, shape));
    if (kind === "LSTM") run.c = ref(b.operand(c, shape));
  }
  b.emit("layer", [kind, options, ref(x), refs(parameters), run]);
}

export function minimalLayer(b: Builder, c: Choices): void {
  const kind = c.of(["MinGRU", "MinLSTM"] as const);
  const x = layerInput(b, c);
  const rows = c.of([4, 3, 8]) * (kind === "MinGRU" ? 2 : 3);
  const parameters = [b.input([rows, last(x)]), b.input([rows])];
  b.emit("minimalLayer", [kind, c.of(["tanh", "identity"]), ref(x), ...parameters.map(ref)]);
}

export function recurrence(b: Builder, c: Choices): void {
  const h0 = b.float(c, (x) => rank(2, 2)(x) && x.data.length <= 64);
  const [batch, hidden] = h0.x.shape as [number, number];
  const projected = b.operand(c, [c.of([3, 1, 4]), batch, 4 * hidden]);
  const weight = b.input([4 * hidden, hidden], -0.5, 0.5);
  const result = { reverse: c.flag() };
  b.emit("lstmStates", [ref(projected), ref(weight), ref(h0), ref(b.operand(c, h0.x.shape)), result]);
}

/** Convolution over time, and one vector for each sequence. */
export function steps(b: Builder, c: Choices): void {
  const x = c.flag() ? b.float(c, (each) => rank(3, 3)(each)) : layerInput(b, c);
  const [batch, time, features] = x.x.shape as [number, number, number];
  const given: Record<string, Arg> = c.flag() ? { lengths: ref(b.ints([batch], 0, time)) } : {};
  if (c.flag()) {
    const pooling = c.of(["last", "mean", "max", "attention"]);
    if (pooling === "attention") given.scores = ref(b.operand(c, [batch, time]));
    b.one("pooled", ref(x), pooling, given);
    return;
  }
  const window = c.of([2, 1, 3]);
  const padding = c.of(["same", "causal", "valid"]);
  const options: Record<string, string | number> = { padding };
  if (c.next(3) === 1) options.stride = c.of([2, 3]);
  if (c.next(3) === 1) options.dilation = 2;
  const groups = features % 2 === 0 && c.next(3) === 1 ? 2 : 1;
  if (groups > 1) options.groups = groups;
  if (padding === "valid" && (window - 1) * ((options.dilation as number | undefined) ?? 1) >= time) throw new Reject();
  const output = groups * c.of([2, 1, 4, 3]);
  if (c.flag()) given.bias = ref(b.operand(c, [output]));
  b.one("conv1d", ref(x), ref(b.operand(c, [output, features / groups, window])), options, given);
}

export function batchNorm(b: Builder, c: Choices): void {
  const x = b.float(c, (each) => rank(2, 4)(each) && each.data.length > (each.shape.at(-1) as number));
  const own = () => ref(b.operand(c, [last(x)]));
  const [batch, time] = x.x.shape as [number, number];
  const given: Record<string, Arg> = x.x.shape.length > 2 && c.flag() ? { lengths: ref(b.ints([batch], 0, time)) } : {};
  b.one("batchNorm", ref(x), own(), own(), given);
}
