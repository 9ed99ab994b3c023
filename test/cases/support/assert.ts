import type { Tolerance } from "../../tolerance.ts";

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

/** The worst element that is further off than the tolerance allows, in words; null where all are close. */
export function mismatch(got: ArrayLike<number>, want: ArrayLike<number>, allowed: Tolerance): string | null {
  if (got.length !== want.length) return `${got.length} numbers, expected ${want.length}`;
  let [worst, worstRatio, count] = [-1, 0, 0];
  for (let i = 0; i < want.length; i++) {
    const [a, b] = [got[i] as number, want[i] as number];
    const error = Math.abs(a - b);
    const bound = allowed.relative * Math.abs(b) + allowed.absolute;
    if (a === b || error <= bound) continue;
    count++;
    const ratio = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error / Math.max(bound, 1e-45);
    if (worst < 0 || ratio > worstRatio) [worst, worstRatio] = [i, ratio];
  }
  if (worst < 0) return null;
  const times = worstRatio < 1e6 ? worstRatio.toFixed(1) : worstRatio.toExponential(1);
  return `${count} of ${want.length} off, worst at ${worst}: got ${got[worst]}, expected ${want[worst]} (${times} times the tolerance)`;
}

export function assertClose(
  what: string,
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  allowed: Tolerance,
): void {
  const problem = mismatch(got, want, allowed);
  assert(problem === null, `${what}: ${problem}`);
}

/** Bit for bit, apart from the sign of zero. */
export function assertSame(what: string, got: ArrayLike<number>, want: ArrayLike<number>): void {
  assertClose(what, got, want, { relative: 0, absolute: 0 });
}
