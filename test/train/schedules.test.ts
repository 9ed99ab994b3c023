// Learning rates against optax's (test/fixtures/schedules.py), and what is refused.
import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { ArgumentError, DataError } from "../../src/errors.ts";
import { schedules } from "../../src/index.ts";

interface Fixture {
  readonly rates: Readonly<Record<string, readonly number[]>>;
  readonly measures: readonly number[];
  readonly plateaus: readonly { readonly options: schedules.PlateauOptions; readonly rates: readonly number[] }[];
}
const fixture: Fixture = JSON.parse(readFileSync(new URL("../fixtures/schedules.json", import.meta.url), "utf8"));

// made where they are tested: what goes wrong in the making is then a test's
const ours: Readonly<Record<string, () => schedules.ScheduleFunction>> = {
  constant: () => schedules.constant(0.3),
  step: () => schedules.step(0.4, { every: 7, factor: 0.5 }),
  exponential: () => schedules.exponential(0.2, { steps: 10, factor: 0.5 }),
  "exponential, staircase": () => schedules.exponential(0.2, { steps: 10, factor: 0.5, staircase: true }),
  "exponential, end": () => schedules.exponential(0.2, { steps: 10, factor: 0.5, end: 0.05 }),
  "exponential, rising": () => schedules.exponential(0.001, { steps: 5, factor: 2, end: 0.1 }),
  polynomial: () => schedules.polynomial(0.5, { steps: 25, end: 0.1, power: 2 }),
  linear: () => schedules.polynomial(0.5, { steps: 25 }),
  cosine: () => schedules.cosine(0.5, { steps: 25, end: 0.1 }),
  "cosine restarts": () => schedules.cosineRestarts(0.5, { steps: 5, growth: 2, factor: 0.8, end: 0.01 }),
  "cosine restarts, equal": () => schedules.cosineRestarts(0.5, { steps: 9 }),
  "warm-up": () => schedules.warmUp(schedules.cosine(0.5, { steps: 25, end: 0.05 }), { steps: 8, start: 0.01 }),
  joined: () => schedules.joined([0.1, schedules.constant(0.01), 0.05], [10, 30]),
  "one cycle": () => schedules.oneCycle(0.6, { steps: 30, startDivisor: 20, endDivisor: 100 }),
};

describe("schedules are optax's, whose first step is 0", () => {
  it("for all of them", () => expect(Object.keys(ours)).toEqual(Object.keys(fixture.rates)));
  it.each(Object.entries(fixture.rates))("%s", (name, rates) => {
    const schedule = (ours[name] as () => schedules.ScheduleFunction)();
    for (const [t, rate] of rates.entries()) expect(schedule(t + 1), `step ${t + 1}`).toBeCloseTo(rate, 9);
  });
});

test("one cycle along lines, and the rate of Vaswani et al.", () => {
  const cycle = schedules.oneCycle(1, { steps: 10, rise: 0.5, startDivisor: 10, endDivisor: 10, shape: "linear" });
  for (const [step, rate] of [
    [1, 0.1],
    [6, 1],
    [11, 0.01],
    [50, 0.01],
  ] as const) {
    expect(cycle(step)).toBeCloseTo(rate, 12);
  }
  expect(cycle(3)).toBeCloseTo(0.1 + 0.9 * 0.4, 12);
  const root = schedules.inverseSquareRoot(0.5, { warmUp: 4 });
  expect([1, 2, 4, 16, 100].map(root)).toEqual([0.125, 0.25, 0.5, 0.25, 0.1]);
});

test("a wave of cosines begins where the one before ended, however many there were", () => {
  const waves = schedules.cosineRestarts(1, { steps: 3, growth: 3, end: 0 });
  for (let [start, length] = [0, 3]; start < 1e9; start += length, length *= 3) {
    expect(waves(start + 1), `wave at ${start}`).toBe(1);
    expect(waves(start + length)).toBeLessThan(0.3);
  }
});

