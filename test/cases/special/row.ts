import type { Case, CaseContext } from "../../../harness/case.ts";
import { add, compile, concat, float32, gradients, int32, mul, reshape, sum, type Value } from "../../../src/index.ts";
import { type NdArray, sizeOf, uniform } from "../../reference/array.ts";
import type { Tolerance } from "../../support/tolerance.ts";
import { compare } from "../support/assert.ts";
import { combinations, withProfile } from "../support/profile.ts";

/** What an operation gives by IEEE 754 in float64, and its gradients with respect to the inputs for given cotangents. */
export interface Expected {
  readonly outputs: readonly NdArray[];
  /** null where nothing flows, or where the oracle does not say. */
  gradients(cotangents: readonly NdArray[]): readonly (NdArray | null)[];
}

/** An operation with what it must give where its operands are NaN or infinite. */
export interface SpecialRow {
  readonly label: string;
  readonly f: (x: readonly Value[]) => Value | readonly Value[];
  readonly oracle: (x: readonly NdArray[]) => Expected;
  readonly tolerance: Tolerance;
  /** Finite operands, which other tests try, then those to be tried one after the other, all of the same shapes. */
  readonly fillings: readonly (readonly NdArray[])[];
}

export const SPECIALS = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as const;

/** A copy with one element replaced. */
export function withNumber(x: NdArray, index: number, value: number): NdArray {
  const data = x.data.slice();
  data[index] = value;
  return { ...x, data };
}

/** First, middle and last element. */
export const edges = (x: NdArray): number[] => [...new Set([0, x.data.length >> 1, x.data.length - 1])];

/** The operands as they are, then with NaN at each edge and the infinities at one place of each of the named ones. */
export function oneAtATime(inputs: readonly NdArray[], into = [...inputs.keys()]): (readonly NdArray[])[] {
  const found = [inputs];
  for (const which of into) {
    const x = inputs[which] as NdArray;
    const put = (index: number, value: number) =>
      found.push(inputs.map((each, i) => (i === which ? withNumber(x, index, value) : each)));
    for (const index of edges(x)) put(index, Number.NaN);
    put(x.data.length >> 1, Number.POSITIVE_INFINITY);
    put(0, Number.NEGATIVE_INFINITY);
  }
  return found;
}

const specOf = ({ shape, dtype }: NdArray) => (dtype === "int32" ? int32(shape) : float32(shape));
const typedOf = ({ data, dtype }: NdArray) => (dtype === "int32" ? Int32Array.from(data) : Float32Array.from(data));

/** What is compared of a row, as one flat value: outputs, then the gradients of all float32 inputs that have one. */
export function traceRow(
  row: SpecialRow,
  inputs: readonly Value[],
  cotangents: readonly Value[],
  given: readonly boolean[],
) {
  const result = row.f(inputs);
  const outputs = (Array.isArray(result) ? result : [result]) as Value[];
  const loss = outputs
    .map((output, i) => sum(mul(output, cotangents[i] as Value)))
    .reduce((total, term) => add(total, term));
  const sources = inputs.filter((_, i) => given[i]);
  const found = gradients(loss, sources).map((gradient, i) => gradient ?? mul(sources[i] as Value, 0));
  return concat([...outputs, ...found].map((value) => reshape(value, [-1])));
}

interface Prepared {
  readonly row: SpecialRow;
  readonly cotangents: readonly NdArray[];
  /** Inputs whose gradient is compared. */
  readonly given: readonly boolean[];
}

export function prepare(row: SpecialRow): Prepared {
  const finite = row.oracle(row.fillings[0] as readonly NdArray[]);
  const cotangents = finite.outputs.map(({ shape }, i) => uniform(shape, 900 + i, 0.5, 1.5));
  return { row, cotangents, given: finite.gradients(cotangents).map((gradient) => gradient !== null) };
}

