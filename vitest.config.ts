import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // The examples import the package by its name.
  resolve: { alias: { seqgrad: fileURLToPath(new URL("src/node.ts", import.meta.url)) } },
  test: {
    include: ["test/**/*.test.ts"],
    // Makes src/kernels/generated.ts, which most tests import.
    globalSetup: ["harness/vitest-setup.ts"],
    // Two workers at most: the software adapter uses every core by itself, so more only fight each other.
    maxWorkers: 2,
    // For what hangs: a busy machine may take many times as long as a quiet one.
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
