import { beforeAll, describe, expect, test } from "vitest";
import { compileByDawn } from "../../harness/kernels/dawn.ts";
import { compileByNaga, skippedByNaga } from "../../harness/kernels/naga.ts";
import { readKernels } from "../../harness/kernels/read.ts";
import { type CompileUnit, type Complaint, describeComplaint, unitsOf } from "../../harness/kernels/unit.ts";
import { functionConstants } from "../support/function-constants.ts";

/** For all units of a compiler together, on a slow machine. */
const ALL_MS = 300_000;

const { manifests, problems } = readKernels();
const pairs = manifests.flatMap((kernel) => unitsOf(kernel).map((unit) => ({ kernel, unit })));

/**
 * Variants that differ by which function they compute alone are one module with another number in it. Dawn, which has no driver here,
 * compiles all in seconds; naga hands each to the driver, which takes minutes for the same text: it gets one of each. (Cases run the
 * functions on its host.)
 */
const oneOfEach = [
  ...new Map(
    [...pairs].reverse().map((pair) => {
      const { code, constants, baseline } = pair.unit;
      const others = Object.entries(constants).filter(([name]) => !functionConstants.includes(name));
      return [JSON.stringify([pair.kernel.name, code, others, baseline]), pair] as const;
    }),
  ).values(),
].reverse();

interface Compiler {
  readonly name: string;
  readonly pairs: typeof pairs;
  compile(units: readonly CompileUnit[]): Promise<Map<string, Complaint[]>>;
  /** Why a unit is not for this compiler, if so. */
  skipped(unit: CompileUnit): string | undefined;
}

const compilers: readonly Compiler[] = [
  { name: "Dawn", pairs, compile: compileByDawn, skipped: () => undefined },
  { name: "naga", pairs: oneOfEach, compile: compileByNaga, skipped: skippedByNaga },
];

test("every kernel keeps the kernel contract", () => {
  expect(problems).toEqual([]);
});

for (const { name, pairs, compile, skipped } of compilers) {
  describe(`${name} compiles`, () => {
    let complaints: Map<string, Complaint[]>;

    // biome-ignore lint/correctness/noEmptyPattern: vitest takes only a pattern here
    beforeAll(async ({}, suite) => {
      // what -t leaves out is not compiled either
      const selected = suite.tasks.filter(({ mode }) => mode === "run" || mode === "queued").map(({ name }) => name);
      complaints = await compile(pairs.map(({ unit }) => unit).filter(({ id }) => selected.includes(id)));
    }, ALL_MS);

    for (const { kernel, unit } of pairs) {
      test(unit.id, ({ skip }) => {
        const reason = skipped(unit);
        if (reason !== undefined) skip(reason);
        const own = complaints.get(unit.id) ?? [{ line: 0, message: "was not compiled" }];
        expect(own.map((complaint) => describeComplaint(kernel, unit, complaint))).toEqual([]);
      });
    }
  });
}
