import type { Case, CaseContext } from "../../../harness/case.ts";
import { compile, float32, gradients, int32, type Tensor, type Value } from "../../../src/index.ts";
import { filled, type NdArray, uniform } from "../../reference/array.ts";
import { type Slope, slopes } from "../../reference/differences.ts";
import { plus, type Tolerance, tolerance } from "../../support/tolerance.ts";
import { type Comparison, compare, times } from "./assert.ts";
import { type Args, engine, listOf, oracle, type Program } from "./ops.ts";
import { eachWay } from "./profile.ts";

/** One computation to be compared with its oracle, forward and backward. */
export interface Check {
  readonly label: string;
  /** Gradients are taken with respect to all of them that are float32. */
  readonly inputs: readonly NdArray[];
  readonly f: Program;
  readonly tolerance: Tolerance;
  /** Of the gradients; that of the results where absent. `false`: not differentiated. */
  readonly gradients?: Tolerance | false;
  /** Elements of a large input that are differentiated one by one. */
  readonly probes?: number;
  /** Traced as in training, with those it is run together with. */
  readonly training?: boolean;
}

/**
 * A case that runs its checks in one program on memory full of NaN, and compares results with the float64 oracle and the
 * gradients of Σ cotangent · result, for random cotangents, with central differences of that oracle. It runs once with
 * the kernels that are chosen for GPUs and once with those for software adapters. Gives the largest share of a tolerance
 * that was used. Where ways are given, each is forced in turn on what chooses between them.
 */
export function opCase(
  name: string,
  checks: () => readonly Check[],
  ways: readonly (string | undefined)[] = [undefined],
): Case {
  // differences take long, and what looks for kernels' faults runs a case over and over
  let known: { readonly list: readonly Check[]; readonly wanted: readonly Expectations[] } | undefined;
  const prepare = () => {
    if (known) return known;
    const list = checks();
    known = { list, wanted: list.map(expectationsOf) };
    return known;
  };
  return {
    name,
    byWays: true,
    async run(context) {
      const { list, wanted } = prepare();
      const problems: string[] = [];
      let used = 0;
      await eachWay(context, ways, async (kind, way) => {
        for (const result of await runChecks(context.device, list, wanted)) {
          used = Math.max(used, result.used);
          if (result.problem) problems.push(`[${kind} kernels${way ? `, ${way}` : ""}] ${result.problem}`);
        }
      });
      if (problems.length > 0) {
        throw new Error(`${problems.length} results are off:\n  ${problems.slice(0, 12).join("\n  ")}`);
      }
      return { used };
    },
  };
}

interface Expectations {
  readonly outputs: readonly NdArray[];
  readonly cotangents: readonly NdArray[];
  /** For each input, then for each value that is held; empty where it is not differentiated. */
  readonly slopes: readonly (readonly Slope[])[];
}

function expectationsOf({ inputs, f, gradients: wanted, probes }: Check): Expectations {
  const shapes: (readonly number[])[] = [];
  const note = (value: NdArray) => {
    shapes.push(value.shape);
    return value;
  };
  const outputs = listOf(f(oracle, inputs as Args<NdArray>, note));
  // what is held is moved by adding something to it
  const moves = shapes.map((shape) => filled(shape, 0));
  const run = (x: readonly NdArray[]) => {
    let next = inputs.length;
    return listOf(f(oracle, x as Args<NdArray>, (value) => oracle.add(value, x[next++] as NdArray)));
  };
  const cotangents = outputs.map(({ shape }, i) => uniform(shape, 1000 + i, 0.5, 1.5));
  const all = [...inputs, ...moves];
  const found = all.map(({ dtype }, i) =>
    wanted !== false && dtype === "float32" ? slopes(run, all, cotangents, i, probes) : [],
  );
  return { outputs, cotangents, slopes: found };
}

const specOf = ({ shape, dtype }: NdArray) => (dtype === "int32" ? int32(shape) : float32(shape));
const typedOf = ({ data, dtype }: NdArray) => (dtype === "int32" ? Int32Array.from(data) : Float32Array.from(data));

