import { integerData, oneHot, uniformData } from "../../cases/data.ts";
import type { KernelWork } from "../../cases/work.ts";
import { type Answers, type Prepared, timed } from "../engine.ts";
import { configurationsOf, packedMatmul, tf } from "./library.ts";

/** The case as a function that gives a tensor. */
function kernelOf(work: Exclude<KernelWork, { kind: "update" }>): () => tf.Tensor {
  const operand = (name: string, shape: number[]) => tf.tensor(uniformData(name, shape), shape);
  switch (work.kind) {
    case "matmul": {
      const [a, b] = [operand("a", [work.m, work.k]), operand("b", [work.k, work.n])];
      return () => tf.matMul(a, b);
    }
    case "softmax": {
      const a = operand("a", [work.rows, work.columns]);
      return () => tf.softmax(a);
    }
    case "embedding": {
      const a = operand("a", [work.entries, work.features]);
      const indices = tf.tensor(integerData("indices", [work.rows], work.entries), [work.rows], "int32");
      return () => tf.gather(a, indices as tf.Tensor1D);
    }
    case "crossEntropy": {
      const a = operand("a", [work.rows, work.classes]);
      const classes = integerData("indices", [work.rows], work.classes);
      const y = tf.tensor(oneHot(classes, work.classes), [work.rows, work.classes]);
      const gradient = tf.grad((logits: tf.Tensor) => tf.losses.softmaxCrossEntropy(y, logits));
      return () => gradient(a);
    }
  }
}

export async function prepareKernel(work: KernelWork): Promise<Prepared> {
  if (work.kind === "update") return prepareUpdate(work.parameters);
  const kernel = kernelOf(work);
  const [answers, firstCallMs] = await timed(async (): Promise<Answers> => {
    const y = kernel();
    const data = await y.data();
    y.dispose();
    return { y: data };
  });
  const step = () => tf.tidy(kernel);
  const packed = packedMatmul(step);
  const moreAnswers = [{ y: await packed.data() }];
  return { firstCallMs, answers, moreAnswers, configurations: configurationsOf(step), dispose() {} };
}

async function prepareUpdate(count: number): Promise<Prepared> {
  const variable = tf.variable(tf.tensor(uniformData("a", [count]), [count]));
  // epsilon as ours: the backend's default is 1e-7
  const optimizer = tf.train.adam(1e-3, 0.9, 0.999, 1e-8);
  const loss = () => tf.mean(tf.square(variable)) as tf.Scalar;
  const [answers, firstCallMs] = await timed(async (): Promise<Answers> => {
    const first = optimizer.minimize(loss, true) as tf.Scalar;
    const data = await first.data();
    first.dispose();
    return { loss: data, "parameters after a step": await variable.data() };
  });
  const step = () => {
    optimizer.minimize(loss, false);
    return undefined;
  };
  return { firstCallMs, answers, configurations: configurationsOf(step, () => variable), dispose() {} };
}
