import { compile, type Device, int32, losses, optim, Trainer } from "seqgrad";
import type { Interrupt } from "../shared/interrupt.ts";
import { Diverged, runSteps } from "../shared/loop.ts";
import { seededRandom } from "../shared/random.ts";
import { learningRateAt } from "../shared/schedule.ts";
import type { Corpus } from "./corpus.ts";
import type { LanguageModel } from "./models.ts";

export interface CurvePoint {
  readonly step: number;
  /** Mean over the steps since the last point, nats per character. */
  readonly training: number;
  readonly validation: number;
}

export interface Run {
  readonly lr: number;
  readonly steps: number;
  readonly seconds: number;
  /** Nats per character at the end; infinite for a training that went astray. */
  readonly validation: number;
  readonly curve: readonly CurvePoint[];
}

export interface RunOptions {
  readonly steps: number;
  readonly every: number;
  readonly lr: number;
  readonly clip: number;
  readonly seed: number;
  /** At the end the whole of the last tenth is predicted, rather than what a point of the curve takes. */
  readonly whole: boolean;
  readonly interrupt: Interrupt;
  readonly report: (point: CurvePoint) => void;
}

/** Validation batches for a point of the curve. */
const batchesPerPoint = 8;

/** Trains a model from new weights. The same seed gives every model the same batches. */
export async function trainModel(device: Device, model: LanguageModel, corpus: Corpus, options: RunOptions) {
  const { steps, every, lr, clip, seed, whole, interrupt, report } = options;
  const inputs = { tokens: int32([corpus.batch, corpus.seqLen]), targets: int32([corpus.batch, corpus.seqLen]) };
  const trainer = await Trainer.create(device, model, {
    inputs,
    loss: ({ tokens, targets }) => losses.crossEntropy(model.forward(tokens), targets),
    optimizer: optim.adamW({
      learningRate: (step) => learningRateAt(step, steps, lr),
      decays: (name) => name.includes("weight") && !name.includes("norm"),
    }),
    clipNorm: clip,
    seed,
  });
  const evaluation = await compile(device, model, {
    inputs,
    fn: ({ tokens, targets }) => losses.crossEntropy(model.forward(tokens), targets),
  });
  const validate = async (most: number) => {
    const batches = Math.min(most, corpus.validationBatches);
    let sum = 0;
    for (let i = 0; i < batches; i++) {
      // spread over the whole of it
      const index = Math.floor((i * corpus.validationBatches) / batches);
      const loss = await evaluation.run(corpus.validate(index));
      sum += (await loss.read())[0] as number;
    }
    return sum / batches;
  };
  const random = seededRandom(seed + 1);
  const started = performance.now();
  const curve: CurvePoint[] = [];
  let validation = Number.POSITIVE_INFINITY;
  let done = 0;
  try {
    done = await runSteps(trainer, {
      steps,
      every,
      next: () => corpus.draw(random),
      interrupt,
      async report(step, training) {
        const point = { step, training, validation: await validate(batchesPerPoint) };
        curve.push(point);
        report(point);
        return true;
      },
    });
    const last = curve.at(-1);
    if (last) validation = whole ? await validate(corpus.validationBatches) : last.validation;
  } catch (error) {
    if (!(error instanceof Diverged)) throw error;
    done = curve.at(-1)?.step ?? 0;
  }
  const seconds = (performance.now() - started) / 1000;
  trainer.dispose();
  evaluation.dispose();
  model.dispose(device);
  return { lr, steps: done, seconds, validation, curve } satisfies Run;
}
