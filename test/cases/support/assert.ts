import { type Tolerance, tolerance } from "../../support/tolerance.ts";

export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

export function assertEqual(what: string, got: unknown, want: unknown): void {
  const [a, b] = [JSON.stringify(got), JSON.stringify(want)];
  assert(a === b, `${what}: got ${a}, expected ${b}`);
}

/** Expects a rejection with an error of this name whose message holds all the parts. */
export async function assertRejects(name: string, parts: readonly string[], action: () => unknown): Promise<void> {
  let error: unknown;
  try {
    await action();
  } catch (caught) {
    error = caught;
  }
  assert(error instanceof Error, `expected ${name}, nothing was thrown`);
  assertEqual(`error "${error.message}"`, error.name, name);
  for (const part of parts) assert(error.message.includes(part), `"${error.message}" does not mention ${part}`);
}

/** How far `got` is off, as a share of the tolerance, and in words where it is too far. */
export interface Comparison {
  readonly used: number;
  readonly problem: string | null;
}

export function compare(got: ArrayLike<number>, want: ArrayLike<number>, allowed: Tolerance): Comparison {
  if (got.length !== want.length) {
    return { used: Number.POSITIVE_INFINITY, problem: `${got.length} numbers, expected ${want.length}` };
  }
  let [worst, used, count] = [-1, 0, 0];
  for (let i = 0; i < want.length; i++) {
    const [a, b] = [got[i] as number, want[i] as number];
    if (a === b) continue;
    const share = Math.abs(a - b) / (allowed.relative * Math.abs(b) + allowed.absolute);
    if (!(share <= 1)) count++;
    if (!(share <= used)) [worst, used] = [i, Number.isNaN(share) ? Number.POSITIVE_INFINITY : share];
  }
  if (count === 0) return { used, problem: null };
  const problem = `${count} of ${want.length} off, worst at ${worst}: got ${got[worst]}, expected ${want[worst]} (${times(used)})`;
  return { used, problem };
}

export const times = (used: number): string =>
  `${used < 1e6 ? used.toFixed(1) : used.toExponential(1)} times the tolerance`;

export function assertClose(what: string, got: ArrayLike<number>, want: ArrayLike<number>, allowed: Tolerance): void {
  const { problem } = compare(got, want, allowed);
  assert(problem === null, `${what}: ${problem}`);
}

/** Equal numbers; zeros of either sign are equal. */
export function assertSame(what: string, got: ArrayLike<number>, want: ArrayLike<number>): void {
  assertClose(what, got, want, tolerance.exact);
}
