/**
 * What the loop of `fit` costs: epochs by `fit`, with and without callbacks, beside the same steps by hand, in turns. By hand a step's
 * result is awaited before the next step, or as many steps are in flight as `fit` has. Beside the time by the clock stands the
 * process's processor time, the software adapter's included, which other programs disturb less.
 *
 *   node harness/with-adapter.mjs node harness/ts.mjs bench/programs/fit-loop.ts [--rounds 15] [--steps 20] [--json file]
 *
 * First it checks that all ways give the same losses.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Batches } from "../../src/data/index.ts";
import { callbacks, type Device, fit, float32, losses, nn, openDevice, optim, Trainer } from "../../src/node.ts";
import { median } from "../median.ts";
import { inTurns, medianRatio } from "../turns.ts";

const [BATCH, TIME, INPUT, HIDDEN, IN_FLIGHT] = [32, 32, 16, 64, 3];

type Epoch = { x: Float32Array; y: Float32Array };

async function newTrainer(device: Device) {
  const model = { body: new nn.LSTM(INPUT, HIDDEN), head: new nn.Linear(HIDDEN, 1) };
  return Trainer.create(device, model, {
    inputs: { x: float32([BATCH, TIME, INPUT]), y: float32([BATCH, TIME, 1]) },
    loss: ({ x, y }) => losses.meanSquaredError(model.head.forward(model.body.forward(x)[0]), y),
    optimizer: optim.adam(),
    seed: 1,
  });
}

type Way = (trainer: Awaited<ReturnType<typeof newTrainer>>, batches: Iterable<Epoch>) => Promise<number>;

/** Each gives the mean loss of an epoch. */
const ways: Readonly<Record<string, Way>> = {
  async awaited(trainer, batches) {
    let [sum, count] = [0, 0];
    for (const batch of batches) {
      sum += (await trainer.step(batch)).loss;
      count++;
    }
    return sum / count;
  },
  async inFlight(trainer, batches) {
    let [sum, count] = [0, 0];
    const started: Promise<{ loss: number }>[] = [];
    for (const batch of batches) {
      started.push(trainer.step(batch));
      count++;
      if (started.length >= IN_FLIGHT) sum += (await (started.shift() as Promise<{ loss: number }>)).loss;
    }
    for (const each of started) sum += (await each).loss;
    return sum / count;
  },
  async fit(trainer, batches) {
    return (await fit(trainer, batches, { inFlight: IN_FLIGHT })).epochs[0]?.loss as number;
  },
  async fitWithCallbacks(trainer, batches) {
    const { epochs } = await fit(trainer, batches, {
      inFlight: IN_FLIGHT,
      callbacks: [
        callbacks.progress({ write: () => {} }),
        callbacks.jsonLog(() => {}, { of: "steps" }),
        callbacks.earlyStopping({ patience: 5 }),
      ],
    });
    return epochs[0]?.loss as number;
  },
};

export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: "string", default: "15" },
      steps: { type: "string", default: "20" },
      json: { type: "string" },
    },
  });
  const [rounds, steps] = [Number(values.rounds), Number(values.steps)];
  const device = await openDevice();
  const random = (shape: number) => Float32Array.from({ length: shape }, (_, i) => Math.sin(i * 1.7));
  const rows = steps * BATCH;
  const data = {
    x: Object.assign(random(rows * TIME * INPUT), { shape: [rows, TIME, INPUT] }),
    y: Object.assign(random(rows * TIME), { shape: [rows, TIME, 1] }),
  };
  const entries = await Promise.all(
    Object.entries(ways).map(async ([name, way]) => {
      const trainer = await newTrainer(device);
      const batches = new Batches(data, { batchSize: BATCH });
      return {
        name,
        times: [] as number[],
        cpu: [] as number[],
        run: () => way(trainer, batches as Iterable<never>),
      };
    }),
  );
  const firsts: number[] = [];
  for (const { run } of entries) firsts.push(await run());
  if (firsts.some((loss) => Math.abs(loss - (firsts[0] as number)) > 1e-6)) {
    console.error(`error: the ways give the losses ${firsts.join(", ")}, expected equal ones`);
    return 1;
  }
  await inTurns(entries, rounds);
  const [, base] = entries;
  const result = {
    adapter: device.adapter,
    node: process.version,
    rounds,
    steps,
    ways: entries.map(({ name, times, cpu }) => ({
      name,
      msPerStep: median(times) / steps,
      ratioToInFlight: medianRatio(times, base?.times ?? []),
      processorMsPerStep: median(cpu) / steps,
      processorRatio: medianRatio(cpu, base?.cpu ?? []),
    })),
  };
  for (const { name, msPerStep, ratioToInFlight, processorMsPerStep, processorRatio } of result.ways) {
    console.log(
      `${name}: ${msPerStep.toFixed(2)} ms a step, ${ratioToInFlight.toFixed(3)} of steps in flight by hand; ${processorMsPerStep.toFixed(2)} ms of processor time, ${processorRatio.toFixed(3)}`,
    );
  }
  if (values.json) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
  device.dispose();
  return 0;
}
