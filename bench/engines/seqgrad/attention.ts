import { createTransformerDecoder } from "../../../src/generate/transformer-decoder.ts";
import {
  compile,
  type Device,
  gradients,
  int32,
  losses,
  mul,
  nn,
  optim,
  scaledDotProductAttention,
  sum,
  Trainer,
  type Value,
} from "../../../src/index.ts";
import { attentionData, integerData } from "../../cases/data.ts";
import type { AttentionWork, TransformerWork } from "../../cases/work.ts";
import { type Prepared, timed } from "../engine.ts";
import { Operands } from "./kernels.ts";
import { readOne, workOf } from "./support.ts";

export async function prepareAttention(device: Device, work: AttentionWork): Promise<Prepared> {
  const { batch, heads, length, dim, causal, pass } = work;
  const data = attentionData(work);
  const shape = [batch, heads, length, dim];
  const shapes = { q: shape, k: shape, v: shape, g: shape };
  const model = new Operands(device, shapes, (name) => data[name as keyof typeof data]);
  const fn = (): Record<string, Value> => {
    const [q, k, v, g] = model.operands as readonly Value[] as [Value, Value, Value, Value];
    const y = scaledDotProductAttention(q, k, v, { causal });
    if (pass === "forward") return { y };
    const [dQ, dK, dV] = gradients(sum(mul(y, g)), [q, k, v]) as [Value, Value, Value];
    return { "gradient of q": dQ, "gradient of k": dK, "gradient of v": dV };
  };
  const [{ program, answers }, firstCallMs] = await timed(async () => {
    const program = await compile(device, model, { inputs: {}, fn });
    const found = Object.entries(await program.run({}));
    const answers: Record<string, ArrayLike<number>> = {};
    for (const [name, tensor] of found) answers[name] = await tensor.read();
    return { program, answers };
  });
  const output = Object.keys(answers).at(-1) as string;
  return {
    firstCallMs,
    answers,
    configurations: [
      {
        name: "",
        async run(steps, queued) {
          for (let step = 0; step < steps; step++) await program.run({});
          queued();
          await readOne(program.replay.tensor(output));
        },
      },
    ],
    work: workOf(program.replay.program),
    dispose() {
      program.dispose();
      model.dispose(device);
    },
  };
}

export function prepareTransformer(device: Device, work: TransformerWork): Promise<Prepared> {
  const { vocabulary, dModel, heads, layers } = work;
  const model = new nn.TransformerLM(vocabulary, { dModel, numHeads: heads, numLayers: layers });
  return work.pass === "training" ? prepareTraining(device, model, work) : prepareDecoding(device, model, work);
}

async function prepareTraining(device: Device, model: nn.TransformerLM, work: TransformerWork): Promise<Prepared> {
  const shape = [work.batch, work.length];
  const data = {
    tokens: integerData("tokens", shape, work.vocabulary),
    targets: integerData("targets", shape, work.vocabulary),
  };
  const [{ trainer, loss }, firstCallMs] = await timed(async () => {
    const trainer = await Trainer.create(device, model, {
      inputs: { tokens: int32(shape), targets: int32(shape) },
      loss: ({ tokens, targets }) => losses.crossEntropy(model.forward(tokens), targets),
      optimizer: optim.adam({ learningRate: 1e-3 }),
    });
    return { trainer, loss: (await trainer.step(data)).loss };
  });
  return {
    firstCallMs,
    answers: { loss: [loss] },
    configurations: [
      {
        name: "",
        async run(steps, queued) {
          for (let step = 0; step < steps; step++) trainer.stepWithoutLoss(data);
          queued();
          await readOne(trainer.replay.tensor("loss"));
        },
      },
    ],
    work: workOf(trainer.replay.program),
    dispose() {
      trainer.dispose();
      model.dispose(device);
    },
  };
}

/** A step gives one token's logits, read back as sampling would, always at the same position. */
async function prepareDecoding(device: Device, model: nn.TransformerLM, work: TransformerWork): Promise<Prepared> {
  const { length, vocabulary } = work;
  const prompt = integerData("tokens", [length], vocabulary);
  const token = Int32Array.of(1);
  const [{ decoder, logits }, firstCallMs] = await timed(async () => {
    const decoder = await createTransformerDecoder(device, model);
    await decoder.prefill(prompt);
    return { decoder, logits: await decoder.step(token) };
  });
  return {
    firstCallMs,
    answers: { logits },
    configurations: [
      {
        name: "",
        async run(steps, queued) {
          for (let step = 0; step < steps; step++) {
            decoder.trim(length);
            await decoder.step(token);
          }
          queued();
        },
      },
    ],
    dispose() {
      decoder.dispose();
      model.dispose(device);
    },
  };
}
