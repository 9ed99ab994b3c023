/**
 * Cells that are written with `scan`, and options of layers that no kernel by hand has, beside the layers with kernels of
 * their own: a training step or a forward pass of each, in turns.
 *
 *   node harness/with-adapter.mjs node harness/ts.mjs bench/programs/cells.ts [--rounds 9] [--sizes 32x32x64,64x8x128] [--cells "LSTM,LSTM by scan"] [--forward] [--json file]
 *
 * Sizes are time × batch × hidden. Beside the time that passes it gives processor time of all threads of this process: on software
 * adapters that counts what a busy machine does not disturb. First it checks that cells by `scan` give the losses of the layers that they are; names begin
 * with that of the layer which their times are compared with.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  add,
  compile,
  type Device,
  float32,
  linear,
  losses,
  mul,
  nn,
  openDevice,
  optim,
  Parameter,
  permute,
  scan,
  sigmoid,
  slice,
  split,
  sub,
  Trainer,
  tanh,
  type Value,
  zeros,
} from "../../src/node.ts";
import { median } from "../median.ts";
import { inTurns, medianRatio, type Timed } from "../turns.ts";

export interface Sizes {
  readonly time: number;
  readonly batch: number;
  readonly hidden: number;
}

/** Parameters as of a layer of that many gates; biases are one. */
class Weights extends nn.Module {
  readonly weight_ih_l0: Parameter;
  readonly weight_hh_l0: Parameter;
  readonly bias_ih_l0: Parameter;
  readonly bias_hh_l0: Parameter;

  constructor(
    readonly hidden: number,
    gates: number,
    readonly step: (states: Value[], x: Value, weights: Weights) => Value[],
    readonly states = 1,
  ) {
    super();
    const bound = 1 / Math.sqrt(hidden);
    const make = (...shape: number[]) => new Parameter(shape, nn.initializers.uniform(-bound, bound));
    this.weight_ih_l0 = make(gates * hidden, hidden);
    this.weight_hh_l0 = make(gates * hidden, hidden);
    this.bias_ih_l0 = make(gates * hidden);
    this.bias_hh_l0 = make(gates * hidden);
  }

  forward(x: Value): Value {
    const xs = permute(x, [1, 0, 2]);
    const initial = Array.from({ length: this.states }, () => zeros([x.shape[0] as number, this.hidden]));
    const [, ys] = scan(xs, initial, (states: Value[], step: Value) => {
      const next = this.step(states, step, this);
      return [next, next[0] as Value] as const;
    });
    return permute(ys, [1, 0, 2]);
  }
}

const lstm = (hidden: number) =>
  new Weights(
    hidden,
    4,
    ([h, c], x, w) => {
      const z = add(linear(x, w.weight_ih_l0, add(w.bias_ih_l0, w.bias_hh_l0)), linear(h as Value, w.weight_hh_l0));
      const [i, f, g, o] = split(z, 4, 1) as [Value, Value, Value, Value];
      const next = add(mul(sigmoid(f), c as Value), mul(sigmoid(i), tanh(g)));
      return [mul(sigmoid(o), tanh(next)), next];
    },
    2,
  );

const gru = (hidden: number) =>
  new Weights(hidden, 3, ([h], x, w) => {
    const [pr, pz, pn] = split(linear(x, w.weight_ih_l0, w.bias_ih_l0), 3, 1) as [Value, Value, Value];
    const [hr, hz, hn] = split(linear(h as Value, w.weight_hh_l0, w.bias_hh_l0), 3, 1) as [Value, Value, Value];
    const r = sigmoid(add(pr, hr));
    const z = sigmoid(add(pz, hz));
    const n = tanh(add(pn, mul(r, hn)));
    return [add(n, mul(z, sub(h as Value, n)))];
  });

const rnn = (hidden: number) =>
  new Weights(hidden, 1, ([h], x, w) => [
    tanh(add(linear(x, w.weight_ih_l0, add(w.bias_ih_l0, w.bias_hh_l0)), linear(h as Value, w.weight_hh_l0))),
  ]);

type Layer = nn.Module & { forward(x: Value): [Value, unknown] };

const outputsOf = (inner: Layer) => ({ model: inner, forward: (x: Value): Value => inner.forward(x)[0] });
const byScan = (inner: Weights) => ({ model: inner, forward: (x: Value): Value => inner.forward(x) });

/** A layer [batch, time, hidden] → [batch, time, hidden or less] by name. */
export const cells: Readonly<Record<string, (hidden: number) => { model: nn.Module; forward(x: Value): Value }>> = {
  LSTM: (hidden) => outputsOf(new nn.LSTM(hidden, hidden)),
  "LSTM by scan": (hidden) => byScan(lstm(hidden)),
  "LSTM peephole": (hidden) => outputsOf(new nn.LSTM(hidden, hidden, { peephole: true })),
  "LSTM recurrentDropout": (hidden) => outputsOf(new nn.LSTM(hidden, hidden, { recurrentDropout: 0.2 })),
  "LSTM zoneout": (hidden) => outputsOf(new nn.LSTM(hidden, hidden, { zoneout: 0.1 })),
  "LSTM coupleForget": (hidden) => outputsOf(new nn.LSTM(hidden, hidden, { coupleForget: true })),
  "LSTM cellClip": (hidden) => outputsOf(new nn.LSTM(hidden, hidden, { cellClip: 3 })),
  "LSTM layerNorm": (hidden) => outputsOf(new nn.LSTM(hidden, hidden, { layerNorm: true })),
  "LSTM projection": (hidden) => outputsOf(new nn.LSTM(hidden, hidden, { projectionSize: Math.ceil(hidden / 2) })),
  GRU: (hidden) => outputsOf(new nn.GRU(hidden, hidden)),
  "GRU by scan": (hidden) => byScan(gru(hidden)),
  "GRU recurrentDropout": (hidden) => outputsOf(new nn.GRU(hidden, hidden, { recurrentDropout: 0.2 })),
  RNN: (hidden) => outputsOf(new nn.RNN(hidden, hidden)),
  "RNN by scan": (hidden) => byScan(rnn(hidden)),
};

