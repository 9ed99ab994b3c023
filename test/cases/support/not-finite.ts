// A trainer whose loss, gradients and carry can each be made not finite by what a step is given.
import {
  add,
  type Device,
  dropout,
  float32,
  mul,
  nn,
  type optim,
  Parameter,
  sqrt,
  square,
  sum,
  Tensor,
  Trainer,
  type TrainerOptions,
} from "../../../src/index.ts";
import { uniform } from "../../reference/array.ts";

/**
 * Weights fill no vector of four; the root, which is a vector, is where a gradient is infinite that no loss shows. Carries of
 * several workgroups, with and without a rest.
 */
const SIZES = { weight: 13, root: 4, total: 261, pair: 516, last: 70 } as const;

class Model extends nn.Module {
  readonly weight = new Parameter([SIZES.weight], nn.initializers.constant(0.5));
  readonly root = new Parameter([SIZES.root], nn.initializers.constant(1));
}

/** A batch: gradients of `weight`, a term of the loss, a factor under a root, and what is added to each of the carries. */
export interface Batch {
  readonly g: Float32Array;
  readonly term: number;
  readonly under: number;
  readonly more: Float32Array;
  readonly shift: Float32Array;
  readonly turn: Float32Array;
  readonly tail: Float32Array;
}

export function goodBatch(step: number): Batch {
  const g = Float32Array.from(uniform([SIZES.weight], 10 + step).data);
  return {
    g,
    term: 0.25,
    under: 1,
    more: Float32Array.from(uniform([SIZES.total], 90 + step).data),
    shift: Float32Array.from(uniform([SIZES.pair], 190 + step).data),
    turn: Float32Array.from(uniform([SIZES.pair], 290 + step).data),
    tail: Float32Array.from(uniform([SIZES.last], 390 + step).data),
  };
}

const spoilt = (list: Float32Array, value: number) => list.with(list.length - 1, value);

/** Everything that may go wrong alone. */
export const badBatches: Readonly<Record<string, (step: number) => Batch>> = {
  "a NaN": (step) => ({ ...goodBatch(step), g: spoilt(goodBatch(step).g, Number.NaN) }),
  "an infinity": (step) => ({ ...goodBatch(step), g: spoilt(goodBatch(step).g, Number.NEGATIVE_INFINITY) }),
  "the loss alone": (step) => ({ ...goodBatch(step), term: Number.NaN }),
  "a gradient alone": (step) => ({ ...goodBatch(step), under: 0 }),
  "the norm, by overflow": (step) => ({ ...goodBatch(step), g: new Float32Array(SIZES.weight).fill(3e19) }),
  "the carry alone": (step) => ({ ...goodBatch(step), more: spoilt(goodBatch(step).more, Number.POSITIVE_INFINITY) }),
  "the second carry": (step) => ({ ...goodBatch(step), shift: spoilt(goodBatch(step).shift, Number.NaN) }),
  "the third carry": (step) => ({ ...goodBatch(step), turn: spoilt(goodBatch(step).turn, Number.NaN) }),
  "the last carry": (step) => ({ ...goodBatch(step), tail: spoilt(goodBatch(step).tail, Number.NaN) }),
};

export type Settings = Pick<
  TrainerOptions<object, object>,
  | "clipNorm"
  | "clipValue"
  | "clipParameterNorm"
  | "onNonFinite"
  | "resume"
  | "gradientAccumulationSteps"
  | "weightAverage"
> & {
  readonly optimizer: optim.Optimizer;
  readonly withDropout?: boolean;
};

/** Carries two sums, and two states that change places. */
export async function fragileTrainer(device: Device, { withDropout = false, ...settings }: Settings) {
  const model = new Model();
  const trainer = await Trainer.create(device, model, {
    inputs: {
      g: float32([SIZES.weight]),
      term: float32([]),
      under: float32([]),
      more: float32([SIZES.total]),
      shift: float32([SIZES.pair]),
      turn: float32([SIZES.pair]),
      tail: float32([SIZES.last]),
    },
    carry: {
      total: float32([SIZES.total]),
      p: float32([SIZES.pair]),
      q: float32([SIZES.pair]),
      last: float32([SIZES.last]),
    },
    loss: ({ g, term, under, more, shift, turn, tail, total, p, q, last }) => {
      const products = mul(withDropout ? dropout(model.weight, 0.5) : model.weight, g);
      const roots = sqrt(mul(square(model.root), under));
      const carried = [sum(total), sum(mul(p, 0.5)), sum(last)].reduce((a, b) => add(a, b));
      return {
        loss: [sum(products), term, sum(roots), carried].reduce((a, b) => add(a, b)),
        carry: { total: add(total, more), p: add(q, shift), q: add(p, turn), last: add(last, tail) },
      };
    },
    seed: 4,
    ...settings,
  });
  return { model, trainer };
}

type FragileTrainer = Awaited<ReturnType<typeof fragileTrainer>>["trainer"];

/** What the carry is after good batches, and what the trainer has. */
export async function carries(
  { device, replay }: Pick<FragileTrainer, "device" | "replay">,
  batches: readonly Batch[],
): Promise<readonly { readonly name: string; readonly want: Float32Array; readonly found: ArrayLike<number> }[]> {
  const plus = (x: Float32Array, y: Float32Array) => x.map((each, i) => each + (y[i] as number));
  let { total, p, q, last } = {
    total: new Float32Array(SIZES.total),
    p: new Float32Array(SIZES.pair),
    q: new Float32Array(SIZES.pair),
    last: new Float32Array(SIZES.last),
  };
  for (const { more, shift, turn, tail } of batches) {
    [total, p, q, last] = [plus(total, more), plus(q, shift), plus(p, turn), plus(last, tail)];
  }
  return Promise.all(
    Object.entries({ total, p, q, last }).map(async ([name, want]) => {
      const { buffer, offset, ...spec } = replay.input(name);
      const found = await Tensor.at(device, replay.buffers[buffer] as GPUBuffer, offset, spec).read();
      return { name, want, found };
    }),
  );
}

/** The bits of all that a step may change for good: parameters, the optimizer's state, the carry. */
export async function bitsOf({
  device,
  replay,
}: Pick<FragileTrainer, "device" | "replay">): Promise<Record<string, string>> {
  const { program, buffers } = replay;
  const carry = new Map(["total", "p", "q", "last"].map((name) => [program.inputs.get(name)?.buffer, name]));
  const lasting = program.buffers.flatMap(({ kind, label, bytes }, i) => {
    const isOwn = ["gradients", "guard", "hyper"].includes(label);
    const name = kind === "external" && !isOwn ? label : carry.get(i);
    return name ? [{ name, buffer: buffers[i] as GPUBuffer, words: bytes / 4 }] : [];
  });
  const read = lasting.map(({ buffer, words }) =>
    Tensor.at(device, buffer, 0, { shape: [words], dtype: "uint32" }).read(),
  );
  const found = await Promise.all(read);
  return Object.fromEntries(lasting.map(({ name }, i) => [name, String(found[i])]));
}
