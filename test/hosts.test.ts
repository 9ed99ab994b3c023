import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CaseResult, type HostName, type HostReport, hostNames } from "../harness/case.ts";
import { runCases } from "../harness/hosts/index.ts";
import { cases } from "./cases/index.ts";
import { trainingCases } from "./cases/training.ts";
import { compareTraining } from "./system/across-hosts.ts";

const names = cases.map(({ name }) => name);
/** What each host gave, for comparisons between them. */
const resultsOf = new Map<HostName, Map<string, CaseResult>>();

test("no two cases have one name", () => {
  expect(names).toEqual([...new Set(names)]);
});

// One host after the other: each would have the whole machine for itself.
for (const host of hostNames) {
  describe(host, () => {
    let report: HostReport | undefined;
    let results: Map<string, CaseResult>;

    // biome-ignore lint/correctness/noEmptyPattern: vitest takes only a pattern here
    beforeAll(async ({}, { tasks }) => {
      const selected = new Set(tasks.filter(({ mode }) => mode === "run" || mode === "queued").map(({ name }) => name));
      report = await runCases(host, { filter: (name) => selected.has(name) });
      results = new Map(report.results.map((result) => [result.name, result]));
      resultsOf.set(host, results);
      console.log(`${host}: ${report.adapter}`);
    }, 600_000);

    test.for(names)("%s", (name) => {
      const result = results.get(name);
      if (result === undefined) throw new Error(`${host} gave no result`);
      if (!result.ok) throw new Error(result.error);
    });

    afterAll(() => {
      expect(report?.pageErrors ?? []).toEqual([]);
    });
  });
}

// After the hosts, whose results it compares.
describe("all hosts train alike", () => {
  test.for(trainingCases.map(({ name }) => name))("%s", (name, { skip }) => {
    const missing = hostNames.filter((host) => !resultsOf.get(host)?.has(name));
    if (missing.length > 0) skip(`${missing.join(" and ")} did not run it`);
    compareTraining(name, resultsOf);
  });
});