async function runChecks(
  device: CaseContext["device"],
  checks: readonly Check[],
  wanted: readonly Expectations[],
): Promise<Comparison[]> {
  const data = checks.map(({ inputs }, i) => ({ inputs, cotangents: (wanted[i] as Expectations).cotangents }));
  using compiled = await compile(device, null, {
    inputs: data.map(({ inputs, cotangents }) => ({ inputs: inputs.map(specOf), cotangents: cotangents.map(specOf) })),
    fn: (values) => values.map((value, i) => trace(checks[i] as Check, value)),
    training: checks.some(({ training }) => training),
  });
  compiled.replay.poison();
  const results = await compiled.run(
    data.map(({ inputs, cotangents }) => ({ inputs: inputs.map(typedOf), cotangents: cotangents.map(typedOf) })),
  );
  return (await Promise.all(checks.map((check, i) => judge(check, wanted[i] as Expectations, results[i])))).flat();
}

interface Traced<T> {
  readonly outputs: readonly T[];
  /** For each input and each value that is held; null where nothing flows to it. */
  readonly gradients: readonly (T | null)[];
}

function trace(check: Check, values: { inputs: readonly Value[]; cotangents: readonly Value[] }): Traced<Value> {
  const held: Value[] = [];
  const hold = (value: Value) => {
    held.push(value);
    return value;
  };
  const outputs = listOf(check.f(engine, values.inputs as Args<Value>, hold));
  if (check.gradients === false) return { outputs, gradients: [] };
  const terms = outputs.map((output, i) => engine.sum(engine.mul(output, values.cotangents[i] as Value)));
  const loss = terms.reduce((total, term) => engine.add(total, term));
  const sources = [...values.inputs, ...held];
  const found = gradients(loss, sources);
  return { outputs, gradients: found.map((gradient) => gradient ?? null) };
}

async function judge(check: Check, expected: Expectations, traced: unknown): Promise<Comparison[]> {
  const { outputs, gradients: found } = traced as Traced<Tensor>;
  const comparisons: Comparison[] = [];
  const note = (what: string, { used, problem }: Comparison) =>
    comparisons.push({ used, problem: problem && `${check.label}: ${what}: ${problem}` });
  for (const [k, want] of expected.outputs.entries()) {
    const tensor = outputs[k] as Tensor;
    if (`${tensor.shape}` !== `${want.shape}`) {
      note(`output ${k}`, { used: 0, problem: `shape [${tensor.shape}], expected [${want.shape}]` });
    } else note(`output ${k} [${want.shape}]`, compare(await tensor.read(), want.data, check.tolerance));
  }
  const allowed = plus(check.gradients || check.tolerance, tolerance.differences);
  for (const [k, list] of expected.slopes.entries()) {
    if (list.length === 0) continue;
    const gradient = (await found[k]?.read()) ?? null;
    const input = check.inputs[k];
    const what = input ? `input ${k} [${input.shape}]` : `held value ${k - check.inputs.length}`;
    note(`gradient of ${what}`, compareSlopes(gradient, list, allowed));
  }
  return comparisons;
}

/** Compares a gradient with what differences say of it; no gradient at all counts as zeros. */
function compareSlopes(gradient: ArrayLike<number> | null, list: readonly Slope[], allowed: Tolerance): Comparison {
  let worst: Comparison = { used: 0, problem: null };
  for (const { what, indices, direction, value } of list) {
    let [got, squares, lengths] = [0, 0, 0];
    indices.forEach((index, i) => {
      const term = (gradient?.[index] ?? 0) * (direction[i] as number);
      got += term;
      squares += term * term;
      lengths += (direction[i] as number) ** 2;
    });
    // along one element this is the tolerance itself; along many the errors add up like a random walk
    const walk = indices.length === 1 ? 1 : 4;
    const bound = walk * (allowed.relative * Math.sqrt(squares) + allowed.absolute * Math.sqrt(lengths));
    const share = Math.abs(got - value) / bound;
    const used = Number.isNaN(share) ? Number.POSITIVE_INFINITY : share;
    if (used <= worst.used) continue;
    worst = { used, problem: used <= 1 ? null : `${what}: got ${got}, expected ${value} (${times(used)})` };
  }
  return worst;
}
