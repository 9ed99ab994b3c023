import { join } from "node:path";
import { expect, test } from "vitest";
import { runProcess } from "../../harness/hosts/process.ts";
import { root } from "../../harness/setup/paths.mjs";

test("the lock names every platform's packages, and each entry has its integrity hash", async () => {
  const script = join(root, "harness", "packages", "complete-lock.mjs");
  const result = await runProcess(process.execPath, [script, "--check"], {});
  expect(result).toMatchObject({ code: 0, stdout: "the lock is complete\n" });
});
