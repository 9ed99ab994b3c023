import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CaseResult, type HostName, type HostReport, hostNames } from "../../harness/case.ts";
import { runCases } from "../../harness/hosts/index.ts";
import { compareTraining } from "../system/across-hosts.ts";
import { cases } from "./index.ts";
import { trainingCases } from "./train/training.ts";

const names = cases.map(({ name }) => name);
/**
 * Most of what these take is the compiling of many kernels. Chromium compiles as Node does (both have Dawn), so it leaves them
 * to `npm run hosts`. Deno's compiler is another one, and what it makes takes the software adapter four times as long: it runs
 * one of each kind of these. Both run all kernels in other cases, which a test below makes sure of.
 */
const COMPILING =
  /^(cell, |a layer of a cell of one's own|gradientNorms|mixed precision reads|scan structures, T 1|(LSTM|GRU|RNN) (options|inspected|layers with odd units)|half models|float16 (lstm|gru|rnn|matmul by)|(lstm|gru|rnn)\b.*(wide sequences|by quads|in reverse|, reverse|whole rows|activations|bias apart)|recurrent layers' |attention (of 4096|dropout|by products, 8192)|attention, ALiBi)/;
const ONE_OF_EACH =
  /^(cell, (products of two states|a state that another|sums over rows and no)|float16 (rnn|lstm, wide)|lstm recurrence by quads|gru, reset before, by whole rows|attention dropout)/;
const leaves: Readonly<Partial<Record<HostName, (name: string) => boolean>>> = {
  chromium: (name) => COMPILING.test(name),
  deno: (name) => COMPILING.test(name) && !ONE_OF_EACH.test(name),
};
const namesIn = (host: HostName) => names.filter((name) => !leaves[host]?.(name));

/** What each host gave, for comparisons between them. */
const resultsOf = new Map<HostName, Map<string, CaseResult>>();

test("no two cases have one name", () => {
  expect(names).toEqual([...new Set(names)]);
});

/** Hosts that run at a time: all, as each takes one core most of the time, and the last one alone left the others idle. */
const AT_ONCE = 3;
const TIMEOUT_MS = 1_800_000;
const reports = new Map<HostName, Promise<HostReport>>();

// biome-ignore lint/correctness/noEmptyPattern: vitest takes only a pattern here
beforeAll(({}, file) => {
  const running: Promise<unknown>[] = [];
  for (const [i, host] of hostNames.entries()) {
    const suite = file.tasks.find((task) => task.type === "suite" && task.name === host);
    const tasks = suite?.type === "suite" ? suite.tasks : [];
    const selected = new Set(tasks.filter(({ mode }) => mode === "run" || mode === "queued").map(({ name }) => name));
    if (selected.size === 0) continue;
    const before = running[i - AT_ONCE] ?? Promise.resolve();
    const report = before.then(() => runCases(host, { filter: (name) => selected.has(name), timeoutMs: TIMEOUT_MS }));
    reports.set(host, report);
    // told to the tests of this host; whoever waits for its place goes on
    running[i] = report.catch(() => {});
  }
});

for (const host of hostNames) {
  describe(host, () => {
    let report: HostReport | undefined;
    let results: Map<string, CaseResult>;

    beforeAll(async () => {
      report = await reports.get(host);
      if (report === undefined) throw new Error(`${host} was not started`);
      results = new Map(report.results.map((result) => [result.name, result]));
      resultsOf.set(host, results);
      console.log(`${host}: ${report.adapter}`);
    }, TIMEOUT_MS);

    test.for(namesIn(host))("%s", (name) => {
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

// By what Node used, which runs all of them. Programs make kernels of loops themselves.
test.for(["chromium", "deno"] as const)(
  "%s runs every kernel in a case that it does not leave out",
  (host, { skip }) => {
    const ran = resultsOf.get("node");
    if (!ran || names.some((name) => !ran.has(name))) skip("Node did not run all cases");
    const used = (chosen: readonly string[]) =>
      new Set(chosen.flatMap((name) => ran?.get(name)?.kernels ?? []).filter((kernel) => !kernel.startsWith("loop_")));
    const here = used(namesIn(host));
    expect([...used(names)].filter((kernel) => !here.has(kernel))).toEqual([]);
  },
);
