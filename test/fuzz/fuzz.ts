/** Random programs on a device, against float64: of all operations, or loops of random cells. */
import * as fc from "fast-check";
import { compile, type Device, float32, gradients, int32, type Tensor, type Value } from "../../src/index.ts";
import { type AdapterKind, withProfile } from "../cases/support/profile.ts";
import type { NdArray } from "../reference/array.ts";
import { Builder, Choices, Reject } from "./builder.ts";
import { cellProgram } from "./cells.ts";
import { type Call, type Form, print, runCalls } from "./form.ts";
import { engine } from "./functions.ts";
import { type Expected, expectedOf, isDoubtful, judgeSlope, judgeValues, sourcesOf } from "./judge.ts";
import { operations } from "./operations/index.ts";

/** Programs of one seed, which run as one. */
export const BATCH = 16;

/** The numbers that a program is made from. */
interface Source {
  readonly data: number;
  readonly statements: readonly (readonly number[])[];
}

const sources: fc.Arbitrary<Source> = fc.record({
  data: fc.nat(9999),
  statements: fc.array(fc.array(fc.nat(9999), { minLength: 6, maxLength: 48, size: "max" }), {
    minLength: 1,
    maxLength: 12,
    size: "max",
  }),
});

interface Made {
  readonly form: Form;
  readonly expected: Expected;
  /** Values that are another one: what an operation gives that has nothing to do. */
  readonly same: Set<number>;
}

function operationsProgram({ data, statements }: Source): Made {
  const b = new Builder(data, operations);
  const [first = [], ...rest] = statements;
  const c = new Choices(first);
  for (let i = c.next(3); i >= 0; i--) b.input(b.shape(c));
  const holds = new Choices(first.slice().reverse());
  for (const numbers of rest) b.statement(new Choices(numbers));
  return madeOf(
    b,
    b.finish(() => holds.next(3) > 0),
  );
}

function cell({ data, statements }: Source): Made | undefined {
  const [first = [], ...rest] = statements;
  try {
    const b = cellProgram(
      data,
      new Choices(first),
      rest.map((numbers) => new Choices(numbers)),
    );
    const form = b.finish(() => false);
    // not all that a loop gives is asked for
    const asked = new Choices(first.slice().reverse());
    return madeOf(b, { ...form, outputs: form.outputs.filter((_, i) => i === 0 || asked.next(4) > 0) });
  } catch (error) {
    if (error instanceof Reject) return undefined;
    throw error;
  }
}

const madeOf = (b: Builder, form: Form): Made => ({ form, expected: expectedOf(form, b.values), same: new Set() });

/** What programs are made of, and with whose kernels each of them runs: those of a kind of adapter, or of one way. */
interface Kind {
  readonly make: (source: Source) => Made | undefined;
  readonly runs: readonly (readonly [kind: AdapterKind, way?: string])[];
}

const kinds = {
  operations: { make: operationsProgram, runs: [["software"], ["hardware"]] },
  cells: {
    make: cell,
    runs: [
      ["software", "steps"],
      ["software", "sequence"],
      ["software", "quads of 8"],
      ["software", "naive"],
      ["hardware"],
    ],
  },
} as const satisfies Record<string, Kind>;

export type ProgramKind = keyof typeof kinds;

const specOf = ({ shape, dtype }: NdArray) => (dtype === "int32" ? int32(shape) : float32(shape));
const typedOf = ({ data, dtype }: NdArray) => (dtype === "int32" ? Int32Array.from(data) : Float32Array.from(data));

/** Programs of which there is nothing to be seen are left out. */
const isProgram = (made: Made | undefined): made is Made => made !== undefined && made.form.outputs.length > 0;

function trace({ form, same }: Made, inputs: readonly Value[], cotangents: readonly Value[]) {
  const values = new Map([...form.inputs.keys()].map((id, i) => [id, inputs[i] as Value]));
  const seen = new Set(values.values());
  runCalls(engine, form.calls, values, (id, value) => {
    if (seen.has(value)) same.add(id);
    seen.add(value);
    return value;
  });
  const outputs = form.outputs.map((id) => values.get(id) as Value);
  const terms = outputs.map((output, i) => engine.sum(engine.mul(output, cotangents[i] as Value)));
  const loss = terms.reduce((total, term) => engine.add(total, term));
  const found = gradients(
    loss,
    sourcesOf(form).map((id) => values.get(id) as Value),
  );
  return { outputs, gradients: found.map((gradient) => gradient ?? null) };
}

