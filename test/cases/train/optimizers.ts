import type { Case, CaseContext } from "../../../harness/case.ts";
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
} from "../../../src/index.ts";
import { type NdArray, uniform } from "../../reference/array.ts";
import {
  averageOf,
  clip,
  clipValues,
  constrain,
  normOf,
  optimizers,
  penaltyOf,
  type Settings,
} from "../../reference/optimizers.ts";
import { type Tolerance, tolerance } from "../../support/tolerance.ts";
import { assertClose, assertEqual } from "../support/assert.ts";
import { type AdapterKind, adapterKinds, withProfile } from "../support/profile.ts";

/** Sizes that fill no vector of four, one that passes a workgroup, one that passes a chunk of the norm. */
const SHAPES: Shapes = { weight: [3, 5], bias: [1], scale: [65], table: [67, 65] };
/**
 * Around the chunks of the norm, 2048 elements on software adapters and 4096 on hardware, and around the four chunks that a
 * workgroup has there. Each is a segment of its own: every other one decays. On software adapters they have 64 chunks, so that
 * what is written past the last lies in no padding.
 */
const EDGES: Shapes = Object.fromEntries(
  [1, 2047, 2048, 2049, 4095, 4096, 4097, 8191, 8192, 8193, 39 * 2048].map((size) => [`of_${size}`, [size]]),
);
/** Wide ones, of which two share their dispatches, and a tall one. */
const MATRICES: Shapes = { weight: [3, 5], bias: [1], other: [3, 5], table: [20, 12] };
const STEPS = 5;

type Shapes = Readonly<Record<string, readonly number[]>>;

class Tensors extends nn.Module {
  readonly list: Readonly<Record<string, Parameter>>;

  constructor(shapes: Shapes) {
    super();
    this.list = Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [name, new Parameter(shape, nn.initializers.zero)]),
    );
  }
}

const initial = (shapes: Shapes): NdArray[] => Object.values(shapes).map((shape, i) => uniform(shape, 50 + i));
/**
 * Gradients of a step; every third element is 0 in all steps, which an optimizer must survive. The last one of long tensors
 * is so large that a norm without it would be wrong.
 */
const gradientsAt = (shapes: Shapes, step: number): NdArray[] =>
  Object.values(shapes).map((shape, i) => {
    const x = uniform(shape, 100 * step + i);
    const last = shapes === EDGES ? x.data.length - 1 : -1;
    return { ...x, data: x.data.map((value, k) => (k === last ? 2 + value : k % 3 === 1 ? 0 : value)) };
  });

interface Trial {
  readonly name: keyof typeof optimizers;
  readonly settings: Settings;
  readonly shapes?: Shapes;
  readonly steps?: number;
  readonly clipNorm?: number;
  readonly clipValue?: number;
  readonly clipParameterNorm?: number;
  /** By tensor; the others are in no group. */
  readonly groups?: Readonly<Record<string, Omit<optim.ParameterGroup, "parameters">>>;
  readonly decays?: (name: string) => boolean;
  readonly schedule?: (step: number) => number;
  /** Set on the trainer before the third step. */
  readonly override?: number;
  readonly tolerance?: Tolerance;
  /** Batches whose mean gradients make an update; `steps` counts updates. */
  readonly accumulate?: number;
  readonly average?: TrainerOptions<object, object>["weightAverage"];
  /** After the second step comes one that changes nothing, since its gradients are NaN. */
  readonly spoilt?: boolean;
}

/** [outer, n, inner], the norms being along n. */
function vectorsOf(shape: readonly number[], { axis }: optim.NormConstraint): [number, number, number] {
  const [rows, columns] = shape.length === 1 ? [1, shape[0] as number] : (shape as [number, number]);
  return axis === 0 && shape.length === 2 ? [1, rows, columns] : [rows, columns, 1];
}

