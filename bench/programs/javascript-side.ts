/**
 * What JavaScript costs: encoding a training step, its garbage, and tracing and planning long ones. With `--backend null`
 * on Dawn's backend that validates everything and runs nothing, else on the adapter that is there.
 *
 *   node harness/with-adapter.mjs node --expose-gc harness/ts.mjs bench/programs/javascript-side.ts [--backend null] [--json file]
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { setHost } from "../../src/gpu/host.ts";
import {
  add,
  type Device,
  float32,
  losses,
  matmul,
  mul,
  nn,
  openDevice,
  optim,
  Parameter,
  type SpecTree,
  scan,
  sigmoid,
  split,
  Trainer,
  tanh,
  transpose,
  type Value,
  zeros,
} from "../../src/node.ts";

const STEPS = 1000;
const ROUNDS = 5;
const now = () => performance.now();

/** An LSTM in a loop of the user's own, as `scan` in the README has it. */
class ScanLstm extends nn.Module {
  readonly weightIh: Parameter;
  readonly weightHh: Parameter;
  readonly bias: Parameter;

  constructor(
    input: number,
    private readonly hidden: number,
  ) {
    super();
    const bound = 1 / Math.sqrt(hidden);
    const uniform = { kind: "uniform", low: -bound, high: bound } as const;
    this.weightIh = new Parameter([input, 4 * hidden], uniform);
    this.weightHh = new Parameter([hidden, 4 * hidden], uniform);
    this.bias = new Parameter([4 * hidden], uniform);
  }

  /** x [B, T, I] to [T, B, H]. */
  forward(x: Value): Value {
    const first = zeros([x.shape[0] as number, this.hidden]);
    const [, hs] = scan(transpose(x, 0, 1), { h: first, c: first }, ({ h, c }, x) => {
      const gates = add(add(matmul(x, this.weightIh), matmul(h, this.weightHh)), this.bias);
      const [i, f, g, o] = split(gates, 4, -1) as [Value, Value, Value, Value];
      const cell = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
      const next = mul(sigmoid(o), tanh(cell));
      return [{ h: next, c: cell }, next];
    });
    return hs;
  }
}

interface Sizes {
  readonly T: number;
  readonly B: number;
  readonly H: number;
}

const models = {
  "nn.LSTM": ({ H }: Sizes) => {
    const layer = new nn.LSTM(H, H);
    return { layer, forward: (x: Value) => layer.forward(x)[0] };
  },
  "LSTM by scan": ({ H }: Sizes) => {
    const layer = new ScanLstm(H, H);
    return { layer, forward: (x: Value) => transpose(layer.forward(x), 0, 1) };
  },
} as const;
type ModelName = keyof typeof models;

async function createTrainer(device: Device, name: ModelName, sizes: Sizes) {
  const { T, B, H } = sizes;
  const { layer, forward } = models[name](sizes);
  const inputs = { x: float32([B, T, H]), y: float32([B, T, H]) } satisfies SpecTree;
  const trainer = await Trainer.create(device, layer, {
    inputs,
    loss: ({ x, y }) => losses.meanSquaredError(forward(x), y),
    optimizer: optim.adam({ learningRate: 1e-3 }),
    clipNorm: 1,
    seed: 1,
  });
  const data = { x: new Float32Array(B * T * H).fill(0.1), y: new Float32Array(B * T * H).fill(0.2) };
  return { layer, trainer, data };
}

/** Milliseconds of processor time of this process, which other work on the machine hardly changes. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}

/**
 * Best of the rounds, in microseconds per dispatch: encoding alone by processor time, a whole call of stepWithoutLoss, up to
 * where the work is handed over, by the clock (on a software adapter that may run the work meanwhile).
 */
async function measureEncoding(device: Device, name: ModelName) {
  const { trainer, data, layer } = await createTrainer(device, name, { T: 64, B: 2, H: 4 });
  const { replay } = trainer;
  const count = replay.program.dispatches.length;
  const perDispatch = (ms: number, runs: number) => (1e3 * ms) / (runs * count);
  let [encode, step] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < ROUNDS; round++) {
    const runs = 100;
    const before = processorTime();
    for (let i = 0; i < runs; i++) {
      const encoder = device.gpu.createCommandEncoder();
      const pass = encoder.beginComputePass();
      replay.encode(pass, 0, count);
      pass.end();
      encoder.finish();
    }
    encode = Math.min(encode, perDispatch(processorTime() - before, runs));
    let spent = 0;
    for (let i = 0; i < runs; i++) {
      const start = now();
      trainer.stepWithoutLoss(data);
      spent += now() - start;
      await device.idle();
    }
    step = Math.min(step, perDispatch(spent, runs));
  }
  trainer.dispose();
  layer.dispose(device);
  return { name, dispatches: count, encodeMicroseconds: encode, stepMicroseconds: step };
}

