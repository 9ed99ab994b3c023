import type { Case, CaseContext } from "../../../harness/case.ts";
import { compile, float32, gradients, int32, type Tensor, type Value } from "../../../src/index.ts";
import type { NdArray } from "../../reference/array.ts";
import { uniform } from "../../reference/array.ts";
import { type Slope, slopes } from "../../reference/differences.ts";
import { plus, type Tolerance, tolerance } from "../../tolerance.ts";
import { mismatch } from "./assert.ts";
import { type Args, engine, listOf, oracle, type Program } from "./ops.ts";
import { withProfile } from "./profile.ts";

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
}

/**
 * A case that runs its checks in one program on memory full of NaN, and compares results with the float64 oracle and the
 * gradients of Σ cotangent · result, for random cotangents, with central differences of that oracle. It runs once with
 * the kernels that are chosen for GPUs and once with those for software adapters.
 */
export function opCase(name: string, checks: () => readonly Check[]): Case {
  return {
    name,
    run: async (context) => {
      const list = checks();
      const wanted = list.map(expectationsOf);
      const problems: string[] = [];
      for (const kind of ["software", "hardware"] as const) {
        const found = await withProfile(context.device, kind, () => runChecks(context, list, wanted));
        problems.push(...found.map((problem) => `[${kind} kernels] ${problem}`));
      }
      if (problems.length > 0) {
        const shown = problems.slice(0, 12).join("\n  ");
        throw new Error(`${problems.length} results are off:\n  ${shown}`);
      }
    },
  };
}

interface Expectations {
  readonly outputs: readonly NdArray[];
  readonly cotangents: readonly NdArray[];
  /** For each input; empty where it is not differentiated. */
  readonly slopes: readonly (readonly Slope[])[];
}

function expectationsOf({ inputs, f, gradients: wanted, probes }: Check): Expectations {
  const run = (x: readonly NdArray[]) => listOf(f(oracle, x as Args<NdArray>));
  const outputs = run(inputs);
  const cotangents = outputs.map(({ shape }, i) => uniform(shape, 1000 + i, 0.5, 1.5));
  const differentiated = inputs.map(({ dtype }) => wanted !== false && dtype === "float32");
  const found = inputs.map((_, i) =>
    differentiated[i] ? slopes(run, inputs, cotangents, i, probes === undefined ? {} : { probes }) : [],
  );
  return { outputs, cotangents, slopes: found };
}

const specOf = ({ shape, dtype }: NdArray) => (dtype === "int32" ? int32(shape) : float32(shape));
const typedOf = ({ data, dtype }: NdArray) => (dtype === "int32" ? Int32Array.from(data) : Float32Array.from(data));

interface Traced {
  readonly outputs: readonly Value[];
  readonly gradients: readonly (Value | null)[];
}

async function runChecks({ device }: CaseContext, checks: readonly Check[], wanted: readonly Expectations[]) {
  const all = checks.map(({ inputs }, i) => ({
    inputs,
    cotangents: (wanted[i] as Expectations).cotangents,
  }));
  using compiled = await compile(device, null, {
    inputs: all.map(({ inputs, cotangents }) => ({ inputs: inputs.map(specOf), cotangents: cotangents.map(specOf) })),
    fn: (values) => values.map((value, i) => trace(checks[i] as Check, value)),
  });
  compiled.replay.poison();
  const results = await compiled.run(
    all.map(({ inputs, cotangents }) => ({ inputs: inputs.map(typedOf), cotangents: cotangents.map(typedOf) })),
  );
  const problems: string[] = [];
  for (const [i, check] of checks.entries()) {
    const { outputs, gradients: found } = results[i] as unknown as {
      outputs: Tensor[];
      gradients: (Tensor | null)[];
    };
    const expected = wanted[i] as Expectations;
    const [values, derivatives] = await Promise.all([
      Promise.all(outputs.map((output) => output.read())),
      Promise.all(found.map((gradient) => gradient?.read() ?? null)),
    ]);
    expected.outputs.forEach((want, k) => {
      const shape = (outputs[k] as Tensor).shape;
      if (`${shape}` !== `${want.shape}`) {
        problems.push(`${check.label}: output ${k} has shape [${shape}], expected [${want.shape}]`);
        return;
      }
      const problem = mismatch(values[k] as Float32Array, want.data, check.tolerance);
      if (problem) problems.push(`${check.label}: output ${k} [${want.shape}]: ${problem}`);
    });
    expected.slopes.forEach((list, k) => {
      const problem = wrongSlope(derivatives[k] as Float32Array | null, list, check);
      if (problem) problems.push(`${check.label}: gradient of input ${k} [${check.inputs[k]?.shape}]: ${problem}`);
    });
  }
  return problems;
}

function trace(check: Check, values: { inputs: readonly Value[]; cotangents: readonly Value[] }): Traced {
  const outputs = listOf(check.f(engine, values.inputs as Args<Value>));
  if (check.gradients === false) return { outputs, gradients: [] };
  const terms = outputs.map((output, i) => engine.sum(engine.mul(output, values.cotangents[i] as Value)));
  const loss = terms.reduce((total, term) => engine.add(total, term));
  const sources = values.inputs.filter(({ dtype }) => dtype === "float32");
  const found = gradients(loss, sources);
  return {
    outputs,
    gradients: values.inputs.map((input) => found[sources.indexOf(input)] ?? null),
  };
}

/** Compares a gradient with what differences say of it; no gradient at all counts as zeros. */
function wrongSlope(gradient: Float32Array | null, list: readonly Slope[], check: Check): string | null {
  const allowed = plus(check.gradients || check.tolerance, tolerance.differences);
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
    if (!(Math.abs(got - value) <= bound)) {
      const times = (Math.abs(got - value) / bound).toFixed(1);
      return `${what}: got ${got}, expected ${value} (${times} times the tolerance)`;
    }
  }
  return null;
}
