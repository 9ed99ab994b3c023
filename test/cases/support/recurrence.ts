import type { Case, CaseContext } from "../../../harness/case.ts";
import {
  add,
  compile,
  float32,
  gradients,
  int32,
  mul,
  sum,
  type Tensor,
  toFloat16,
  type Value,
} from "../../../src/index.ts";
import { gru } from "../../../src/ops/recurrent/gru.ts";
import { type RecurrentResult, type RnnActivation, rnn } from "../../../src/ops/recurrent/rnn.ts";
import { halves, integers, type NdArray, uniform } from "../../reference/array.ts";
import * as oracle from "../../reference/recurrent/gated.ts";
import { plus, tolerance } from "../../support/tolerance.ts";
import { compare } from "./assert.ts";
import { type AdapterKind, eachWay, recurrentWays, type wideWays, withProfile } from "./profile.ts";

/** One recurrence of a given size, compared with its float64 oracle forward and backward. */
export interface Recurrence {
  readonly cell: "rnn" | "gru";
  /** T, B, H. */
  readonly size: readonly [number, number, number];
  readonly activation?: RnnActivation;
  readonly negativeSlope?: number;
  readonly resetAfter?: boolean;
  readonly bias?: boolean;
  readonly lengths?: boolean;
  readonly reverse?: boolean;
  /** The weight is stored in 16 bits. */
  readonly float16?: boolean;
  /** What the loss depends on; both where absent. */
  readonly loss?: "outputs" | "h";
}

const NAMES = ["projected", "weight", "h0", "bias"] as const;

/** Numbers for the operands, rounded to float32; weights of order 1/√hidden. */
export function operandsOf({ cell, size: [length, batch, hidden], bias, lengths, float16 }: Recurrence) {
  const gates = cell === "gru" ? 3 : 1;
  const bound = 1 / Math.sqrt(hidden);
  const ends = Array.from({ length: batch }, (_, b) => (b % 4 === 1 ? 0 : 1 + ((b * 5 + length - 1) % length)));
  return {
    projected: uniform([length, batch, gates * hidden], 1),
    weight: float16 ? halves([gates * hidden, hidden], 2, bound) : uniform([gates * hidden, hidden], 2, -bound, bound),
    h0: uniform([batch, hidden], 3),
    ...(bias ? { bias: uniform([gates * hidden], 4) } : {}),
    ...(lengths ? { lengths: integers([batch], ends) } : {}),
  };
}

export type Operands<T> = { projected: T; weight: T; h0: T; bias?: T; lengths?: T };

type Cotangents<T> = { outputs: T; h: T };

/** The recurrence by the oracle. */
export function byOracle(r: Recurrence, { projected, weight, h0, bias, lengths }: Operands<NdArray>) {
  const options = { ...r, lengths };
  // in reverse it is the recurrence of the sequence turned round
  const turn = (x: NdArray) => (r.reverse ? oracle.reverseSequence(x, lengths) : x);
  const result =
    r.cell === "rnn"
      ? oracle.rnn(turn(projected), weight, h0, options)
      : oracle.gru(turn(projected), weight, bias, h0, options);
  return {
    outputs: turn(result.outputs),
    h: result.h,
    backward(dOutputs: NdArray, dH: NdArray) {
      const gradients = result.backward(turn(dOutputs), dH);
      return { ...gradients, projected: turn(gradients.projected) };
    },
  };
}

/** The recurrence by seqgrad. */
export function byEngine(r: Recurrence, { projected, weight: whole, h0, bias, lengths }: Operands<Value>) {
  const weight = r.float16 ? toFloat16(whole) : whole;
  const { activation, negativeSlope, resetAfter, reverse } = r;
  const given = Object.entries({ activation, negativeSlope, resetAfter, reverse, lengths }).filter(
    ([, v]) => v !== undefined,
  );
  const options = Object.fromEntries(given);
  return r.cell === "rnn" ? rnn(projected, weight, h0, options) : gru(projected, weight, bias, h0, options);
}

export const labelOf = ({ cell, size, ...rest }: Recurrence): string =>
  `${cell} T${size[0]} B${size[1]} H${size[2]} ${Object.entries(rest)
    .map(([key, value]) => `${key}=${value}`)
    .join(" ")}`;

/** Worked out once: a case compares each of them many times. */
const known = new WeakMap<Recurrence, ReturnType<typeof workOut>>();

/** What must come out, and the cotangents that the gradients were taken for. */
function expectations(r: Recurrence): ReturnType<typeof workOut> {
  const found = known.get(r) ?? workOut(r);
  known.set(r, found);
  return found;
}

function workOut(r: Recurrence) {
  const operands = operandsOf(r);
  const result = byOracle(r, operands);
  const zero = (x: NdArray) => ({ ...x, data: new Float64Array(x.data.length) });
  const cotangents = {
    outputs: r.loss === "h" ? zero(result.outputs) : uniform(result.outputs.shape, 5),
    h: r.loss === "outputs" ? zero(result.h) : uniform(result.h.shape, 6),
  };
  return { operands, cotangents, result, gradients: result.backward(cotangents.outputs, cotangents.h) };
}

const specOf = ({ shape, dtype }: NdArray) => (dtype === "int32" ? int32(shape) : float32(shape));
const typedOf = ({ data, dtype }: NdArray) => (dtype === "int32" ? Int32Array.from(data) : Float32Array.from(data));
const mapped = <T>(record: Readonly<Record<string, NdArray>>, f: (x: NdArray) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(record).map(([key, x]) => [key, f(x)]));

type Engine = (r: Recurrence, operands: Operands<Value>) => RecurrentResult;

