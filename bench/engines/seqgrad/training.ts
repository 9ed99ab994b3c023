import { compile, type Device, float32, gradients, int32, losses, nn, optim, Trainer } from "../../../src/index.ts";
import { comparedWeight, trainingData, trainingWeights, uniformData } from "../../cases/data.ts";
import type { MinimalWork, TrainingWork } from "../../cases/work.ts";
import type { EngineName } from "../../types.ts";
import { type Prepared, timed } from "../engine.ts";
import { Chain, optimizerOf } from "./model.ts";
import { readOne, workOf } from "./support.ts";

function specsOf({ batch, time, input, encoder, loss, targets }: TrainingWork) {
  const x = input.form === "indices" ? int32([batch, time]) : float32([batch, time, input.features]);
  const y = loss === "crossEntropy" ? int32([...targets]) : float32([...targets]);
  return encoder ? { x, y, source: float32([batch, encoder.time, encoder.features]) } : { x, y };
}

/** `watched` may look at the first call, which it makes. */
export async function prepareTraining(
  device: Device,
  work: TrainingWork,
  watched: <T>(first: () => Promise<T>) => Promise<T> = (first) => first(),
): Promise<Prepared> {
  const [data, weights, inputs] = [trainingData(work), trainingWeights(work), specsOf(work)];
  const model = new Chain(work);
  model.loadStateDict(device, weights);
  const [{ trainer, loss }, firstCallMs] = await timed(() =>
    watched(async () => {
      const trainer = await Trainer.create(device, model, {
        inputs,
        loss: (values) => model.loss(values),
        optimizer: optimizerOf(work),
      });
      return { trainer, loss: (await trainer.step(data)).loss };
    }),
  );
  // The step has changed the weights that the gradient is asked for.
  model.loadStateDict(device, weights);
  const gradient = await gradientOf(device, model, work);
  return {
    firstCallMs,
    answers: { loss: [loss], [`gradient of ${comparedWeight(work)}`]: gradient },
    configurations: [stepping(trainer, data)],
    work: workOf(trainer.replay.program),
    dispose() {
      trainer.dispose();
      model.dispose(device);
    },
  };
}

async function gradientOf(device: Device, model: Chain, work: TrainingWork): Promise<ArrayLike<number>> {
  const name = comparedWeight(work);
  const weight = [...model.namedParameters()].find(([each]) => each === name)?.[1];
  if (!weight) throw new Error(`the model has no ${name}`);
  using program = await compile(device, model, {
    inputs: specsOf(work),
    fn: (values) => ({ gradient: gradients(model.loss(values), [weight])[0] ?? weight }),
  });
  return (await program.run(trainingData(work))).gradient.read();
}

/** Steps of a trainer, the data uploaded anew for each as a user would. */
function stepping<D>(
  trainer: { stepWithoutLoss(data: D): void; readonly replay: Trainer<object>["replay"] },
  data: D,
): Prepared["configurations"][number] {
  return {
    name: "",
    async run(steps, queued) {
      for (let step = 0; step < steps; step++) trainer.stepWithoutLoss(data);
      queued();
      const loss = await readOne(trainer.replay.tensor("loss"));
      if (!Number.isFinite(loss)) throw new Error(`the loss became ${loss}`);
    },
  };
}

/** MinGRU, or the layer that the engine is called by. */
export async function prepareMinimal(device: Device, work: MinimalWork, engine: EngineName): Promise<Prepared> {
  const { batch, time, hidden } = work;
  const layers = { minlstm: nn.MinLSTM, lstm: nn.LSTM };
  const Layer = layers[engine as keyof typeof layers] ?? nn.MinGRU;
  const layer = new Layer(hidden, hidden);
  const shape = [batch, time, hidden];
  const data = { x: uniformData("x", shape), y: uniformData("y", shape) };
  const [trainer, firstCallMs] = await timed(async () => {
    const trainer = await Trainer.create(device, layer, {
      inputs: { x: float32(shape), y: float32(shape) },
      loss: ({ x, y }) => losses.meanSquaredError(layer.forward(x)[0], y),
      optimizer: optim.adam(),
    });
    await trainer.step(data);
    return trainer;
  });
  return {
    firstCallMs,
    // Other functions than the others': nothing to compare. The tests hold each against float64.
    answers: {},
    configurations: [stepping(trainer, data)],
    work: workOf(trainer.replay.program),
    dispose() {
      trainer.dispose();
      layer.dispose(device);
    },
  };
}
