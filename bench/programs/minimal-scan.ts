/**
 * Time of a training step against the length of the sequence: MinGRU and MinLSTM, trained by a parallel scan, beside the
 * LSTM, which needs its steps one after the other.
 *
 *   node harness/with-adapter.mjs node harness/ts.mjs bench/programs/minimal-scan.ts [--json file] [--lengths 128,256] [--rounds 5]
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { compile, type Device, float32, losses, nn, openDevice, optim, Trainer } from "../../src/node.ts";
import { array, uniform } from "../../test/reference/array.ts";
import { minimalLayers } from "../../test/reference/recurrent/minimal.ts";
import { plus, tolerance } from "../../test/support/tolerance.ts";

const [BATCH, INPUT, HIDDEN] = [8, 64, 64];
/** A sample is at least this long, so that waiting for the device does not count. */
const SAMPLE_MS = 20;

const layers = {
  MinGRU: () => new nn.MinGRU(INPUT, HIDDEN),
  MinLSTM: () => new nn.MinLSTM(INPUT, HIDDEN),
  LSTM: () => new nn.LSTM(INPUT, HIDDEN),
} as const;
type LayerName = keyof typeof layers;

interface Row {
  readonly layer: LayerName;
  readonly T: number;
  /** Median over the rounds. */
  readonly ms: number;
  readonly fastest: number;
  readonly slowest: number;
  readonly dispatches: number;
}

/** Checks what the scan gives, before it is timed, against a loop in float64. */
async function checkAnswer(device: Device, name: LayerName, length: number): Promise<void> {
  const layer = layers[name]();
  if (layer instanceof nn.LSTM) return;
  const x = uniform([BATCH, length, INPUT], length);
  using compiled = await compile(device, layer, {
    inputs: { x: float32([BATCH, length, INPUT]) },
    fn: ({ x }) => layer.forward(x)[0],
    seed: 1,
  });
  compiled.replay.poison();
  const found = await (await compiled.run({ x: Float32Array.from(x.data) })).read();
  const [weight, bias] = [...(await layer.stateDict(device)).values()].map(({ shape, data }) => array(shape, data));
  if (!weight) throw new Error(`${name} has no weight`);
  const [want] = minimalLayers(name === "MinGRU" ? "gru" : "lstm", "g", x, [[weight, bias]]);
  const allowed = plus(tolerance.reduction(length), plus(tolerance.matmul(INPUT), tolerance.elementwise));
  want.data.forEach((right, i) => {
    const error = Math.abs((found[i] as number) - right);
    if (!(error <= allowed.relative * Math.abs(right) + allowed.absolute)) {
      throw new Error(`${name} T ${length}: element ${i} is ${found[i]}, expected ${right}`);
    }
  });
}

interface Runner {
  readonly layer: LayerName;
  readonly dispatches: number;
  /** Milliseconds per step, of as many steps as fill a sample. */
  sample(): Promise<number>;
  dispose(): void;
}

async function prepare(device: Device, name: LayerName, length: number): Promise<Runner> {
  const layer = layers[name]();
  const trainer = await Trainer.create(device, layer, {
    inputs: { x: float32([BATCH, length, INPUT]), y: float32([BATCH, length, HIDDEN]) },
    loss: ({ x, y }) => losses.meanSquaredError(layer.forward(x)[0], y),
    optimizer: optim.adam({ learningRate: 1e-3 }),
    seed: 1,
  });
  const data = {
    x: Float32Array.from(uniform([BATCH, length, INPUT], 1).data),
    y: Float32Array.from(uniform([BATCH, length, HIDDEN], 2).data),
  };
  const { loss } = await trainer.step(data);
  if (!Number.isFinite(loss)) throw new Error(`${name} T ${length}: the loss is ${loss}`);
  const time = async (steps: number) => {
    const start = performance.now();
    for (let step = 0; step < steps; step++) trainer.stepWithoutLoss(data);
    await device.idle();
    return (performance.now() - start) / steps;
  };
  const steps = Math.max(1, Math.ceil(SAMPLE_MS / (await time(1))));
  return {
    layer: name,
    dispatches: trainer.stats.dispatches,
    sample: () => time(steps),
    dispose: () => trainer.dispose(),
  };
}

/** Layers take turns, so that whatever else the machine does falls on all of them. */
async function measure(device: Device, length: number, rounds: number): Promise<Row[]> {
  const names = Object.keys(layers) as LayerName[];
  for (const name of names) await checkAnswer(device, name, length);
  const runners: Runner[] = [];
  for (const name of names) runners.push(await prepare(device, name, length));
  const samples = runners.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, runner] of runners.entries()) samples[i]?.push(await runner.sample());
  }
  for (const runner of runners) runner.dispose();
  return runners.map(({ layer, dispatches }, i) => {
    const sorted = (samples[i] as number[]).sort((a, b) => a - b);
    const at = (share: number) => rounded(sorted[Math.round(share * (sorted.length - 1))] as number);
    return { layer, T: length, ms: at(0.5), fastest: at(0), slowest: at(1), dispatches };
  });
}

const rounded = (ms: number): number => Number(ms.toPrecision(4));

function printTable(rows: readonly Row[]): void {
  const names = Object.keys(layers) as LayerName[];
  const cells = (parts: readonly string[]) => console.log(parts.map((part) => part.padStart(18)).join(""));
  cells(["T", ...names.map((name) => `${name} ms (disp.)`), "LSTM / MinGRU"]);
  for (const T of new Set(rows.map((row) => row.T))) {
    const find = (name: LayerName) => rows.find((row) => row.T === T && row.layer === name) as Row;
    const ratio = find("LSTM").ms / find("MinGRU").ms;
    cells([String(T), ...names.map((name) => `${find(name).ms} (${find(name).dispatches})`), ratio.toFixed(1)]);
  }
}

export async function main(args: readonly string[]): Promise<number> {
  const option = (name: string) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
  const lengths = (option("--lengths") ?? "128,256,512,1024,2048,4096").split(",").map(Number);
  const rounds = Number(option("--rounds") ?? 5);
  const json = option("--json");
  using device = await openDevice();
  const { name, kind } = device.adapter;
  const note =
    kind === "software"
      ? "The adapter is emulated on the CPU: milliseconds are no GPU figures. On a GPU a scan takes three dispatches where it takes one here."
      : "Measured on a GPU.";
  console.log(`training step, batch ${BATCH}, input ${INPUT}, hidden ${HIDDEN}, Adam; ${name} (${kind})`);
  console.log(note);
  const rows: Row[] = [];
  for (const length of lengths) {
    rows.push(...(await measure(device, length, rounds)));
    if (length === lengths.at(-1)) printTable(rows);
    else
      console.log(
        `T ${length}: ${rows
          .slice(-3)
          .map(({ layer, ms }) => `${layer} ${ms} ms`)
          .join(", ")}`,
      );
  }
  if (json) {
    mkdirSync(dirname(json), { recursive: true });
    const result = { adapter: { name, kind }, note, batch: BATCH, input: INPUT, hidden: HIDDEN, rounds, rows };
    writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`);
  }
  return 0;
}