describe("a plateau", () => {
  it.each(fixture.plateaus)("falls as optax's with $options", ({ options, rates }) => {
    const rate = schedules.plateau(0.8, options);
    for (const [i, measure] of fixture.measures.entries()) {
      const before = rate(1);
      expect(rate.report(measure)).toBe(rate(1) !== before);
      expect(rate(i + 1), `report ${i}`).toBeCloseTo(rates[i] as number, 9);
    }
  });

  it("looks for larger measures where it is told, and what is not finite is never better", () => {
    const rate = schedules.plateau(1, { mode: "max", patience: 1, factor: 0.5, threshold: 0 });
    for (const measure of [0.5, 0.6, Number.NaN]) expect(rate.report(measure)).toBe(false);
    expect(rate.report(Number.POSITIVE_INFINITY)).toBe(true);
    expect([rate(9), rate.state]).toEqual([0.5, { rate: 0.5, best: 0.6, waited: 0, cooling: 0 }]);
  });

  it("goes on from a state as if it had never stopped", () => {
    const options = { factor: 0.5, patience: 1, cooldown: 2, threshold: 0.01 };
    const whole = schedules.plateau(0.8, options);
    let resumed = schedules.plateau(0.8, options);
    for (const measure of fixture.measures) {
      const state = JSON.parse(JSON.stringify(resumed.state));
      resumed = schedules.plateau(123, options);
      resumed.restore(state);
      expect(resumed.report(measure)).toBe(whole.report(measure));
      expect([resumed(1), resumed.state]).toEqual([whole(1), whole.state]);
    }
  });
});

test.each<readonly [() => unknown, string]>([
  [() => schedules.constant(-1), "schedules.constant: rate is -1"],
  [() => schedules.step(0.1, { every: 0 }), "schedules.step: every is 0"],
  [() => schedules.step(0.1, {} as never), "schedules.step: every is undefined"],
  [() => schedules.exponential(0.1, { factor: 0 }), "schedules.exponential: factor is 0"],
  [() => schedules.polynomial(Number.NaN, { steps: 3 }), "schedules.polynomial: rate is NaN"],
  [() => schedules.cosine(0.1, { steps: 3, alpha: 1 } as never), "schedules.cosine: there is no option alpha"],
  [() => schedules.cosineRestarts(0.1, { steps: 1.5 }), "schedules.cosineRestarts: steps is 1.5"],
  [() => schedules.warmUp("0.1" as never, { steps: 3 }), 'schedules.warmUp: schedule is "0.1"'],
  [() => schedules.joined([0.1, 0.2], []), "2 schedules and boundaries [], expected one boundary fewer"],
  [() => schedules.joined([0.1, 0.2, 0.3], [4, 4]), "each later than the one before"],
  [() => schedules.oneCycle(0.1, { steps: 3, rise: 1 }), "schedules.oneCycle: rise is 1"],
  [() => schedules.inverseSquareRoot(0.1, { warmUp: 0 }), "schedules.inverseSquareRoot: warmUp is 0"],
  [() => schedules.plateau(0.1, { factor: 1 }), "schedules.plateau: factor is 1"],
  [() => schedules.warmUp(() => Number.NaN, { steps: 3 })(2), "step 1: the schedule gives the learning rate NaN"],
])("%s is refused", (call, text) => {
  expect(call).toThrow(ArgumentError);
  expect(call).toThrow(text);
});

test("a plateau refuses what is no measure and no state", () => {
  const rate = schedules.plateau(0.1);
  expect(() => rate.report("0.1" as never)).toThrow(DataError);
  for (const wrong of [
    { rate: -1 },
    { rate: 1, best: Number.NaN, waited: 0, cooling: 0 },
    { ...rate.state, waited: 0.5 },
  ]) {
    expect(() => rate.restore(wrong as never)).toThrow("plateau.restore: got");
  }
  expect(rate(1)).toBe(0.1);
});