/** The loss Σ g · p has the gradients g. */
async function trial({ device }: CaseContext, options: Trial): Promise<void> {
  const { name, settings, shapes = SHAPES, steps = STEPS, decays, schedule, override, groups = {} } = options;
  const { clipNorm = 0, clipValue = 0, clipParameterNorm = 0, accumulate = 1, average } = options;
  const names = Object.keys(shapes);
  const model = new Tensors(shapes);
  const start = initial(shapes);
  model.loadStateDict(
    device,
    new Map(start.map(({ shape, data }, i) => [`list.${names[i]}`, { shape, data: Float32Array.from(data) }])),
  );
  const { learningRate, ...rest } = settings;
  const optimizer = optim[name]({
    ...rest,
    learningRate: schedule ?? learningRate,
    ...(decays ? { decays: (path: string) => decays(path.slice(5)) } : {}),
    groups: Object.entries(groups).map(([tensor, group]) => ({ parameters: `*.${tensor}`, ...group })),
  });
  using trainer = await Trainer.create(device, model, {
    inputs: { g: Object.values(shapes).map((shape) => float32(shape)) },
    loss: ({ g }) =>
      names
        .map((key, i) => sum(mul(model.list[key] as Parameter, g[i] as Value)))
        .reduce((total, term) => add(total, term)),
    optimizer,
    clipNorm,
    clipValue,
    clipParameterNorm,
    onNonFinite: options.spoilt ? "skip" : "throw",
    gradientAccumulationSteps: accumulate,
    ...(average ? { weightAverage: average } : {}),
  });
  const frozen = names.map((key) => groups[key]?.frozen ?? false);
  const updates = start.map(({ data, shape }, i) => {
    const key = names[i] as string;
    const weightDecay = groups[key]?.weightDecay ?? (decays && !decays(key) ? 0 : settings.weightDecay);
    return optimizers[name]({ ...settings, ...(weightDecay === undefined ? {} : { weightDecay }) })(data.length, shape);
  });
  let parameters = start.map(({ data }) => data);
  const averaged = parameters.map((p) => averageOf(p, average ?? {}));
  for (let step = 1; step <= steps; step++) {
    if (step === 3 && override !== undefined) trainer.learningRate = override;
    const sums = start.map(({ data }) => new Float64Array(data.length));
    let trained = sums;
    for (let batch = 1; batch <= accumulate; batch++) {
      // also with a batch of the mean before it, where there are any
      if (step === 3 && batch === accumulate && options.spoilt) {
        const g = start.map(({ data }) => new Float32Array(data.length).fill(Number.NaN));
        assertEqual("skipped", (await trainer.step({ g })).skipped, true);
      }
      const given = gradientsAt(shapes, (step - 1) * accumulate + batch);
      const wanted = given.map(({ data }) => data);
      trainer.replay.poison();
      const { loss, gradNorm } = await trainer.step({ g: given.map(({ data }) => Float32Array.from(data)) });
      const expectedLoss = parameters.reduce(
        (total, p, i) => total + p.reduce((sum, x, k) => sum + x * (wanted[i]?.[k] as number), 0),
        0,
      );
      assertClose(`loss of step ${step}`, [loss], [expectedLoss], tolerance.reduction(4500));
      sums.forEach((total, i) => {
        for (let k = 0; k < total.length; k++) total[k] = (total[k] as number) + (wanted[i]?.[k] as number);
      });
      trained = sums.map((g, i) => {
        const { l1 = 0, l2 = 0 } = groups[names[i] as string] ?? {};
        return g.map((x, k) => (frozen[i] ? 0 : x / batch + penaltyOf(parameters[i]?.[k] as number, l1, l2)));
      });
      assertClose(`norm of step ${step}`, [gradNorm], [normOf(trained)], tolerance.reduction(100));
    }
    const used =
      clipValue > 0
        ? clipValues(trained, clipValue)
        : clipNorm > 0
          ? clip(trained, clipNorm)
          : trained.map((g) => (clipParameterNorm > 0 ? (clip([g], clipParameterNorm)[0] as Float64Array) : g));
    // a batch that was skipped counts
    const counted = Math.ceil(trainer.steps / accumulate);
    const rate = step >= 3 && override !== undefined ? override : (schedule?.(counted) ?? learningRate);
    parameters = parameters.map((p, i) => {
      const { learningRate: own = rate, rateFactor = 1, constraint } = groups[names[i] as string] ?? {};
      const ours = rateFactor * (typeof own === "number" ? own : own(counted));
      if (frozen[i]) return p;
      const next = (updates[i] as (typeof updates)[number])(p, used[i] as Float64Array, step, ours);
      return constraint ? constrain(next, vectorsOf(start[i]?.shape ?? [], constraint), constraint) : next;
    });
    for (const [i, each] of averaged.entries()) each.update(parameters[i] as Float64Array, step);
  }
  const found = await trainer.stateDict();
  names.forEach((key, i) => {
    const got = found.get(`list.${key}`)?.data ?? [];
    assertClose(key, got, parameters[i] as Float64Array, options.tolerance ?? tolerance.optimizer(STEPS));
  });
  if (!average) return;
  const means = await trainer.withAverage(() => trainer.stateDict());
  names.forEach((key, i) => {
    const got = means.get(`list.${key}`)?.data ?? [];
    assertClose(`average of ${key}`, got, averaged[i]?.value() ?? [], options.tolerance ?? tolerance.optimizer(STEPS));
  });
  const again = await trainer.stateDict();
  for (const key of names)
    assertEqual(key, [...(again.get(`list.${key}`)?.data ?? [])], [...(found.get(`list.${key}`)?.data ?? [])]);
}

