/** jax-js is lazy: what a jitted call gives is not even submitted before somebody asks for it. */
import type { JaxArray } from "@jax-js/jax";

/**
 * Runs steps, asks for each one's result without waiting for it, and at the end reads one number of the last. A result that
 * was dropped unasked would not have been computed. Asking costs a submit of its own, which the count has with it.
 */
export async function runSteps(steps: number, step: () => JaxArray, queued: () => void): Promise<void> {
  const results: JaxArray[] = [];
  const asked: Promise<JaxArray>[] = [];
  for (let i = 0; i < steps; i++) {
    const result = step();
    results.push(result);
    asked.push(result.blockUntilReady());
    // lets it submit what was asked for
    await null;
  }
  await Promise.all(asked);
  queued();
  const last = results.pop() as JaxArray;
  for (const each of results) each.dispose();
  const one = last.shape.length === 0 ? last : last.slice(...last.shape.map(() => 0));
  const [value] = await one.data();
  if (!Number.isFinite(value)) throw new Error(`jax-js gives ${value}`);
}
