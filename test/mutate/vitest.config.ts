import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { type RoomName, rooms } from "../../harness/mutate/rooms.ts";

const { tests, cases } = rooms[process.env.SEQGRAD_MUTATE_ROOM as RoomName];
const CASES = "test/mutate/in-process.ts";

/** The first test that fails ends a run, so those that need no device come first. */
class CasesLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isCases = ({ moduleId }: TestSpecification) => moduleId.endsWith(CASES);
    return [...sorted.filter((file) => !isCases(file)), ...sorted.filter(isCases)];
  }
}

export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  resolve: { alias: { seqgrad: fileURLToPath(new URL("../../src/node.ts", import.meta.url)) } },
  test: {
    sequence: { sequencer: CasesLast },
    include: [
      ...tests.map((each) => (each.endsWith("**") ? `${each}/*.test.ts` : each)),
      ...(cases.length > 0 ? [CASES] : []),
    ],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