/** Muon's: what rounding does to small singular values grows by up to 3.4 in each of five iterations. */
const orthogonal = (learningRate: number): Tolerance => ({ relative: 1e-6, absolute: STEPS * learningRate * 2e-5 });

/** Along either axis of matrices, to one norm and to within bounds, at once and by and by; penalties of each kind and both. */
const BOUNDED: Trial["groups"] = {
  weight: { l1: 0.3, constraint: { minNorm: 1, maxNorm: 1, axis: 0 } },
  bias: { l1: 0.05, l2: 0.2 },
  scale: { l2: 0.1, constraint: { maxNorm: 2, rate: 0.5 } },
  table: { constraint: { minNorm: 4.3, maxNorm: 4.8, axis: -1 } },
};

const trials: Readonly<Record<string, Trial>> = {
  "sgd plain": { name: "sgd", settings: { learningRate: 0.1 } },
  "sgd weight decay": { name: "sgd", settings: { learningRate: 0.1, weightDecay: 0.1 } },
  "sgd momentum": { name: "sgd", settings: { learningRate: 0.1, momentum: 0.9, weightDecay: 0.01 } },
  "sgd nesterov": { name: "sgd", settings: { learningRate: 0.1, momentum: 0.9, nesterov: true } },
  "sgd dampening": { name: "sgd", settings: { learningRate: 0.1, momentum: 0.8, dampening: 0.3 } },
  "sgd clipped": { name: "sgd", settings: { learningRate: 0.1, momentum: 0.9 }, clipNorm: 2.5 },
  "sgd clipped by more than the norm": { name: "sgd", settings: { learningRate: 0.1 }, clipNorm: 1e4 },
  "sgd schedule": { name: "sgd", settings: { learningRate: 0 }, schedule: (step) => 0.1 / step },
  "sgd learning rate set": { name: "sgd", settings: { learningRate: 0.1 }, override: 0.025 },
  adamW: { name: "adamW", settings: { learningRate: 0.01 } },
  "adamW clipped, with weight decay and betas": {
    name: "adamW",
    settings: { learningRate: 0.02, weightDecay: 0.2, beta1: 0.8, beta2: 0.95, epsilon: 1e-6 },
    clipNorm: 3,
  },
  "adamW decay by name": {
    name: "adamW",
    settings: { learningRate: 0.02, weightDecay: 0.5 },
    decays: (name) => name === "weight" || name === "table",
  },
  "adamW schedule": { name: "adamW", settings: { learningRate: 0 }, schedule: (step) => 0.01 * (1 - step / 10) },
  adam: { name: "adam", settings: { learningRate: 0.01 } },
  "adam weight decay": { name: "adam", settings: { learningRate: 0.01, weightDecay: 0.1 } },
  "adam amsgrad": { name: "adam", settings: { learningRate: 0.01, amsgrad: true, beta2: 0.7, weightDecay: 0.1 } },
  "adamW amsgrad, clipped": {
    name: "adamW",
    settings: { learningRate: 0.01, amsgrad: true, beta2: 0.7, epsilon: 1e-3 },
    clipNorm: 3,
  },
  nadam: { name: "nadam", settings: { learningRate: 0.01, weightDecay: 0.1, beta1: 0.8 } },
  "nadamW clipped by value": { name: "nadamW", settings: { learningRate: 0.01, weightDecay: 0.3 }, clipValue: 0.25 },
  lion: { name: "lion", settings: { learningRate: 0.01 } },
  "lion, weight decay, groups": {
    name: "lion",
    settings: { learningRate: 0.01, weightDecay: 0.5, beta1: 0.7, beta2: 0.9 },
    groups: { bias: { rateFactor: 4, weightDecay: 0 }, table: { learningRate: (step) => 0.02 / step } },
    clipNorm: 3,
  },
  "sgd groups, frozen and by value, learning rate set": {
    name: "sgd",
    settings: { learningRate: 0.1, momentum: 0.9, weightDecay: 0.2 },
    groups: { scale: { frozen: true }, bias: { weightDecay: 0.1 }, table: { learningRate: 0.01, rateFactor: 0.5 } },
    decays: (name) => name !== "bias",
    override: 0.05,
    clipValue: 0.5,
  },
  muon: {
    name: "muon",
    settings: { learningRate: 0.01 },
    shapes: MATRICES,
    tolerance: orthogonal(0.01),
    steps: 3,
    spoilt: true,
  },
  "muon spectral, without looking ahead, decay by name": {
    name: "muon",
    settings: { learningRate: 0.02, scale: "spectral", nesterov: false, momentum: 0.5, weightDecay: 0.3 },
    decays: (name) => name !== "weight",
    shapes: MATRICES,
    clipNorm: 3,
    steps: 2,
    tolerance: orthogonal(0.02),
  },
  rmsprop: { name: "rmsprop", settings: { learningRate: 0.01 } },
  "adam of means of batches, one of them spoilt, clipped, averaged": {
    name: "adam",
    settings: { learningRate: 0.01 },
    accumulate: 3,
    schedule: (step) => 0.02 / step,
    clipNorm: 2.5,
    spoilt: true,
    average: { decay: 0.75, start: 1 },
  },
  "sgd of means, each clipped, penalties, norms between bounds, one spoilt, averaged": {
    name: "sgd",
    settings: { learningRate: 0.1, momentum: 0.9 },
    accumulate: 2,
    clipParameterNorm: 1.5,
    spoilt: true,
    average: { decay: 0.75 },
    groups: BOUNDED,
  },
  "adamW, each clipped, penalties, norms between bounds": {
    name: "adamW",
    settings: { learningRate: 0.01 },
    clipParameterNorm: 4,
    groups: BOUNDED,
  },
  "sgd momentum, averaged from the first weights on": {
    name: "sgd",
    settings: { learningRate: 0.1, momentum: 0.9 },
    groups: { scale: { frozen: true } },
    decays: (name) => name === "table",
    average: { decay: 0.5, debias: false },
  },
  "muon of means": {
    name: "muon",
    settings: { learningRate: 0.01 },
    shapes: MATRICES,
    tolerance: orthogonal(0.01),
    steps: 2,
    accumulate: 2,
  },
  "rmsprop momentum, weight decay, clipped": {
    name: "rmsprop",
    settings: { learningRate: 0.01, momentum: 0.9, smoothing: 0.95, weightDecay: 0.05 },
    clipNorm: 4,
  },
  adagrad: { name: "adagrad", settings: { learningRate: 0.1 } },
  "adagrad weight decay, by name": {
    name: "adagrad",
    settings: { learningRate: 0.1, weightDecay: 0.1 },
    decays: (name) => name !== "scale",
    clipNorm: 4,
  },
};

