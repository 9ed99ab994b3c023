// What the trainer's guard is on both sides, and which options trainers and optimizers refuse. Without a GPU.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ArgumentError, losses, optim, ShapeError, zeros } from "../../src/index.ts";
import { FOUND, POWERS, WORD, WORDS } from "../../src/train/guard.ts";
import { KeptInputs } from "../../src/train/kept-inputs.ts";
import { at } from "../../src/train/optim/rate.ts";
import { checkTrainerOptions } from "../../src/train/options.ts";

test("host and kernels agree on the guard's words", () => {
  const source = readFileSync(new URL("../../kernels/lib/guard.wgsl", import.meta.url), "utf8");
  const constants: Record<string, number> = Object.fromEntries(
    [...source.matchAll(/^const (\w+) = (\d+)u;/gm)].map(([, k, v]) => [k, Number(v)]),
  );
  const words = Object.fromEntries(Object.entries(WORD).map(([name, word]) => [`GUARD_${name}`, word]));
  expect(constants).toEqual({
    ...words,
    GUARD_CORRECTION1: 8,
    GUARD_CORRECTION2: 9,
    GUARD_POWERS1: POWERS[0],
    GUARD_POWERS2: POWERS[1],
    GUARD_POWERS3: POWERS[2],
    GUARD_SHARE: 11,
    GUARD_IDLE: 109,
    ...Object.fromEntries(FOUND.map(([name, bit]) => [`NOT_FINITE_${name.toUpperCase()}`, bit])),
  });
  expect(WORDS).toBe(Math.max(...Object.values(constants)) + 1);
});

describe("options of optimizers", () => {
  const wrong: readonly [what: string, make: () => unknown, ...parts: string[]][] = [
    ["a learning rate that is NaN", () => optim.adamW({ learningRate: Number.NaN }), "adamW: learningRate is NaN"],
    ["a negative learning rate", () => optim.sgd({ learningRate: -1 }), "sgd: learningRate is -1", "≥ 0"],
    ["an infinite learning rate", () => optim.adagrad({ learningRate: Number.POSITIVE_INFINITY }), "Infinity"],
    [
      "a learning rate in words",
      () => optim.rmsprop({ learningRate: "0.1" as never }),
      'learningRate is "0.1"',
      "function",
    ],
    ["another library's name", () => optim.adam({ lr: 1 } as never), "no option lr", "use learningRate"],
    ["betas", () => optim.adam({ betas: [0.9, 0.99] } as never), "no option betas", "use beta1"],
    ["a beta of 1", () => optim.adam({ beta1: 1 }), "beta1 is 1"],
    ["a negative beta", () => optim.adamW({ beta2: -0.5 }), "beta2 is -0.5", "from 0 up to"],
    ["a beta that float32 rounds to 1", () => optim.adam({ beta2: 1 - 1e-9 }), "beta2", "float32"],
    ["a negative epsilon", () => optim.adamW({ epsilon: -1e-8 }), "epsilon is -1e-8"],
    ["an epsilon that is NaN", () => optim.adagrad({ epsilon: Number.NaN }), "epsilon is NaN"],
    ["a negative weight decay", () => optim.rmsprop({ weightDecay: -0.1 }), "weightDecay is -0.1"],
    ["a momentum above 1", () => optim.sgd({ momentum: 1.5 }), "momentum is 1.5"],
    ["nesterov without momentum", () => optim.sgd({ nesterov: true }), "nesterov does nothing where momentum is 0"],
    ["decays that is no function", () => optim.sgd({ decays: "weight" as never }), "decays", "a function"],
    ["null", () => optim.sgd(null as never), "options is null"],
  ];
  test.each(wrong)("%s", (_, make, ...parts) => {
    expect(make).toThrow(ArgumentError);
    for (const part of parts) expect(make).toThrow(part);
  });

  test("undefined is absent", () => {
    expect(() => optim.adamW({ learningRate: undefined, weightDecay: undefined } as never)).not.toThrow();
    expect(optim.adamW({ learningRate: undefined } as never).learningRate).toBe(1e-3);
  });

  test.each([[Number.NaN], [undefined], [-1e-3], ["0.1"], [Number.POSITIVE_INFINITY], [null], [Promise.resolve(0.1)]])(
    "a schedule that gives %s",
    (rate) => {
      const schedule = (step: number) => (step === 3 ? (rate as number) : 0);
      expect(at(schedule, 2)).toBe(0);
      expect(() => at(schedule, 3)).toThrow(ArgumentError);
      expect(() => at(schedule, 3)).toThrow(
        /^step 3: the schedule gives the learning rate .*, expected a finite number ≥ 0/,
      );
    },
  );
});

