// Gradients of Embedding, Linear and cross-entropy against TensorFlow.js.
import { afterAll, beforeAll, expect, test } from "vitest";
import { compile, type Device, gradients, openDevice, type Value } from "../../src/node.ts";
import { assertClose } from "../cases/support/assert.ts";
import { plus, tolerance } from "../support/tolerance.ts";
import { Classifier, type ClassifierSizes, dataOf, inputsOf, theirLoss, variablesOf } from "./classifier.ts";
import { setParameters } from "./support.ts";
import { gradientsOf, startTensorFlow } from "./tensorflow.ts";

let device: Device;
beforeAll(async () => {
  await startTensorFlow();
  device = await openDevice();
});
afterAll(() => device.dispose());

test.for<ClassifierSizes>([
  { tokens: 1, vocabulary: 2, features: 1, classes: 2 },
  { tokens: 13, vocabulary: 7, features: 5, classes: 3 },
  { tokens: 33, vocabulary: 65, features: 17, classes: 66 },
  // past 512 entries the embedding's backward pass is another one
  { tokens: 40, vocabulary: 700, features: 64, classes: 130 },
])("$tokens tokens, vocabulary $vocabulary, $features features, $classes classes", async (sizes) => {
  const model = new Classifier(sizes);
  const dict = setParameters(device, model, 20, 1);
  const data = dataOf(sizes, 50);
  using program = await compile(device, model, {
    inputs: inputsOf(sizes),
    fn: (inputs) => {
      const loss = model.loss(inputs);
      const named = [...model.namedParameters()];
      const slopes = gradients(
        loss,
        named.map(([, parameter]) => parameter),
      );
      return { loss, slopes: Object.fromEntries(named.map(([name], i) => [name, slopes[i] as Value])) };
    },
  });
  const results = await program.run(data);
  const variables = variablesOf(model, dict);
  const want = gradientsOf(variables, () => theirLoss(variables, data));
  const { features, classes, tokens } = sizes;
  const product = plus(tolerance.matmul(features), tolerance.matmul(features));
  const bounds = plus(plus(product, tolerance.softmax(classes)), tolerance.reduction(tokens));
  assertClose("loss", await results.loss.read(), [want.value], bounds);
  expect(Object.keys(results.slopes)).toEqual(Object.keys(want.gradients));
  for (const [name, slope] of Object.entries(results.slopes)) {
    const wanted = want.gradients[name] as Float32Array;
    assertClose(name, await slope.read(), wanted, bounds);
    expect(wanted.some((value) => Math.abs(value) > 1e-4)).toBe(true);
  }
  model.dispose(device);
});
