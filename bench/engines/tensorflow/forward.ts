import { forwardWeights, uniformData } from "../../cases/data.ts";
import type { ForwardWork } from "../../cases/work.ts";
import { type Prepared, timed, Unsupported } from "../engine.ts";
import { configurationsOf, layers as keras, packedMatmul, tf } from "./library.ts";
import { recurrentLayer } from "./model.ts";
import { cellTensors } from "./weights.ts";

export async function prepareForward({ kind, ...work }: ForwardWork): Promise<Prepared> {
  const { cell, batch, time, hidden, layers: count } = work;
  if (kind !== "forward" || cell !== "LSTM") {
    throw new Unsupported("written for TensorFlow.js only as LSTM layers over a sequence");
  }
  const weights = forwardWeights({ kind, ...work });
  const x = tf.tensor(uniformData("x", [batch, time, hidden]), [batch, time, hidden]);
  const [{ forward, outputs }, firstCallMs] = await timed(async () => {
    const stack = Array.from({ length: count }, () =>
      recurrentLayer({ type: cell, input: hidden, hidden, sequences: true }),
    );
    // with shapes alone, which makes the weights
    stack.reduce((value, layer) => layer.apply(value) as typeof value, keras.input({ shape: [time, hidden] }));
    for (const [i, layer] of stack.entries()) {
      const tensors = cellTensors(weights, "", `_l${i}`, cell);
      layer.setWeights(tensors);
      for (const tensor of tensors) tensor.dispose();
    }
    const forward = () => tf.tidy(() => stack.reduce((value, layer) => layer.apply(value) as tf.Tensor, x));
    return { forward, outputs: await read(forward()) };
  });
  const packed = await read(packedMatmul(forward));
  return {
    firstCallMs,
    answers: { outputs },
    moreAnswers: [{ outputs: packed }],
    configurations: configurationsOf(forward),
    dispose() {},
  };
}

async function read(tensor: tf.Tensor): Promise<ArrayLike<number>> {
  const data = await tensor.data();
  tensor.dispose();
  return data;
}
