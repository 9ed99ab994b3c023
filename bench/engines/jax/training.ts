import { type JaxArray, jit, numpy as np, valueAndGrad } from "@jax-js/jax";
import { comparedWeight, trainingData, trainingWeights } from "../../cases/data.ts";
import { isRecurrent } from "../../cases/parts.ts";
import type { RecurrentPart, TrainingWork } from "../../cases/work.ts";
import { type Configuration, type Prepared, timed, Unsupported } from "../engine.ts";
import { exchangeAxes, transposed } from "../layout.ts";
import { inputOf, type LayerWeights, layerWeights, retainedInput, runStack } from "./cells.ts";
import { type Formulation, formulationsOf } from "./formulations.ts";
import { runSteps } from "./wait.ts";

const RATE = 1e-3;
/** So large, in the first call, that what a step changes is its gradient to full precision; a power of two rounds nothing. */
const FIRST_RATE = 1024;

/** The simplest of training works: stacked layers, mean square, gradient descent. */
export async function prepareTraining(work: TrainingWork, configuration?: string): Promise<Prepared> {
  const { parts, loss, optimizer } = work;
  if (!parts.every((part) => isRecurrent(part) && !part.bidirectional) || loss !== "square" || optimizer !== "sgd") {
    throw new Unsupported("written for jax-js only as plain layers");
  }
  const [first, ...others] = await prepareAll(work, formulationsOf(configuration));
  if (!first) throw new Error("jax-js has no formulation");
  return {
    // the others find kernels compiled that they share with it
    firstCallMs: first.firstCallMs,
    answers: first.answers,
    moreAnswers: others.map(({ answers }) => answers),
    configurations: [first, ...others].map(({ configuration }) => configuration),
    dispose() {},
  };
}

interface Formulated {
  readonly firstCallMs: number;
  readonly answers: Prepared["answers"];
  readonly configuration: Configuration;
}

async function prepareAll(work: TrainingWork, forms: readonly Formulation[]): Promise<Formulated[]> {
  const all: Formulated[] = [];
  for (const form of forms) all.push(await prepareOne(work, form));
  return all;
}

async function prepareOne(work: TrainingWork, form: Formulation): Promise<Formulated> {
  const { batch, time, parts } = work;
  const cell = (parts[0] as RecurrentPart).type;
  const weights = trainingWeights(work);
  const features = work.input.features;
  const hidden = work.targets[2] as number;
  const data = trainingData(work);
  const x = inputOf(exchangeAxes(data.x, batch, time, features), form, [time, batch, features]);
  const y = np.array(exchangeAxes(data.y, batch, time, hidden)).reshape([time, batch, hidden]);
  const lossOf = (stack: LayerWeights[], x: JaxArray | JaxArray[], y: JaxArray): JaxArray => {
    const result = np.mean(np.square(np.stack(runStack(cell, x, stack, time, batch, form)).sub(y)));
    for (const { wx, wh, b } of stack) for (const each of [...wx, ...wh, ...b]) each.dispose();
    return result;
  };
  const both = valueAndGrad(lossOf);
  const make = () => parts.map((_, i) => layerWeights(weights, `parts.${i}.`, "_l0", cell, form));
  const step = jit(
    (stack: LayerWeights[], x: JaxArray | JaxArray[], y: JaxArray, rate: JaxArray): [JaxArray, LayerWeights[]] => {
      const [loss, gradient] = both(retained(stack), x, y);
      const update = (own: JaxArray[], by: JaxArray[]) => own.map((w, i) => w.sub((by[i] as JaxArray).mul(rate.ref)));
      const next = stack.map(({ wx, wh, b }, i) => {
        const g = gradient[i] as LayerWeights;
        return { wx: update(wx, g.wx), wh: update(wh, g.wh), b: update(b, g.b) };
      });
      rate.dispose();
      return [loss, next];
    },
  );
  const rates = [FIRST_RATE, RATE].map((rate) => np.array(Float32Array.of(rate))) as [JaxArray, JaxArray];
  let stack = make();
  const [loss, firstCallMs] = await timed(async () => {
    const [value, next] = step(stack, retainedInput(x), y.ref, rates[0]);
    stack = next;
    return value.data();
  });
  const gradient = await descended(make(), stack, form);
  stack = make();
  return {
    firstCallMs,
    // The step was plain descent, so what it changed is the gradient: read so, it is the one that was timed.
    answers: { loss, [`gradient of ${comparedWeight(work)}`]: gradient },
    configuration: {
      name: form.name,
      run(steps, queued) {
        const next = () => {
          const [loss, updated] = step(stack, retainedInput(x), y.ref, rates[1].ref);
          stack = updated;
          return loss;
        };
        return runSteps(steps, next, queued);
      },
    },
  };
}

const retained = (stack: LayerWeights[]): LayerWeights[] =>
  stack.map(({ wx, wh, b }) => ({ wx: wx.map((w) => w.ref), wh: wh.map((w) => w.ref), b: b.map((w) => w.ref) }));

/** Gradient of the first layer's recurrent weight, in PyTorch's layout. */
async function descended(before: LayerWeights[], after: LayerWeights[], form: Formulation): Promise<Float32Array> {
  const [from, to] = [before[0] as LayerWeights, after[0] as LayerWeights];
  const gates: Float32Array[] = [];
  for (const [i, w] of from.wh.entries()) {
    const [rows, columns] = w.shape as [number, number];
    const difference = w.sub((to.wh[i] as JaxArray).ref).mul(1 / FIRST_RATE);
    gates.push(transposed(await difference.data(), rows, columns));
  }
  if (form.joint) return gates[0] as Float32Array;
  const whole = new Float32Array(gates.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const gate of gates) {
    whole.set(gate, at);
    at += gate.length;
  }
  return whole;
}