describe("options of trainers", () => {
  const fine = { inputs: {}, loss: () => {}, optimizer: optim.sgd() };
  test.each<[object, ...string[]]>([
    [{ inputs: {}, optimizer: optim.sgd(), loss: undefined }, "loss is undefined", "a function"],
    [{ ...fine, optimizer: null }, "optimizer is null", "optim.adamW()"],
    [{ ...fine, optimizer: { learningRate: 1 } }, "optimizer", "optim.adamW()"],
    [{ ...fine, optimizer: undefined, optimiser: optim.sgd() }, "no option optimiser", "use optimizer"],
    [{ ...fine, clipNorm: Number.NaN }, "clipNorm is NaN"],
    [{ ...fine, clipvalue: 1 }, "no option clipvalue", "use clipValue"],
    [{ ...fine, clipValue: 1, clipNorm: 1 }, "clipNorm and clipValue are given, expected one of them"],
    [{ ...fine, gradientAccumulationSteps: 0 }, "gradientAccumulationSteps is 0", "a positive integer"],
    [{ ...fine, accumulateSteps: 2 }, "no option accumulateSteps", "use gradientAccumulationSteps"],
    [{ ...fine, weightAverage: true }, "weightAverage is true", "an object"],
    [{ ...fine, weightAverage: { decay: 1 } }, "weightAverage.decay is 1", "from 0 up to"],
    [{ ...fine, weightAverage: { start: -1 } }, "weightAverage.start is -1"],
    [{ ...fine, ema: { decay: 0.9 } }, "no option ema", "use weightAverage"],
    [{ ...fine, seed: Number.NaN }, "seed is NaN", "an integer"],
    [{ ...fine, onNonFinite: "ignore" }, 'onNonFinite is "ignore"', '"throw", "skip", "continue"'],
    [{ ...fine, tune: "yes" }, "tune"],
  ])("%o", (options, ...parts) => {
    expect(() => checkTrainerOptions(options)).toThrow(ArgumentError);
    for (const part of parts) expect(() => checkTrainerOptions(options)).toThrow(part);
  });

  test("those that are right", () => {
    expect(() =>
      checkTrainerOptions({ ...fine, clipNorm: 0, seed: -1, tune: { budgetMs: 1 }, carry: undefined }),
    ).not.toThrow();
  });
});

test.each(["meanSquaredError", "meanAbsoluteError", "binaryCrossEntropy"] as const)("%s wants equal shapes", (name) => {
  const loss = losses[name];
  const value = (...shape: number[]) => zeros(shape);
  expect(loss(value(2, 3), value(2, 3)).shape).toEqual([]);
  for (const other of [value(3, 2), value(3), value(1, 3)]) {
    expect(() => loss(value(2, 3), other)).toThrow(ShapeError);
    expect(() => loss(value(2, 3), other)).toThrow(`${name}: predictions [2, 3] and targets`);
  }
});

describe("inputs that are kept", () => {
  test("are copies, of as many steps as are in flight, in memory that is used again", () => {
    const kept = new KeptInputs();
    const data = Float32Array.of(1, 2);
    kept.begin(1);
    kept.keep("x", data);
    data.fill(0);
    kept.begin(2);
    kept.keep("y", data);
    expect(kept.get(1, "x")).toEqual(Float32Array.of(1, 2));
    expect(kept.get(2, "x")).toBeUndefined();
    expect(kept.get(3, "x")).toBeUndefined();
    const first = kept.get(1, "x");
    kept.release(1);
    expect(kept.get(1, "x")).toBeUndefined();
    kept.begin(3);
    expect(kept.get(3, "x")).toBeUndefined();
    kept.keep("x", Float32Array.of(5, 6));
    expect(kept.get(3, "x")).toEqual(Float32Array.of(5, 6));
    expect(kept.get(3, "x")?.buffer).toBe(first?.buffer);
    for (let step = 4; step < 20; step++) kept.begin(step);
    expect(kept.get(3, "x")).toBeUndefined();
    kept.release(100);
    expect(kept.get(19, "x")).toBeUndefined();
  });
});