function trace(r: Recurrence, operands: Record<string, Value>, cotangents: Cotangents<Value>, engine: Engine) {
  const { outputs, h } = engine(r, operands as unknown as Operands<Value>);
  const [fromOutputs, fromH] = [sum(mul(outputs, cotangents.outputs)), sum(mul(h, cotangents.h))];
  const loss = r.loss === "h" ? fromH : r.loss === "outputs" ? fromOutputs : add(fromOutputs, fromH);
  const sources = NAMES.filter((name) => operands[name]);
  const found = gradients(
    loss,
    sources.map((name) => operands[name] as Value),
  );
  return { outputs, h, gradients: Object.fromEntries(sources.map((name, i) => [name, found[i] as Value])) };
}

function compileRecurrences({ device }: CaseContext, list: readonly Recurrence[], engine: Engine) {
  const inputs = list.map(expectations).map(({ operands, cotangents }) => ({
    operands: mapped(operands, specOf),
    cotangents: mapped(cotangents, specOf),
  }));
  return compile(device, null, {
    inputs,
    fn: (values) =>
      values.map(({ operands, cotangents }, i) =>
        trace(list[i] as Recurrence, operands, cotangents as Cotangents<Value>, engine),
      ),
  });
}

/** Runs all in one program on memory full of NaN; gives what is off, and the largest error of each kind of result. */
export async function compareRecurrences(context: CaseContext, list: readonly Recurrence[], engine: Engine = byEngine) {
  const wanted = list.map(expectations);
  using compiled = await compileRecurrences(context, list, engine);
  compiled.replay.poison();
  const results = await compiled.run(
    wanted.map(({ operands, cotangents }) => ({
      operands: mapped(operands, typedOf),
      cotangents: mapped(cotangents, typedOf),
    })),
  );
  const problems: string[] = [];
  const worst: Record<string, number> = {};
  for (const [i, r] of list.entries()) {
    const [length, batch, hidden] = r.size;
    const got = results[i] as unknown as { outputs: Tensor; h: Tensor; gradients: Record<string, Tensor> };
    const { result, gradients: derivatives } = wanted[i] as ReturnType<typeof workOut>;
    const steps = tolerance.recurrent(length, hidden);
    const pairs = [
      ["outputs", got.outputs, result.outputs, steps] as const,
      ["h", got.h, result.h, steps] as const,
      ...NAMES.filter((name) => got.gradients[name]).map((name) => {
        const summed = name === "weight" || name === "bias";
        const allowed = summed ? plus(steps, tolerance.matmul(length * batch)) : steps;
        return [`d_${name}`, got.gradients[name] as Tensor, derivatives[name] as NdArray, allowed] as const;
      }),
    ];
    for (const [what, tensor, want, allowed] of pairs) {
      const values = (await tensor.read()) as Float32Array;
      const { problem } = compare(values, want.data, allowed);
      if (problem) problems.push(`${labelOf(r)}: ${what}: ${problem}`);
      values.forEach((value, k) => {
        worst[what] = Math.max(worst[what] ?? 0, Math.abs(value - (want.data[k] as number)));
      });
    }
  }
  return { problems, worst };
}

/** A case that runs them with the kernels for GPUs and those for software adapters, by each of the ways. */
export function recurrenceCase(
  name: string,
  list: readonly Recurrence[],
  ways: readonly string[] = recurrentWays,
): Case {
  return {
    name,
    byWays: true,
    async run(context) {
      const found: string[] = [];
      await eachWay(context, ways, async (kind, way) => {
        const { problems } = await compareRecurrences(context, list);
        found.push(...problems.map((problem) => `[${kind} kernels, ${way}] ${problem}`));
      });
      throwIfAny(found);
    },
  };
}

/** A case that runs a recurrence as seqgrad has it and as a user would write it: both must agree with the oracle. */
export function scanCase(name: string, r: Recurrence, written: (operands: Operands<Value>) => RecurrentResult): Case {
  return {
    name,
    async run(context) {
      const found = [
        ...(await compareRecurrences(context, [r])).problems,
        ...(await compareRecurrences(context, [r], (_, operands) => written(operands))).problems,
      ];
      throwIfAny(found);
    },
  };
}

/**
 * A case that counts the dispatches of a forward and backward pass: at most 40, and one per step each way if taken so. On GPUs a GRU
 * that resets before its product takes two. On the device's kind of adapter, or on the one that is wanted.
 */
export function dispatchCase(
  name: string,
  r: Recurrence,
  ways: readonly ((typeof recurrentWays)[number] | (typeof wideWays)[number])[],
  wanted?: AdapterKind,
): Case {
  return {
    name,
    async run(context) {
      const counts: Record<string, number> = {};
      for (const way of ways) {
        const compiling = () => compileRecurrences(context, [r], byEngine);
        const kind = wanted ?? context.device.profile.kind;
        using compiled = await withProfile(context.device, kind, compiling, way);
        const { dispatches } = compiled.stats;
        const perStep = r.resetAfter === false && kind === "hardware" ? 2 : 1;
        const ofSteps = 2 * perStep * r.size[0];
        const [least, most] = way === "steps" ? [ofSteps, ofSteps + 40] : [2, 40];
        if (dispatches < least || dispatches > most) {
          throw new Error(`${dispatches} dispatches by ${way}, expected ${least} to ${most}`);
        }
        counts[way] = dispatches;
      }
      return counts;
    },
  };
}

function throwIfAny(problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new Error(`${problems.length} results are off:\n  ${problems.slice(0, 12).join("\n  ")}`);
}
