// Which options trainers and optimizers refuse. Without a GPU.
import { describe, expect, test } from "vitest";
import { ArgumentError, optim, zeros } from "../../src/index.ts";
import { at } from "../../src/train/optim/rate.ts";
import { checkTrainerOptions, lossRecord } from "../../src/train/options.ts";

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
    ["dampening without momentum", () => optim.sgd({ dampening: 0.1 }), "dampening does nothing where momentum is 0"],
    [
      "no step of Newton's",
      () => optim.muon({ iterations: 0 }),
      "muon: iterations is 0, expected an integer from 1 to 100",
    ],
    ["too many of them", () => optim.muon({ iterations: 101 }), "iterations is 101"],
    ["half a one", () => optim.muon({ iterations: 2.5 }), "iterations is 2.5"],
    ["a norm of 0 to divide by", () => optim.muon({ epsilon: 0 }), "muon: epsilon is 0"],
    ["a scale of another name", () => optim.muon({ scale: "max" as never }), 'scale is "max"', '"rms", "spectral"'],
    ["options of the rest", () => optim.muon({ adamW: { beta1: 1 } }), "muon: adamW.beta1 is 1"],
    ["other options of the rest", () => optim.muon({ adamW: { lr: 1 } as never }), "no option adamW.lr"],
  ];
  test.each(wrong)("%s", (_, make, ...parts) => {
    expect(make).toThrow(ArgumentError);
    for (const part of parts) expect(make).toThrow(part);
  });

  test.each<[optim: keyof typeof optim, options: object]>([
    ["sgd", { momentum: 1, dampening: 1, nesterov: true, weightDecay: 0, learningRate: 0 }],
    ["sgd", { momentum: 0, dampening: 0, nesterov: false }],
    ["adam", { beta1: 0, beta2: 0, epsilon: 0, amsgrad: true }],
    ["adamW", { beta1: 0.5, beta2: 0.5, epsilon: 1, amsgrad: false, decays: () => true, groups: [] }],
    ["nadam", { beta1: 0, beta2: 0, epsilon: 0 }],
    ["nadamW", { beta1: 0.5, beta2: 0.5, epsilon: 1 }],
    ["lion", { beta1: 0, beta2: 0 }],
    ["rmsprop", { smoothing: 1, epsilon: 0, momentum: 1 }],
    ["adagrad", { epsilon: 0 }],
    ["muon", { momentum: 0, nesterov: false, iterations: 100, epsilon: 1e-9, scale: "spectral", matrices: /x/ }],
    ["muon", { iterations: 1, scale: "rms", adamW: { beta1: 0, beta2: 0, epsilon: 0, weightDecay: 0 } }],
  ])("%s takes what lies at the ends, %o", (name, options) => {
    const optimizer = (optim[name] as (options: object) => optim.Optimizer)(options);
    expect(optimizer.name).toBe(name);
    expect(() => (optim[name] as (options: object) => unknown)({ ...options, other: 1 })).toThrow("no option other");
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
    [{ ...fine, mixedPrecision: "float16" }, 'mixedPrecision is "float16"', "true or false"],
    [{ ...fine, accumulateSteps: 2 }, "no option accumulateSteps", "use gradientAccumulationSteps"],
    [{ ...fine, weightAverage: true }, "weightAverage is true", "an object"],
    [{ ...fine, weightAverage: { decay: 1 } }, "weightAverage.decay is 1", "from 0 up to"],
    [{ ...fine, weightAverage: { start: -1 } }, "weightAverage.start is -1"],
    [{ ...fine, ema: { decay: 0.9 } }, "no option ema", "use weightAverage"],
    [{ ...fine, seed: Number.NaN }, "seed is NaN", "an integer"],
    [{ ...fine, onNonFinite: "ignore" }, 'onNonFinite is "ignore"', '"throw", "skip", "continue"'],
    [{ ...fine, tune: "yes" }, "tune"],
    [{ ...fine, resume: 3 }, "resume is 3, expected a store of checkpoints, or the bytes of one"],
    [{ ...fine, resume: {} }, "resume is an object"],
    [{ ...fine, resume: [1, 2] }, "expected a store of checkpoints"],
  ])("%o", (options, ...parts) => {
    expect(() => checkTrainerOptions(options)).toThrow(ArgumentError);
    for (const part of parts) expect(() => checkTrainerOptions(options)).toThrow(part);
  });

  test.each([[new ArrayBuffer(8)], [new Uint8Array(8)], [{ load: () => undefined }], [undefined]])(
    "resume: %o is right",
    (resume) => expect(() => checkTrainerOptions({ ...fine, resume })).not.toThrow(),
  );

  test("those that are right", () => {
    expect(() =>
      checkTrainerOptions({ ...fine, clipNorm: 0, seed: -1, tune: { budgetMs: 1 }, carry: undefined }),
    ).not.toThrow();
  });
});

describe("what a loss function returns", () => {
  const loss = zeros([]);
  const metric = { statistics: { sum: loss }, finish: () => 0 };
  test("is a value, or a record of what is made of a batch", () => {
    expect(lossRecord(loss)).toEqual({ loss });
    const record = { loss, outputs: { guess: loss }, metrics: { metric }, carry: {} };
    expect(lossRecord(record)).toBe(record);
    expect(lossRecord({ loss, metrics: {} }).metrics).toEqual({});
  });

  test.each<[unknown, string]>([
    [undefined, "the loss function's result"],
    [{}, "loss is undefined, expected a Value"],
    [{ loss: 3 }, "loss is 3, expected a Value"],
    [{ loss, output: loss }, "no option output, expected one of loss, outputs, metrics, carry; use outputs"],
    [{ loss, metrics: [metric] }, "expected metrics by name"],
    [{ loss, metrics: { metric, other: 3 } }, "expected metrics by name"],
    [{ loss, metrics: { other: { statistics: {} } } }, "expected metrics by name"],
    [{ loss, metrics: { other: { finish: () => 0 } } }, "expected metrics by name"],
  ])("%#: not that", (result, text) => {
    expect(() => lossRecord(result as never)).toThrow(ArgumentError);
    expect(() => lossRecord(result as never)).toThrow(text);
  });
});
