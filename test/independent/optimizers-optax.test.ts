// Parameters after 50 steps beside optax's and Keras's (test/fixtures/optimizers.py).
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  add,
  float32,
  mul,
  nn,
  optim,
  Parameter,
  sum,
  Trainer,
  type TrainerOptions,
  type Value,
} from "../../src/node.ts";
import { assertClose } from "../cases/support/assert.ts";
import { device } from "../support/device.ts";
import { type Tolerance, tolerance } from "../support/tolerance.ts";

interface Fixture {
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly cases: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
}
const fixture: Fixture = JSON.parse(readFileSync(new URL("../fixtures/optimizers.json", import.meta.url), "utf8"));
const shapes = Object.entries(fixture.shapes);
const STEPS = 50;

const filled = (shape: readonly number[], make: (k: number) => number) =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => make(k));
const startOf = (i: number, shape: readonly number[]) => filled(shape, (k) => Math.cos(0.9 * k + 2 * i));
const gradientOf = (step: number, i: number, shape: readonly number[]) =>
  filled(shape, (k) => Math.sin(0.37 * step + 1.7 * k + i) + 0.4 * Math.cos(2.9 * k * step + i));

class Tensors extends nn.Module {
  readonly list = shapes.map(([, shape]) => new Parameter(shape, nn.initializers.zero));
}

type Extra = Omit<TrainerOptions<object, object>, "inputs" | "loss">;

/** A trainer whose gradients are what it is given. */
async function trainerOf(options: Extra) {
  const model = new Tensors();
  model.loadStateDict(device, new Map(shapes.map(([, shape], i) => [`list.${i}`, { shape, data: startOf(i, shape) }])));
  const trainer = await Trainer.create(device, model, {
    inputs: { g: shapes.map(([, shape]) => float32(shape)) },
    loss: ({ g }) => model.list.map((p, i) => sum(mul(p, g[i] as Value))).reduce((a, b) => add(a, b)),
    ...options,
  });
  return { model, trainer };
}

const nameOf = (name: string) => `list.${shapes.findIndex(([each]) => each === name)}`;
const rate = { learningRate: 0.01 };
const adaptive = tolerance.adaptive(STEPS, 0.01, 1e-3);

interface Row {
  readonly name: string;
  readonly options: Extra;
  readonly allowed: Tolerance;
}

/** What rounding does to small singular values grows by up to 3.4 in each iteration. */
const orthogonal = (learningRate: number): Tolerance => ({ relative: 0, absolute: STEPS * learningRate * 2e-5 });

/** Some of the tensors in a group. */
const grouped = (name: string, names: readonly string[], group: Omit<optim.ParameterGroup, "parameters">): Row => {
  const parameters = (path: string) => names.map(nameOf).includes(path);
  const optimizer = optim.sgd({ learningRate: 0.1, groups: [{ parameters, ...group }] });
  return { name, options: { optimizer }, allowed: tolerance.optimizer(STEPS) };
};

const rows: readonly Row[] = [
  {
    name: "momentum",
    options: { optimizer: optim.sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.01 }) },
    allowed: tolerance.optimizer(STEPS),
  },
  {
    name: "nesterov",
    options: { optimizer: optim.sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }), clipNorm: 2.5 },
    allowed: tolerance.optimizer(STEPS),
  },
  { name: "adam", options: { optimizer: optim.adam({ ...rate, beta1: 0.8, beta2: 0.95 }) }, allowed: adaptive },
  { name: "adamW", options: { optimizer: optim.adamW({ ...rate, weightDecay: 0.1 }) }, allowed: adaptive },
  {
    name: "rmsprop",
    options: { optimizer: optim.rmsprop({ ...rate, smoothing: 0.9, momentum: 0.9 }) },
    allowed: adaptive,
  },
  {
    name: "adagrad",
    options: { optimizer: optim.adagrad({ learningRate: 0.1 }) },
    allowed: tolerance.optimizer(STEPS),
  },
  {
    name: "muon",
    options: {
      optimizer: optim.muon({
        learningRate: 0.02,
        nesterov: false,
        scale: "spectral",
        adamW: { epsilon: 1e-7 },
        groups: [{ parameters: nameOf("bias"), rateFactor: 0.5 }],
      }),
    },
    allowed: orthogonal(0.02),
  },
  {
    name: "nesterovMuon",
    options: {
      optimizer: optim.muon({
        learningRate: 0.02,
        momentum: 0.9,
        weightDecay: 0,
        groups: [{ parameters: nameOf("bias"), frozen: true }],
      }),
    },
    allowed: orthogonal(0.02),
  },
  { name: "nadam", options: { optimizer: optim.nadam(rate) }, allowed: adaptive },
  {
    name: "nadamW",
    options: { optimizer: optim.nadamW({ ...rate, beta1: 0.8, beta2: 0.95, weightDecay: 0.1 }) },
    allowed: tolerance.adaptive(STEPS, 0.01, 5e-2),
  },
  {
    name: "lion",
    options: { optimizer: optim.lion({ ...rate, weightDecay: 0.1 }) },
    allowed: tolerance.optimizer(STEPS),
  },
  { name: "accumulated", options: { optimizer: optim.adam(rate), gradientAccumulationSteps: 5 }, allowed: adaptive },
  { name: "clipValue", options: { optimizer: optim.adam(rate), clipValue: 0.5 }, allowed: adaptive },
  {
    name: "clipParameterNorm",
    options: { optimizer: optim.sgd({ learningRate: 0.1 }), clipParameterNorm: 1.5 },
    allowed: tolerance.optimizer(STEPS),
  },
  grouped("maxNorm", ["wide", "tall"], { constraint: { maxNorm: 1.5 } }),
  grouped("unitNorm", ["wide", "tall", "bias"], { constraint: { minNorm: 1, maxNorm: 1, axis: 0 } }),
  grouped("minMaxNorm", ["wide", "tall"], { constraint: { minNorm: 0.5, maxNorm: 1.5, rate: 0.5, axis: [0, -1] } }),
  grouped("penalties", ["wide", "bias"], { l1: 0.01, l2: 0.02 }),
  {
    name: "amsgrad",
    options: { optimizer: optim.adam({ ...rate, amsgrad: true, beta2: 0.9, epsilon: 0 }) },
    allowed: tolerance.adaptive(STEPS, 0.01, 1e-1),
  },
];

const averaged: readonly Row[] = [
  {
    name: "average",
    options: { optimizer: optim.sgd({ learningRate: 0.1 }), weightAverage: { decay: 0.9 } },
    allowed: tolerance.optimizer(STEPS),
  },
  {
    name: "averageOfKeras",
    options: { optimizer: optim.sgd({ learningRate: 0.1 }), weightAverage: { decay: 0.9, debias: false } },
    allowed: tolerance.optimizer(STEPS),
  },
];

test.each([...rows, ...averaged])("$name", async ({ name, options, allowed }) => {
  const { model, trainer } = await trainerOf(options);
  for (let step = 1; step <= STEPS; step++) {
    const g = shapes.map(([, shape], i) => gradientOf(step, i, shape));
    trainer.stepWithoutLoss({ g } as never);
  }
  const found = options.weightAverage
    ? await trainer.withAverage(() => trainer.stateDict())
    : await trainer.stateDict();
  const wanted = fixture.cases[name] ?? {};
  expect(Object.keys(wanted)).toHaveLength(shapes.length);
  for (const [tensor, want] of Object.entries(wanted)) {
    assertClose(`${name}: ${tensor}`, found.get(nameOf(tensor))?.data ?? [], want, allowed);
  }
  trainer.dispose();
  model.dispose(device);
});
