// What is measured of kernels that programs make of cells: those of a few cells, as GPUs get them.

import { unitsOf } from "../../harness/kernels/unit.ts";
import {
  add,
  type Device,
  float32,
  linear,
  losses,
  mul,
  nn,
  optim,
  sigmoid,
  split,
  sub,
  Trainer,
  tanh,
} from "../../src/index.ts";
import { kernelNamed } from "../../src/kernels/kernel.ts";
import { nullDevice } from "./model/plan.ts";
import { hashOf, type MeasuredUnit } from "./units.ts";

/** Minimal gated unit (Zhou et al. 2016): two levels of products in a step. */
const minimal = (hidden: number): nn.RecurrentCell<"h"> => ({
  gates: 2,
  states: { h: hidden },
  step({ x, states: { h }, weight }) {
    const [[xf, xn], [wf, wn]] = [split(x, 2, 1), split(weight, 2)];
    const f = sigmoid(add(xf, linear(h, wf)));
    const n = tanh(add(xn, linear(mul(f, h), wn)));
    return { states: { h: add(h, mul(f, sub(n, h))) }, gates: { f, n } };
  },
});

interface Loop {
  readonly name: string;
  readonly units: number;
  readonly layer: (units: number) => nn.Recurrent<"h"> | nn.LSTM;
}

/** Units that are multiples of four, and not; more than a kernel of all steps takes, and as many. */
const loops: readonly Loop[] = [
  { name: "minimal", units: 128, layer: (units) => new nn.Recurrent(units, units, minimal) },
  { name: "minimal", units: 99, layer: (units) => new nn.Recurrent(units, units, minimal) },
  { name: "peephole_lstm", units: 128, layer: (units) => new nn.LSTM(units, units, { peephole: true }) },
  { name: "peephole_lstm", units: 64, layer: (units) => new nn.LSTM(units, units, { peephole: true }) },
];

/** Each kernel that a training step of the loops makes, called by technique, loop and number: `loop_lanes_fours_minimal_2`. */
export async function generatedUnits(): Promise<MeasuredUnit[]> {
  const device = await nullDevice();
  const units: MeasuredUnit[] = [];
  for (const loop of loops) units.push(...(await unitsOfLoop(device, loop)));
  device.dispose();
  return units;
}

async function unitsOfLoop(device: Device, { name, units, layer }: Loop): Promise<MeasuredUnit[]> {
  const model = layer(units);
  const trainer = await Trainer.create(device, model, {
    inputs: { x: float32([8, 3, units]), y: float32([8, 3, units]) },
    loss: ({ x, y }) => losses.meanSquaredError(model.forward(x)[0], y),
    optimizer: optim.sgd({ learningRate: 0.1 }),
  });
  const made = trainer.replay.program.pipelines.filter(({ kernel }) => kernel.startsWith("loop_"));
  const found = made.flatMap(({ kernel, variant }, i) => {
    const unit = unitsOf(kernelNamed(kernel)).find(({ id }) => id.endsWith(`[${variant}]`));
    if (!unit) throw new Error(`isa: ${kernel} has no variant ${variant}`);
    const own = `${kernel.replace(/_[^_]*$/, "")}_${name}_${i + 1}`;
    return [{ ...unit, id: `${own} [${variant}]`, family: "loop", kernel: own, variant, hash: hashOf(unit) }];
  });
  trainer.dispose();
  return found;
}
