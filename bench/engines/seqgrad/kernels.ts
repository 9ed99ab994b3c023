import {
  compile,
  type Device,
  embedding,
  gradients,
  int32,
  losses,
  matmul,
  mean,
  nn,
  optim,
  Parameter,
  softmax,
  square,
  Trainer,
  type Value,
} from "../../../src/index.ts";
import { integerData, uniformData } from "../../cases/data.ts";
import type { KernelWork } from "../../cases/work.ts";
import { type Prepared, timed } from "../engine.ts";
import { readOne, workOf } from "./support.ts";

/** Operands as parameters: they lie on the GPU and are not uploaded for each run. */
export class Operands extends nn.Module {
  readonly operands: Parameter[];

  constructor(
    device: Device,
    shapes: Readonly<Record<string, readonly number[]>>,
    dataOf: (name: string, shape: readonly number[]) => Float32Array = uniformData,
  ) {
    super();
    this.operands = Object.entries(shapes).map(([name, shape]) => {
      const parameter = new Parameter(shape, { kind: "constant", value: 0 });
      device.parameters.write(parameter, dataOf(name, shape));
      return parameter;
    });
  }
}

interface Kernel {
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly indices?: Int32Array;
  fn(operands: readonly Value[], indices: Value | undefined): Record<string, Value>;
}

function kernelOf(work: Exclude<KernelWork, { kind: "update" }>): Kernel {
  switch (work.kind) {
    case "matmul":
      return {
        shapes: { a: [work.m, work.k], b: [work.k, work.n] },
        fn: ([a, b]) => ({ y: matmul(a as Value, b as Value) }),
      };
    case "softmax":
      return { shapes: { a: [work.rows, work.columns] }, fn: ([a]) => ({ y: softmax(a as Value) }) };
    case "embedding":
      return {
        shapes: { a: [work.entries, work.features] },
        indices: integerData("indices", [work.rows], work.entries),
        fn: ([a], indices) => ({ y: embedding(indices as Value, a as Value) }),
      };
    case "crossEntropy":
      return {
        shapes: { a: [work.rows, work.classes] },
        indices: integerData("indices", [work.rows], work.classes),
        fn([a], indices) {
          const loss = losses.crossEntropy(a as Value, indices as Value);
          return { y: gradients(loss, [a as Value])[0] as Value, loss };
        },
      };
  }
}

export async function prepareKernel(device: Device, work: KernelWork): Promise<Prepared> {
  if (work.kind === "update") return prepareUpdate(device, work.parameters);
  const { shapes, indices, fn } = kernelOf(work);
  const model = new Operands(device, shapes);
  const data = (indices ? { indices } : {}) as Record<string, Int32Array>;
  const [{ program, answers }, firstCallMs] = await timed(async () => {
    const program = await compile(device, model, {
      inputs: indices ? { indices: int32([indices.length]) } : {},
      fn: (values: { indices?: Value }) => fn(model.operands, values.indices),
    });
    const { y } = await program.run(data);
    return { program, answers: { y: await (y as NonNullable<typeof y>).read() } };
  });
  return {
    firstCallMs,
    answers,
    configurations: [
      {
        name: "",
        async run(steps, queued) {
          let last = await program.run(data);
          for (let step = 1; step < steps; step++) last = await program.run(data);
          queued();
          await readOne(last.y as NonNullable<typeof last.y>);
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

/** Adam, with the cheapest of gradients: that of a mean square. */
async function prepareUpdate(device: Device, count: number): Promise<Prepared> {
  const model = new Operands(device, { a: [count] });
  const [{ trainer, loss }, firstCallMs] = await timed(async () => {
    const trainer = await Trainer.create(device, model, {
      inputs: {},
      loss: () => mean(square(model.operands[0] as Value)),
      optimizer: optim.adam({ learningRate: 1e-3 }),
    });
    return { trainer, loss: (await trainer.step({})).loss };
  });
  const [after] = await device.parameters.read(model.operands);
  return {
    firstCallMs,
    answers: { loss: [loss], "parameters after a step": after as Float32Array },
    configurations: [
      {
        name: "",
        async run(steps, queued) {
          for (let step = 0; step < steps; step++) trainer.stepWithoutLoss({});
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
