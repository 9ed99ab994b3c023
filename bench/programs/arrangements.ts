/**
 * Training steps of one arrangement beside another: both directions of a layer, and stacked layers, in one loop, as GPUs have them; and
 * products that read copies in 16 bits. In turns, on the adapter that is there.
 *
 *   node harness/with-adapter.mjs node harness/ts.mjs bench/programs/arrangements.ts [--rounds 15]
 */
import { parseArgs } from "node:util";
import { traceIn, traceMode } from "../../src/graph/mode.ts";
import { type Device, float32, losses, nn, openDevice, optim, Trainer } from "../../src/node.ts";
import { pairedRatio } from "../page/paired.ts";

/** A sample is at least this long, so that waiting for the device does not count. */
const SAMPLE_MS = 60;

interface Arrangement {
  readonly options: { readonly bidirectional?: boolean; readonly numLayers?: number };
  readonly inOneLoop: boolean;
  readonly mixedPrecision: boolean;
}

const both: Arrangement["options"] = { bidirectional: true };
const two: Arrangement["options"] = { numLayers: 2 };
/** What is arranged otherwise, with B, T and H. */
const cases: readonly (readonly [
  name: string,
  Omit<Arrangement, "mixedPrecision">,
  mixed: boolean,
  sizes: number[][],
])[] = [
  [
    "both directions",
    { options: both, inOneLoop: true },
    false,
    [
      [1, 64, 128],
      [32, 64, 128],
      [8, 64, 256],
    ],
  ],
  [
    "two layers",
    { options: two, inOneLoop: true },
    false,
    [
      [1, 64, 128],
      [32, 64, 128],
      [8, 64, 256],
    ],
  ],
  [
    "mixed precision",
    { options: {}, inOneLoop: false },
    true,
    [
      [1, 64, 128],
      [32, 32, 256],
      [8, 32, 512],
    ],
  ],
];

async function trainerOf(
  device: Device,
  sizes: readonly number[],
  { options, inOneLoop, mixedPrecision }: Arrangement,
) {
  const [B, T, H] = sizes as [number, number, number];
  const layer = new nn.LSTM(H, H, options);
  const trainer = await Trainer.create(device, layer, {
    inputs: { x: float32([B, T, H]), y: float32([B, T, layer.outputSize]) },
    loss: ({ x, y }) => {
      const adapter = inOneLoop ? "hardware" : "software";
      const outputs = traceIn({ ...traceMode(), adapter }, () => layer.forward(x)[0]);
      return losses.meanSquaredError(outputs, y);
    },
    optimizer: optim.adam(),
    mixedPrecision,
    seed: 1,
  });
  const data = {
    x: Float32Array.from({ length: B * T * H }, (_, i) => Math.sin(i)),
    y: new Float32Array(B * T * layer.outputSize),
  };
  return { trainer, data };
}

export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { rounds: { type: "string", default: "15" } } });
  const rounds = Number(values.rounds);
  using device = await openDevice();
  console.log(`${device.adapter.name} (${device.adapter.kind}); time of a training step beside the same without it`);
  for (const [name, arrangement, mixedPrecision, grid] of cases) {
    for (const sizes of grid) {
      const usual = await trainerOf(device, sizes, { ...arrangement, inOneLoop: false, mixedPrecision: false });
      const other = await trainerOf(device, sizes, { ...arrangement, mixedPrecision });
      const [a, b] = [(await usual.trainer.step(usual.data)).loss, (await other.trainer.step(other.data)).loss];
      if (!(Math.abs(a - b) <= 1e-3 * a)) throw new Error(`${name}: losses ${a} and ${b}`);
      const time = async ({ trainer, data }: typeof usual, steps: number) => {
        const begun = performance.now();
        for (let step = 0; step < steps; step++) trainer.stepWithoutLoss(data);
        await device.idle();
        return (performance.now() - begun) / steps;
      };
      const steps = Math.max(1, Math.ceil(SAMPLE_MS / (await time(usual, 2))));
      const samples: [number[], number[]] = [[], []];
      for (let round = 0; round < rounds; round++) {
        for (const i of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
          samples[i].push(await time(i === 0 ? usual : other, steps));
        }
      }
      const { ratio, low, high } = pairedRatio(samples[1], samples[0]);
      const [B, T, H] = sizes;
      const dispatches = `${usual.trainer.stats.dispatches} and ${other.trainer.stats.dispatches} dispatches`;
      console.log(
        `${name}, B ${B} T ${T} H ${H}: ${ratio.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)}); ${dispatches}`,
      );
      usual.trainer.dispose();
      other.trainer.dispose();
    }
  }
  return 0;
}
