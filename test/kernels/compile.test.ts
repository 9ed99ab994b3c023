import { beforeAll, describe, expect, test } from "vitest";
import { compileByDawn } from "../../harness/kernels/dawn.ts";
import { compileByNaga, skippedByNaga } from "../../harness/kernels/naga.ts";
import { readKernels } from "../../harness/kernels/read.ts";
import { type CompileUnit, type Complaint, describeComplaint, unitsOf } from "../../harness/kernels/unit.ts";

/** For all units of a compiler together, on a slow machine. */
const ALL_MS = 300_000;

const { manifests, problems } = readKernels();
const pairs = manifests.flatMap((kernel) => unitsOf(kernel).map((unit) => ({ kernel, unit })));

interface Compiler {
  readonly name: string;
  compile(units: readonly CompileUnit[]): Promise<Map<string, Complaint[]>>;
  /** Why a unit is not for this compiler, if so. */
  skipped(unit: CompileUnit): string | undefined;
}

const compilers: readonly Compiler[] = [
  { name: "Dawn", compile: compileByDawn, skipped: () => undefined },
  { name: "naga", compile: compileByNaga, skipped: skippedByNaga },
];

test("every kernel keeps the kernel contract", () => {
  expect(problems).toEqual([]);
});

for (const { name, compile, skipped } of compilers) {
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
