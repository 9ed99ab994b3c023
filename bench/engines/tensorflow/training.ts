import { classesOf, comparedWeight, oneHot, trainingData, trainingWeights } from "../../cases/data.ts";
import { isRecurrent } from "../../cases/parts.ts";
import type { CellName, TrainingWork } from "../../cases/work.ts";
import { type Prepared, timed, Unsupported } from "../engine.ts";
import { transposed } from "../layout.ts";
import { configurationsOf, packedMatmul, tf } from "./library.ts";
import { buildModel } from "./model.ts";
import { exchangeGates } from "./weights.ts";

function lossOf(work: TrainingWork, found: tf.Tensor, y: tf.Tensor): tf.Scalar {
  switch (work.loss) {
    case "crossEntropy":
      return tf.losses.softmaxCrossEntropy(y, found) as tf.Scalar;
    case "binary":
      return tf.losses.sigmoidCrossEntropy(y, found) as tf.Scalar;
    case "absolute":
      return tf.losses.absoluteDifference(y, found) as tf.Scalar;
    case "square":
      return tf.losses.meanSquaredError(y, found) as tf.Scalar;
  }
}

/** The data on the GPU once and for all: no upload falls on its steps. */
function tensorsOf(work: TrainingWork): { inputs: tf.Tensor[]; y: tf.Tensor } {
  const { batch, time, input, encoder, loss, targets } = work;
  const data = trainingData(work);
  const x =
    input.form === "indices"
      ? tf.tensor(data.x, [batch, time], "int32")
      : tf.tensor(data.x, [batch, time, input.features]);
  const source = encoder && data.source ? [tf.tensor(data.source, [batch, encoder.time, encoder.features])] : [];
  const y =
    loss === "crossEntropy"
      ? tf.tensor(oneHot(data.y as Int32Array, classesOf(work)), [...targets, classesOf(work)])
      : tf.tensor(data.y, [...targets]);
  return { inputs: [x, ...source], y };
}

/** Loss and gradient, the latter in PyTorch's layout. */
async function readGradient({ value, grads }: ReturnType<typeof tf.variableGrads>, cell: CellName) {
  const gradient = Object.values(grads)[0] as tf.Tensor;
  const [columns, rows] = gradient.shape as [number, number];
  const found = {
    loss: await value.data(),
    gradient: exchangeGates(transposed(await gradient.data(), columns, rows), cell),
  };
  value.dispose();
  gradient.dispose();
  return found;
}

export async function prepareTraining(work: TrainingWork): Promise<Prepared> {
  if (work.parts.some((part) => part.type === "GRU" && part.resetAfter)) {
    throw new Unsupported("TensorFlow.js has no GRU that resets after the matmul");
  }
  const { inputs, y } = tensorsOf(work);
  const [{ model, optimizer, lossTensor, loss }, firstCallMs] = await timed(async () => {
    const model = buildModel(work, trainingWeights(work));
    model.reset();
    const optimizers = { adam: tf.train.adam, rmsprop: tf.train.rmsprop, sgd: tf.train.sgd };
    const optimizer = optimizers[work.optimizer](1e-3);
    const lossTensor = () => lossOf(work, model.apply(inputs), y);
    const first = optimizer.minimize(lossTensor, true) as tf.Scalar;
    const loss = await first.data();
    first.dispose();
    return { model, optimizer, lossTensor, loss };
  });
  model.reset();
  const cell = work.parts.find(isRecurrent)?.type ?? "LSTM";
  const gradients = () => tf.variableGrads(lossTensor, [model.compared]);
  const name = `gradient of ${comparedWeight(work)}`;
  const gradient = await readGradient(gradients(), cell);
  const packed = await readGradient(packedMatmul(gradients), cell);
  const step = () => {
    optimizer.minimize(lossTensor, false);
    return undefined;
  };
  return {
    firstCallMs,
    answers: { loss, [name]: gradient.gradient },
    moreAnswers: [{ loss: packed.loss, [name]: packed.gradient }],
    configurations: configurationsOf(step, () => model.compared),
    dispose() {},
  };
}