/** What is wrong with each program; null where nothing is. */
async function runAll(device: Device, programs: readonly Made[], notes: Set<string>): Promise<(string | null)[]> {
  const given = programs.map(({ form, expected }) => ({
    inputs: [...form.inputs.values()],
    cotangents: [...expected.cotangents],
  }));
  using compiled = await compile(device, null, {
    inputs: given.map(({ inputs, cotangents }) => ({ inputs: inputs.map(specOf), cotangents: cotangents.map(specOf) })),
    fn: (values) => values.map(({ inputs, cotangents }, i) => trace(programs[i] as Made, inputs, cotangents)),
  });
  for (const note of compiled.replay.program.notes) notes.add(note);
  compiled.replay.poison();
  const results = await compiled.run(
    given.map(({ inputs, cotangents }) => ({ inputs: inputs.map(typedOf), cotangents: cotangents.map(typedOf) })),
  );
  return await Promise.all(
    programs.map(async ({ form, expected, same }, i) => {
      const { outputs, gradients: found } = results[i] as unknown as {
        outputs: Tensor[];
        gradients: (Tensor | null)[];
      };
      const problems: string[] = [];
      for (const [k, output] of expected.outputs.entries()) {
        const tensor = outputs[k] as Tensor;
        const same = `${tensor.shape}` === `${output.want.shape}`;
        const problem = same
          ? judgeValues(await tensor.read(), output).problem
          : `shape is [${tensor.shape}], expected [${output.want.shape}]`;
        if (problem) problems.push(`v${form.outputs[k]}: ${problem}`);
      }
      const scale = Math.max(
        1,
        ...expected.slopes.map(({ value, direction }) => Math.abs(value) / Math.sqrt(direction.data.length)),
      );
      for (const [k, slope] of expected.slopes.entries()) {
        if (same.has(slope.id)) continue;
        const { problem } = judgeSlope((await found[k]?.read()) ?? null, slope, scale);
        if (problem) problems.push(`gradient of v${slope.id}: ${problem}`);
      }
      return problems.length > 0 ? problems.join("\n") : null;
    }),
  );
}

/** As `runAll`, in all runs of the kind; what is thrown is wrong as well. */
async function problemsOf(
  device: Device,
  { runs }: Kind,
  programs: readonly Made[],
  notes: Set<string>,
): Promise<(string | null)[]> {
  const all: (string | null)[] = programs.map(() => null);
  for (const [kind, way] of runs) {
    let found: (string | null)[];
    try {
      found = await withProfile(device, kind, () => runAll(device, programs, notes), way);
    } catch (error) {
      found = programs.map(() => (error instanceof Error ? (error.stack ?? error.message) : String(error)));
    }
    found.forEach((problem, i) => {
      if (problem) all[i] = `${all[i] ? `${all[i]}\n` : ""}[${kind} kernels${way ? `, ${way}` : ""}]\n${problem}`;
    });
  }
  return all;
}

export interface Summary {
  programs: number;
  values: number;
  gradients: number;
  readonly calls: Record<string, number>;
  /** What programs say of themselves, and how many seeds do. */
  readonly notes: Record<string, number>;
}

export const emptySummary = (): Summary => ({ programs: 0, values: 0, gradients: 0, calls: {}, notes: {} });

/** A program that the oracle itself does not get through is told with what it was drawn from. */
function madeBy({ make }: Kind, seed: number, source: Source): Made | undefined {
  try {
    return make(source);
  } catch (error) {
    throw new Error(`seed ${seed}: no program is made of ${JSON.stringify(source)}`, { cause: error });
  }
}

/** Runs the programs of one seed and counts them; throws with the smallest one that fails. */
export async function fuzz(
  device: Device,
  seed: number,
  summary: Summary,
  of: ProgramKind = "operations",
  count = BATCH,
): Promise<void> {
  const kind = kinds[of];
  const drawn = fc.sample(sources, { seed, numRuns: count });
  const programs = drawn.map((source) => madeBy(kind, seed, source)).filter(isProgram);
  if (programs.length === 0) return;
  const notes = new Set<string>();
  const problems = await problemsOf(device, kind, programs, notes);
  const callsOf = (calls: readonly Call[]): readonly string[] =>
    calls.flatMap(({ fn, body }) => [fn, ...callsOf(body?.calls ?? [])]);
  const tally = (counts: Record<string, number>, name: string) => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  for (const { form, expected } of programs) {
    summary.programs++;
    summary.values += expected.outputs.length;
    summary.gradients += expected.slopes.filter((slope) => !isDoubtful(slope)).length;
    for (const fn of callsOf(form.calls)) tally(summary.calls, fn);
  }
  for (const note of notes) tally(summary.notes, note);
  if (problems.every((problem) => problem === null)) return;
  const report = await shrink(device, kind, seed, count);
  throw new Error(
    `seed ${seed}: ${problems.filter(Boolean).length} of ${programs.length} programs are wrong\n${report ?? `only as one: ${problems.find(Boolean)}`}`,
  );
}

async function shrink(device: Device, kind: Kind, seed: number, count: number): Promise<string | null> {
  let last: string | null = null;
  const property = fc.asyncProperty(sources, async (source) => {
    const program = kind.make(source);
    if (!isProgram(program)) return;
    const [problem] = await problemsOf(device, kind, [program], new Set());
    if (!problem) return;
    last = `${problem}\n\n${print(program.form)}`;
    throw new Error(problem);
  });
  await fc.check(property, { seed, numRuns: count, interruptAfterTimeLimit: 30_000 });
  return last;
}