/** Bytes of JavaScript's heap that a step leaves behind until collected, and for good. */
async function measureGarbage(device: Device, T: number) {
  const { gc } = globalThis;
  if (!gc) throw new Error("run it with node --expose-gc");
  const { trainer, data, layer } = await createTrainer(device, "LSTM by scan", { T, B: 2, H: 4 });
  const heap = () => process.memoryUsage().heapUsed;
  const settle = async () => {
    await device.idle();
    gc();
    gc();
    return heap();
  };
  const steps = async (count: number) => {
    for (let i = 0; i < count; i++) {
      trainer.stepWithoutLoss(data);
      if (i % 20 === 19) await device.idle();
    }
  };
  await steps(100);
  // a few steps right after a collection: the young generation holds them all
  const few = 20;
  const made: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await settle();
    const before = heap();
    for (let i = 0; i < few; i++) trainer.stepWithoutLoss(data);
    made.push((heap() - before) / few);
  }
  const before = await settle();
  await steps(STEPS);
  const kept = (await settle()) - before;
  const dispatches = trainer.stats.dispatches;
  trainer.dispose();
  layer.dispose(device);
  return { T, dispatches, steps: STEPS, keptBytes: kept, madeBytesPerStep: Math.min(...made) };
}

/** Milliseconds of Trainer.create where all pipelines are compiled: trace, gradient, plan, buffers and bind groups. */
async function measurePlanning(device: Device, name: ModelName, sizes: Sizes) {
  const times: number[] = [];
  let dispatches = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    const start = now();
    const { trainer, layer } = await createTrainer(device, name, sizes);
    times.push(now() - start);
    dispatches = trainer.stats.dispatches;
    trainer.dispose();
    layer.dispose(device);
  }
  const [first = 0, ...rest] = times;
  return { name, ...sizes, dispatches, firstMs: first, secondMs: rest[0] ?? 0, bestMs: Math.min(...rest) };
}

export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { backend: { type: "string" }, json: { type: "string" } } });
  if (values.backend) {
    const { create, globals } = await import("webgpu");
    Object.assign(globalThis, globals);
    const gpu = create([`backend=${values.backend}`]);
    setHost({ gpu: () => gpu, noAdapter: () => "take another backend" });
  }
  const device = await openDevice();
  console.log(`adapter: ${device.adapter.name}`);
  const names = Object.keys(models) as ModelName[];
  const encoding = [];
  for (const name of names) {
    const row = await measureEncoding(device, name);
    encoding.push(row);
    console.log(
      `${name}, T 64: ${row.dispatches} dispatches; encoding ${row.encodeMicroseconds.toFixed(2)} µs each, a whole step ${row.stepMicroseconds.toFixed(2)} µs each`,
    );
  }
  const garbage = [];
  for (const T of [8, 64]) {
    const row = await measureGarbage(device, T);
    garbage.push(row);
    console.log(
      `LSTM by scan, T ${T}: ${row.steps} steps of ${row.dispatches} dispatches: the heap kept ${row.keptBytes} B in all; a step leaves ${row.madeBytesPerStep.toFixed(0)} B to collect`,
    );
  }
  const planning = [];
  for (const name of names) {
    const row = await measurePlanning(device, name, { T: 256, B: 32, H: 128 });
    planning.push(row);
    console.log(
      `${name}, T 256, B 32, H 128: ${row.dispatches} dispatches; created in ${row.firstMs.toFixed(0)} ms with its kernels to compile, then in ${row.secondMs.toFixed(0)} ms, at best ${row.bestMs.toFixed(0)} ms`,
    );
  }
  const result = { adapter: device.adapter, node: process.version, encoding, garbage, planning };
  if (values.json) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
  device.dispose();
  return 0;
}
