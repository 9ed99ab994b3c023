import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes longest, longest first: begun last, it would leave a core idle for minutes. */
const LONGEST = [
  "cases/hosts",
  "examples/tasks",
  "kernels/compile",
  "examples/text-generation/program",
  "examples/examples",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return at < 0 ? LONGEST.length : at;
    };
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  // The examples import the package by its name.
  resolve: {
    alias: [
      { find: /^seqgrad$/, replacement: fileURLToPath(new URL("src/node.ts", import.meta.url)) },
      { find: /^seqgrad\/data$/, replacement: fileURLToPath(new URL("src/data/index.ts", import.meta.url)) },
    ],
  },
  test: {
    sequence: { sequencer: LongestFirst },
    // What takes minutes, of `npm run site:test` alone.
    include: ["test/**/*.test.ts", ...(process.env.SEQGRAD_SITE === "full" ? ["test/site/*.site.ts"] : [])],
    // Makes src/kernels/generated/, which most tests import; has Node wait without keeping a core busy.
    globalSetup: ["harness/vitest-setup.ts"],
    // The software adapter uses every core by itself, so that more workers only fight each other; the one with the hosts' cases mostly
    // waits for them.
    maxWorkers: 3,
    // For what hangs: a busy machine may take many times as long as a quiet one.
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
