// Embedding, Linear and cross-entropy in both engines: what is compared here and in the optimizers' trajectories.
import { int32, losses, nn, type Value } from "../../src/node.ts";
import { indices, tensorOf } from "./support.ts";
import { crossEntropy, tf, type Variables, variable } from "./tensorflow.ts";

export interface ClassifierSizes {
  readonly tokens: number;
  readonly vocabulary: number;
  readonly features: number;
  readonly classes: number;
}

export class Classifier extends nn.Module {
  readonly embed: nn.Embedding;
  readonly hidden: nn.Linear;
  readonly head: nn.Linear;

  constructor({ vocabulary, features, classes }: ClassifierSizes) {
    super();
    this.embed = new nn.Embedding(vocabulary, features);
    this.hidden = new nn.Linear(features, features, { bias: false });
    this.head = new nn.Linear(features, classes);
  }

  loss({ tokens, targets }: { tokens: Value; targets: Value }): Value {
    return losses.crossEntropy(this.head.forward(this.hidden.forward(this.embed.forward(tokens))), targets);
  }
}

export const inputsOf = ({ tokens }: ClassifierSizes) => ({ tokens: int32([tokens]), targets: int32([tokens]) });

/** Some tokens come twice, some never; one target in five does not count. */
export function dataOf(sizes: ClassifierSizes, seed: number): { tokens: Int32Array; targets: Int32Array } {
  const targets = indices(seed + 1, sizes.tokens, sizes.classes);
  for (let i = 4; i < targets.length; i += 5) targets[i] = -1;
  return { tokens: indices(seed, sizes.tokens, sizes.vocabulary), targets };
}

/** The same parameters, by our names and in our shapes. */
export function variablesOf(model: nn.Module, dict: nn.StateDict): Variables {
  return Object.fromEntries(
    [...model.namedParameters()].map(([name, { shape }]) => [name, variable(tensorOf(dict, name), shape)]),
  );
}

export function theirLoss(variables: Variables, data: ReturnType<typeof dataOf>): tf.Scalar {
  const get = (name: string) => variables[name] as tf.Tensor as tf.Tensor2D;
  const embedded = tf.gather(get("embed.weight"), tf.tensor1d(data.tokens, "int32"));
  const hidden = tf.matMul(embedded, get("hidden.weight"), false, true);
  const logits = tf.add(tf.matMul(hidden, get("head.weight"), false, true), get("head.bias"));
  return crossEntropy(logits as tf.Tensor2D, data.targets);
}
