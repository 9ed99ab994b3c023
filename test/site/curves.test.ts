/** The curves of a run, which page and worker keep alike. */
import { expect, test } from "vitest";
import { Curves } from "../../site/playground/curves.ts";

const pointOf = (step: number) => ({ step, loss: 1 / step, gradNorm: step });

test("a long run's curve has each step once, in their order, and no more points than are drawn", () => {
  const curves = new Curves();
  for (let step = 1; step <= 10_000; step++) {
    curves.add(pointOf(step));
    if (step === 3999) expect(curves.points).toHaveLength(3999);
  }
  const { points, stride } = curves;
  expect(stride).toBe(4);
  expect(points).toHaveLength(2500);
  expect(points.map(({ step }) => step)).toEqual(Array.from({ length: 2500 }, (_, i) => 4 * (i + 1)));
  expect(points.at(-1)?.gradNorm).toBe((9997 + 9998 + 9999 + 10_000) / 4);
});

test("curves that are taken over, or come from a checkpoint, go on as if they had been there all the time", () => {
  const whole = new Curves();
  for (let step = 1; step <= 6000; step++) whole.add(pointOf(step));
  const [first, taken, restored] = [new Curves(), new Curves(), new Curves()];
  for (let step = 1; step <= 5000; step++) first.add(pointOf(step));
  first.validations.push({ step: 5000, loss: 1, accuracy: null });
  taken.take(first.points, first.validations, first.stride);
  restored.restore(JSON.parse(JSON.stringify(first.state())));
  for (let step = 5001; step <= 6000; step++) for (const each of [taken, restored]) each.add(pointOf(step));
  expect(taken.points).toEqual(whole.points);
  expect(restored.points).toEqual(whole.points);
  expect(restored.validations).toEqual([{ step: 5000, loss: 1, accuracy: null }]);
});