/** Operands and cotangents of a run: the finite ones with NaN in a cotangent, then the fillings. */
function fillingOf({ row, cotangents }: Prepared, run: number) {
  const number = run % row.fillings.length;
  const inputs = row.fillings[number] as readonly NdArray[];
  if (number > 0) return { number, inputs, cotangents };
  const poisoned = cotangents.map((x, i) => (i === 0 ? withNumber(x, x.data.length >> 1, Number.NaN) : x));
  return { number, inputs, cotangents: poisoned };
}

/** Inputs and cotangents of a row's program. */
export const specsOf = ({ row, cotangents }: Prepared) => ({
  inputs: (row.fillings[0] as readonly NdArray[]).map(specOf),
  cotangents: cotangents.map(specOf),
});

async function runRows(device: CaseContext["device"], prepared: readonly Prepared[]): Promise<string[]> {
  using compiled = await compile(device, null, {
    inputs: prepared.map(specsOf),
    fn: (values) =>
      concat(
        values.map(({ inputs, cotangents }, i) => {
          const { row, given } = prepared[i] as Prepared;
          return traceRow(row, inputs, cotangents, given);
        }),
      ),
  });
  compiled.replay.poison();
  const problems: string[] = [];
  const runs = Math.max(...prepared.map(({ row }) => row.fillings.length));
  for (let run = 0; run < runs; run++) {
    const filled = prepared.map((each) => fillingOf(each, run));
    const flat = await compiled.run(
      filled.map(({ inputs, cotangents }) => ({ inputs: inputs.map(typedOf), cotangents: cotangents.map(typedOf) })),
    );
    const got = await flat.read();
    let offset = 0;
    prepared.forEach(({ row, given }, i) => {
      const { number, inputs, cotangents } = filled[i] as ReturnType<typeof fillingOf>;
      const expected = row.oracle(inputs);
      const found = expected.gradients(cotangents).filter((_, k) => given[k]);
      for (const [what, list] of Object.entries({ output: expected.outputs, gradient: found })) {
        list.forEach((want, k) => {
          const size = sizeOf((want as NdArray).shape);
          const problem = compareSpecial(got.subarray(offset, offset + size), (want as NdArray).data, row.tolerance);
          if (problem) problems.push(`${row.label}, filling ${number}: ${what} ${k}: ${problem}`);
          offset += size;
        });
      }
    });
  }
  return problems;
}

/** NaN must be where it is expected and nowhere else; what overflows float32 is infinite. */
function compareSpecial(got: ArrayLike<number>, want: ArrayLike<number>, allowed: Tolerance): string | null {
  const rounded = Float32Array.from(want);
  for (let i = 0; i < rounded.length; i++) {
    const [a, b] = [got[i] as number, rounded[i] as number];
    if (Number.isNaN(a) !== Number.isNaN(b)) return `element ${i} of ${rounded.length} is ${a}, expected ${b}`;
  }
  const numbers = (x: ArrayLike<number>) => Array.from(x, (value) => (Number.isNaN(value) ? 0 : value));
  return compare(numbers(got), numbers(rounded), allowed).problem;
}

/** A case that runs the rows in one program with the kernels for GPUs and those for software adapters, by each way. */
export function specialCase(
  name: string,
  rows: () => readonly SpecialRow[],
  ways: readonly (string | undefined)[] = [undefined],
): Case {
  return {
    name: `special numbers: ${name}`,
    async run({ device }) {
      const prepared = rows().map(prepare);
      const problems: string[] = [];
      // a kind of adapter that has none of the ways is left out
      for (const [kind, way] of combinations(ways).filter(([, way]) => ways.includes(way))) {
        const found = await withProfile(device, kind, () => runRows(device, prepared), way);
        problems.push(...found.map((problem) => `[${kind} kernels${way ? `, ${way}` : ""}] ${problem}`));
      }
      if (problems.length > 0) {
        throw new Error(`${problems.length} results are off:\n  ${problems.slice(0, 12).join("\n  ")}`);
      }
    },
  };
}
