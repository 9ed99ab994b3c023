// TensorFlow.js on the CPU: another implementation of layers, gradients and optimizers.
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
// for the gradients, which it registers with the core
import "@tensorflow/tfjs-layers";

export { tf };

export type Variables = Readonly<Record<string, tf.Variable>>;

/** Must be awaited before anything else is done with it. */
export async function startTensorFlow(): Promise<void> {
  tf.env().set("PROD", true);
  await tf.setBackend("cpu");
  await tf.ready();
}

export const variable = (data: ArrayLike<number>, shape: readonly number[]): tf.Variable =>
  tf.variable(tf.tensor(Float32Array.from(data), [...shape]));

/** A loss and its gradient with respect to each variable. */
export function gradientsOf(
  variables: Variables,
  loss: () => tf.Scalar,
): { value: number; gradients: Record<string, Float32Array> } {
  const names = Object.keys(variables);
  const { value, grads } = tf.variableGrads(loss, Object.values(variables));
  const gradients = Object.fromEntries(
    names.map((name) => {
      const gradient = grads[(variables[name] as tf.Variable).name];
      if (!gradient) throw new Error(`TensorFlow.js gives no gradient of ${name}`);
      return [name, gradient.dataSync() as Float32Array];
    }),
  );
  return { value: (value.dataSync() as Float32Array)[0] as number, gradients };
}

/** Σ weights · x: a loss in which every element counts differently. */
export const weighted = (x: tf.Tensor, weights: Float32Array): tf.Scalar =>
  tf.sum(tf.mul(x, tf.tensor(weights, x.shape)));

/** Mean cross-entropy of logits [n, classes] and class numbers [n]; those below zero do not count. */
export function crossEntropy(logits: tf.Tensor2D, targets: Int32Array): tf.Scalar {
  const classes = logits.shape[1];
  const picked = tf.cast(tf.oneHot(tf.tensor1d(targets, "int32"), classes), "float32");
  const counted = targets.filter((target) => target >= 0).length;
  const logProbabilities = tf.logSoftmax(logits);
  return tf.neg(tf.div(tf.sum(tf.mul(picked, logProbabilities)), counted));
}
