// npm test: sets everything up, checks formatting, types and import directions, runs vitest, and ends with one line of
// counts. Arguments go to vitest.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { adapterOfThisRun } from "./setup/adapter.mjs";
import { interrupted, runChild } from "./setup/child.mjs";
import { ensurePackages } from "./setup/packages.mjs";
import { cache, root } from "./setup/paths.mjs";
import { runMain, say } from "./setup/say.mjs";

const node = process.execPath;
/** @param {string[]} words */
const tool = (...words) => [join(root, "node_modules", ...words)];

/** Each counts as one test. In this order: the types need the generated kernels. @type {[string, string[]][]} */
const checks = [
  ["format and lint", [...tool("@biomejs", "biome", "bin", "biome"), "check", "--error-on-warnings"]],
  ["kernel manifest", [join(root, "harness", "ts.mjs"), join(root, "harness", "kernels", "generate.ts")]],
  ["types", [...tool("typescript", "bin", "tsc"), "--noEmit"]],
  ["import directions", [join(root, "harness", "ts.mjs"), join(root, "harness", "imports", "check.ts")]],
];

await runMain(async () => {
  process.chdir(root);
  await ensurePackages("all");
  const { kind, environment } = await adapterOfThisRun();
  say(`testing on a ${kind} adapter`);
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const [name, args] of checks) {
    const code = await runChild(node, args, {});
    if (code === interrupted) return code;
    counts[code === 0 ? "passed" : "failed"] += 1;
    console.log(`${code === 0 ? "ok" : "FAILED"}: ${name}`);
  }
  const report = join(cache, "vitest.json");
  rmSync(report, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const vitest = [...tool("vitest", "vitest.mjs"), "run", ...reporters, ...process.argv.slice(2)];
  const code = await runChild(node, vitest, environment);
  if (code === interrupted) return code;
  const ran = vitestCounts(report);
  counts.passed += ran.passed;
  counts.skipped += ran.skipped;
  // Vitest also fails by what no test stands for: an error outside any test, no test found, a crash.
  counts.failed += code !== 0 && ran.failed === 0 ? 1 : ran.failed;
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  return counts.failed === 0 ? 0 : 1;
});

/** @param {string} file */
function vitestCounts(file) {
  try {
    const report = JSON.parse(readFileSync(file, "utf8"));
    const broken = report.testResults.filter(isBroken).length;
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests + broken,
      skipped: report.numPendingTests + report.numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/** A file that failed without any test of it failing: it could not be loaded. @param {{ status: string, assertionResults: { status: string }[] }} file */
function isBroken({ status, assertionResults }) {
  return status === "failed" && !assertionResults.some((each) => each.status === "failed");
}
