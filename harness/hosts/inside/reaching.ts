import type { CaseContext } from "../../case.ts";
import { isOf } from "../../uses/made.ts";

/** Ends a run whose program has none of the kernels that are asked for, before their pipelines are made: that takes longest. */
class Unreached extends Error {}

export function runsReaching(
  { pipelines }: CaseContext["device"],
  kernels: readonly string[],
): NonNullable<CaseContext["ifReaching"]> {
  let picks = false;
  const getAll = pipelines.getAll.bind(pipelines);
  pipelines.getAll = (wanted) => {
    if (picks && !wanted.some(({ kernel }) => kernels.some((name) => isOf(name, kernel)))) throw new Unreached();
    return getAll(wanted);
  };
  return async (action) => {
    picks = true;
    try {
      await action();
    } catch (error) {
      if (!(error instanceof Unreached)) throw error;
    } finally {
      picks = false;
    }
  };
}
