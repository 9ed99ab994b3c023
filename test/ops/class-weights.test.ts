// Weights of classes by targets are what `take` picks, and so is their gradient; targets below zero give anything, without a gradient.
import { afterAll, beforeAll, expect, test } from "vitest";
import * as sg from "../../src/node.ts";
import { weightsOfTargets } from "../../src/ops/layout/class-weights.ts";

let device: sg.Device;
beforeAll(async () => {
  device = await sg.openDevice();
});
afterAll(() => device.dispose());

type Pick = (weights: sg.Value, targets: sg.Value) => sg.Value;
interface Inputs {
  readonly own: sg.Value;
  readonly targets: sg.Value;
  readonly factors: sg.Value;
  readonly shared: sg.Value;
  readonly single: sg.Value;
  readonly common: sg.Value;
}

/** Rows that count; those of targets below zero are left out as losses leave them out. */
const counted = (pick: Pick, weights: sg.Value, targets: sg.Value) =>
  sg.select(sg.greater(targets, -1), pick(weights, targets), 0);

/** Picks, and gradients: outside of loops, and in loops of weights or targets that are the step's own or the same for all. */
function all(pick: Pick, { own, targets, factors, shared, single, common }: Inputs) {
  const weighed = sg.mul(counted(pick, shared, targets), factors);
  const [, loops] = sg.scan([own, targets, factors] as const, sg.mul(shared, 1), (carry, [w, t, f]) => {
    const parts = [w, shared, carry].map((weights) => sg.sum(sg.mul(counted(pick, weights, t), f)));
    const ofCommon = sg.sum(sg.square(counted(pick, w, common)));
    return [sg.mul(carry, 0.5), parts.reduce((a, b) => sg.add(a, b), ofCommon)];
  });
  const loss = sg.add(sg.sum(sg.square(loops)), sg.add(sg.sum(weighed), pick(shared, single)));
  const [dOwn, dShared] = sg.gradients(loss, [own, shared]);
  return { weighed, loops, dOwn, dShared };
}

test("weights of targets, and their gradient, alone and in loops", async () => {
  const program = await sg.compile(device, null, {
    inputs: {
      own: sg.float32([3, 5]),
      targets: sg.int32([3, 4]),
      factors: sg.float32([3, 4]),
      shared: sg.float32([5]),
      single: sg.int32([]),
      common: sg.int32([2]),
    },
    fn: (inputs) => [all(weightsOfTargets, inputs), all(sg.take, inputs)] as const,
  });
  const numbers = (n: number, by: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(by * i) + 1.5);
  const tensors = await program.run({
    own: numbers(15, 0.7),
    targets: Int32Array.of(0, 4, -1, 2, 2, 2, 1, 0, -1, 3, 4, 4),
    factors: numbers(12, 1.3),
    shared: numbers(5, 2.1),
    single: Int32Array.of(3),
    common: Int32Array.of(4, 1),
  });
  const [got, expected] = await Promise.all(
    tensors.map((each) =>
      Promise.all(
        Object.entries(each).map(async ([name, tensor]) => [name, await (tensor as sg.Tensor).read()] as const),
      ),
    ),
  );
  expected?.forEach(([name, values], i) => {
    expect(values.every(Number.isFinite), name).toBe(true);
    const other = got?.[i]?.[1] ?? [];
    expect(other.length, name).toBe(values.length);
    other.forEach((value, k) => {
      expect(value, `${name}[${k}]`).toBeCloseTo(values[k] as number, 4);
    });
  });
  expect(expected?.length).toBe(4);
});