/** How near 1 the averages' factors are. */
const REST: Readonly<Record<string, number>> = { adam: 1e-3, adamW: 1e-3, nadam: 1e-3, nadamW: 1e-3, rmsprop: 1e-2 };

/** Kernels of the norm differ by the kind of adapter, those of the updates do not. */
const edges: Readonly<Record<string, Trial>> = {
  "sgd, edges": { name: "sgd", settings: { learningRate: 0.1, momentum: 0.9, weightDecay: 0.1 }, clipNorm: 2.5 },
  "adamW, edges": { name: "adamW", settings: { learningRate: 0.01, weightDecay: 0.2 }, clipNorm: 3 },
  "rmsprop, edges": { name: "rmsprop", settings: { learningRate: 0.01, momentum: 0.9, weightDecay: 0.1 } },
  "sgd, edges, each clipped, penalties, largest norms": {
    name: "sgd",
    settings: { learningRate: 0.1 },
    clipParameterNorm: 2.5,
    groups: Object.fromEntries(
      Object.keys(EDGES).map((name, i) => [name, { l1: 0.01 * i, l2: 0.1, constraint: { maxNorm: 20 + i } }]),
    ),
  },
  "adagrad, edges": { name: "adagrad", settings: { learningRate: 0.1, weightDecay: 0.1 } },
};

const optimizerCase = (name: string, options: Trial, kind: AdapterKind): Case => ({
  name: `optimizer ${name}`,
  run(context) {
    const rest = REST[options.name];
    const rate = options.settings.learningRate || 0.01;
    const allowed = rest === undefined || options.tolerance ? {} : { tolerance: tolerance.adaptive(STEPS, rate, rest) };
    return withProfile(context.device, kind, () => trial(context, { ...options, ...allowed }));
  },
});

export const optimizerCases: readonly Case[] = [
  ...Object.entries(trials).map(([name, options], i) =>
    optimizerCase(name, options, adapterKinds[i % 2] as AdapterKind),
  ),
  ...adapterKinds.flatMap((kind) =>
    Object.entries(edges).map(([name, options]) =>
      optimizerCase(
        `${name} (${kind})`,
        {
          ...options,
          shapes: EDGES,
          steps: 2,
          decays: (path) => Object.keys(EDGES).indexOf(path) % 2 === 0,
        },
        kind,
      ),
    ),
  ),
];
