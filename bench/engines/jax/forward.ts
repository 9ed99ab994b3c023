import { type JaxArray, jit, numpy as np } from "@jax-js/jax";
import { forwardWeights, uniformData } from "../../cases/data.ts";
import type { ForwardWork } from "../../cases/work.ts";
import { type Answers, type Configuration, type Prepared, timed } from "../engine.ts";
import { exchangeAxes } from "../layout.ts";
import { cellStep, inputOf, type LayerWeights, layerWeights, project, retainedInput, runStack } from "./cells.ts";
import { type Formulation, formulationsOf } from "./formulations.ts";
import { runSteps } from "./wait.ts";

interface Formulated {
  readonly firstCallMs: number;
  readonly answers: Answers;
  readonly configuration: Configuration;
}

export const prepareForward = (work: ForwardWork, configuration?: string): Promise<Prepared> =>
  prepareAll(work, wholeSequence, configuration);
export const prepareSteps = (work: ForwardWork, configuration?: string): Promise<Prepared> =>
  prepareAll(work, stepByStep, configuration);

async function prepareAll(
  work: ForwardWork,
  prepare: (work: ForwardWork, form: Formulation, stack: LayerWeights[]) => Promise<Formulated>,
  configuration: string | undefined,
): Promise<Prepared> {
  const weights = forwardWeights(work);
  const all: Formulated[] = [];
  for (const form of formulationsOf(configuration)) {
    const stack = Array.from({ length: work.layers }, (_, i) => layerWeights(weights, "", `_l${i}`, work.cell, form));
    all.push(await prepare(work, form, stack));
  }
  const first = all[0] as Formulated;
  return {
    // the others find kernels compiled that they share with it
    firstCallMs: first.firstCallMs,
    answers: first.answers,
    moreAnswers: all.slice(1).map(({ answers }) => answers),
    configurations: all.map(({ configuration }) => configuration),
    dispose() {},
  };
}

const retained = (stack: LayerWeights[]): LayerWeights[] =>
  stack.map(({ wx, wh, b }) => ({ wx: wx.map((w) => w.ref), wh: wh.map((w) => w.ref), b: b.map((w) => w.ref) }));

const released = (stack: LayerWeights[]): void => {
  for (const { wx, wh, b } of stack) for (const each of [...wx, ...wh, ...b]) each.dispose();
};

async function wholeSequence(work: ForwardWork, form: Formulation, stack: LayerWeights[]): Promise<Formulated> {
  const { batch, time, hidden, cell } = work;
  const data = exchangeAxes(uniformData("x", [batch, time, hidden]), batch, time, hidden);
  const x = inputOf(data, form, [time, batch, hidden]);
  const forward = jit((stack: LayerWeights[], x: JaxArray | JaxArray[]) => {
    const y = np.stack(runStack(cell, x, stack, time, batch, form));
    released(stack);
    return y;
  });
  const step = () => forward(retained(stack), retainedInput(x));
  const [outputs, firstCallMs] = await timed(() => step().data());
  return {
    firstCallMs,
    answers: { outputs: exchangeAxes(outputs, time, batch, hidden) },
    configuration: {
      name: form.name,
      run: (steps, queued) => runSteps(steps, step, queued),
    },
  };
}

type Carried = { h: JaxArray; c: JaxArray };

/** One step of one layer at a time; the GRU carries a second state along that nothing uses. */
async function stepByStep(work: ForwardWork, form: Formulation, stack: LayerWeights[]): Promise<Formulated> {
  const { batch, hidden, cell } = work;
  const x = np.array(uniformData("x", [batch, 1, hidden])).reshape([batch, hidden]);
  const forward = jit((stack: LayerWeights[], x: JaxArray, state: Carried): Carried => {
    const first = stack[0] as LayerWeights;
    const projected = project(x, first);
    const isLstm = cell === "LSTM";
    const next = cellStep(cell, projected, { h: state.h, c: isLstm ? state.c : null }, first.wh, form);
    released(stack);
    return { h: next.h, c: next.c ?? state.c };
  });
  const zeros = (): Carried => ({ h: np.zeros([batch, hidden]), c: np.zeros([batch, hidden]) });
  const step = (state: Carried) => forward(retained(stack), x.ref, state);
  const [outputs, firstCallMs] = await timed(async () => {
    const { h, c } = step(zeros());
    c.dispose();
    return h.data();
  });
  return {
    firstCallMs,
    answers: { outputs },
    configuration: {
      name: form.name,
      async run(steps, queued) {
        let state = zeros();
        const next = () => {
          state = step(state);
          return state.h.ref;
        };
        await runSteps(steps, next, queued);
        state.c.dispose();
        state.h.dispose();
      },
    },
  };
}