export interface Entry extends Timed {
  readonly name: string;
  readonly model: nn.Module;
  readonly loss: number;
  readonly firstMs: number;
  readonly dispatches: number;
  run(): Promise<number>;
  dispose(): void;
}

export type Data = Readonly<Record<"x" | "y", Float32Array>>;

/** A training step, or a forward pass alone. */
export async function prepare(
  device: Device,
  name: string,
  sizes: Sizes,
  data: Data,
  forward: boolean,
): Promise<Entry> {
  const { time, batch, hidden } = sizes;
  const start = performance.now();
  const layer = cells[name]?.(hidden);
  if (!layer) throw new Error(`there is no cell ${name}, only ${Object.keys(cells).join(", ")}`);
  const inputs = { x: float32([batch, time, hidden]), y: float32([batch, time, hidden]) };
  const loss = ({ x, y }: { x: Value; y: Value }) => {
    const out = layer.forward(x);
    return losses.meanSquaredError(out, slice(y, 2, 0, out.shape[2]));
  };
  const about = async (run: () => Promise<number>, made: { stats: { dispatches: number }; dispose(): void }) => {
    const first = await run();
    const { dispatches } = made.stats;
    return {
      name,
      model: layer.model,
      loss: first,
      firstMs: performance.now() - start,
      dispatches,
      run,
      dispose: () => made.dispose(),
      times: [],
      cpu: [],
    };
  };
  if (forward) {
    const model = await compile(device, layer.model, { inputs, fn: (given) => ({ loss: loss(given) }), seed: 1 });
    return about(async () => (await (await model.run(data)).loss.read())[0] as number, model);
  }
  const trainer = await Trainer.create(device, layer.model, {
    inputs,
    loss,
    optimizer: optim.sgd({ learningRate: 1e-3 }),
    seed: 1,
  });
  return about(async () => (await trainer.step(data)).loss, trainer);
}

export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: "string", default: "9" },
      sizes: { type: "string", default: "32x32x64" },
      cells: { type: "string" },
      forward: { type: "boolean", default: false },
      json: { type: "string" },
    },
  });
  const device = await openDevice();
  const names = values.cells ? values.cells.split(",") : Object.keys(cells);
  const results = [];
  for (const text of values.sizes.split(",")) {
    const [time, batch, hidden] = text.split("x").map(Number) as [number, number, number];
    const numbers = (factor: number) =>
      Float32Array.from({ length: batch * time * hidden }, (_, i) => Math.sin(i * factor));
    const data = { x: numbers(1.7), y: numbers(0.7) };
    const entries: Entry[] = [];
    for (const name of names) entries.push(await prepare(device, name, { time, batch, hidden }, data, values.forward));
    const baseOf = (name: string) => entries.find((each) => each.name === name.split(" ")[0]) ?? (entries[0] as Entry);
    const wrong = entries.filter(
      ({ name, loss }) => name.endsWith("scan") && Math.abs(loss - baseOf(name).loss) > 1e-5,
    );
    if (wrong.length > 0) {
      console.error(
        `error: ${wrong.map(({ name, loss }) => `${name} has the loss ${loss}, its layer ${baseOf(name).loss}`)}`,
      );
      return 1;
    }
    await inTurns(entries, Number(values.rounds));
    console.log(`T ${time}, B ${batch}, H ${hidden}, ${values.forward ? "forward" : "training"}`);
    for (const { name, firstMs, dispatches, times, cpu, dispose } of entries) {
      const base = baseOf(name);
      const [ratio, cpuRatio] = [medianRatio(times, base.times), medianRatio(cpu, base.cpu)];
      results.push({
        time,
        batch,
        hidden,
        forward: values.forward,
        name,
        dispatches,
        firstMs,
        ms: median(times),
        ratio,
        rounds: times.length,
        cpuMs: median(cpu),
        cpuRatio,
      });
      console.log(
        `  ${name.padEnd(22)} ${String(dispatches).padStart(5)} dispatches ${median(times).toFixed(2).padStart(9)} ms, ${ratio.toFixed(2)} of ${base.name}; processor ${median(cpu).toFixed(2)} ms, ${cpuRatio.toFixed(2)}; first ${firstMs.toFixed(0)} ms`,
      );
      dispose();
    }
  }
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ adapter: device.adapter, results }, null, 2)}\n`);
  device.dispose();
  return 0;
}
