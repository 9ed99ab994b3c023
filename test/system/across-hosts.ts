// Compares what the training cases gave in different hosts; test/cases/hosts.test.ts runs the hosts.
import type { CaseResult, HostName } from "../../harness/case.ts";
import { assert, assertClose } from "../cases/support/assert.ts";
import type { TrainingValue } from "../cases/train/training.ts";
import { tolerance } from "../support/tolerance.ts";

export type ResultsOfHosts = ReadonlyMap<HostName, ReadonlyMap<string, CaseResult>>;

/** Fails unless the case gave the same losses and gradient norms in every host, within tolerance. */
export function compareTraining(name: string, hosts: ResultsOfHosts): void {
  const [first, ...others] = [...hosts].map(([host, results]) => {
    const value = results.get(name)?.value as TrainingValue | undefined;
    assert(value !== undefined, `${host} gave no result`);
    return { host, ...value };
  });
  assert(first !== undefined && others.length > 0, "expected results of several hosts");
  const allowed = tolerance.training(first.losses.length);
  for (const { host, losses, gradNorms } of others) {
    assertClose(`losses of ${host} and ${first.host}`, losses, first.losses, allowed);
    assertClose(`gradient norms of ${host} and ${first.host}`, gradNorms, first.gradNorms, allowed);
  }
}
