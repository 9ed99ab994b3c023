import { DtypeError } from "../../errors.ts";
import type { Device } from "../../gpu/device.ts";
import type { Tensor } from "../../gpu/tensor.ts";
import type { InputValue } from "../../graph/leaves.ts";
import { float32, sizeOf } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import type { Arithmetic, Metric, Statistics } from "../../metrics/metric.ts";
import { add, div, equal, mul, sub } from "../../ops/elementwise/elementwise.ts";
import { broadcastTo } from "../../ops/rows/reduce.ts";
import type { Update } from "../../plan/updates.ts";
import { State } from "../../run/state.ts";

type Metrics = Readonly<Record<string, Metric<unknown>>>;
type Totals = Record<string, Record<string, Float64Array>>;

const onValues: Arithmetic<Value> = { add, sub, mul, div: (a, b) => div(a, add(b, equal(b, 0))) };

/** Elementwise; a scalar goes with any shape. */
const onNumbers = (f: (a: number, b: number) => number) => (a: Float64Array, b: Float64Array) =>
  Float64Array.from(a.length < b.length ? b : a, (_, i) =>
    f(a[a.length === 1 ? 0 : i] as number, b[b.length === 1 ? 0 : i] as number),
  );
const onHost: Arithmetic<Float64Array> = {
  add: onNumbers((a, b) => a + b),
  sub: onNumbers((a, b) => a - b),
  mul: onNumbers((a, b) => a * b),
  div: onNumbers((a, b) => (b === 0 ? 0 : a / b)),
};

function merged<T>(metric: Metric<unknown>, math: Arithmetic<T>, a: Statistics<T>, b: Statistics<T>): Statistics<T> {
  if (metric.merge) return metric.merge(math, a, b);
  return Object.fromEntries(Object.entries(a).map(([name, each]) => [name, math.add(each, b[name] as T)]));
}

/**
 * What metrics have so far. On the GPU batches are put together in float32; every few of them that is read, and put together on the
 * host in float64: long sums lose nothing, and no batch waits for JavaScript.
 */
export class MetricTotals {
  /** Accumulators on the GPU. */
  readonly state: State;
  #host: Totals;

  constructor(
    device: Device,
    private readonly metrics: Metrics,
  ) {
    const specs = eachStatistic(metrics, ({ shape, dtype }, name) => {
      if (dtype === "float32") return float32(shape);
      throw new DtypeError(`Trainer: the metric ${name} has ${dtype} statistics, expected float32; cast them`);
    });
    this.state = new State(device, specs);
    this.#host = this.#zeros();
  }

  /** The accumulators and what a batch makes of them; `metrics` are those of a trace, for batches of one size. */
  updates(metrics: Metrics): Update[] {
    const leaves = this.state.values as unknown as Record<string, Statistics<InputValue>>;
    return Object.entries(metrics).flatMap(([name, metric]) => {
      const own = leaves[name] as Statistics<InputValue>;
      const next = merged<Value>(metric, onValues, own, metric.statistics);
      return Object.entries(own).map(([key, leaf]): Update => [leaf, broadcastTo(next[key] as Value, leaf.shape)]);
    });
  }

  /** Begins anew. */
  reset(): void {
    this.state.reset();
    this.#host = this.#zeros();
  }

  /** Takes what is on the GPU to the host, as it is after the runs that were started before the call. */
  async collect(): Promise<void> {
    // the copies are on the GPU's queue before the zeros
    const reading = this.#read();
    this.state.reset();
    const read = await reading;
    this.#host = Object.fromEntries(
      Object.entries(this.metrics).map(([name, metric]) => {
        const [a, b] = [this.#host, read].map((totals) => totals[name] as Statistics<Float64Array>);
        return [name, merged(metric, onHost, a as Statistics<Float64Array>, b as Statistics<Float64Array>)];
      }),
    ) as Totals;
  }

  /** What was collected came to. */
  finish(): Record<string, unknown> {
    return this.#finish(this.#host);
  }

  /** What is on the GPU came to, as it is after the runs that were started before the call; it stays there. */
  async read(): Promise<Record<string, unknown>> {
    return this.#finish(await this.#read());
  }

  async #read(): Promise<Totals> {
    const tensors = this.state.tensors as unknown as Record<string, Statistics<Tensor>>;
    const reading = Object.entries(tensors).map(([name, own]) =>
      Promise.all(Object.entries(own).map(async ([key, tensor]) => [name, key, await tensor.read()] as const)),
    );
    const read: Totals = {};
    for (const [name, key, data] of (await Promise.all(reading)).flat()) {
      read[name] = { ...read[name], [key]: Float64Array.from(data) };
    }
    return read;
  }

  #finish(totals: Totals): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(this.metrics).map(([name, metric]) => [name, metric.finish(totals[name] as Totals[string])]),
    );
  }

  dispose(): void {
    this.state.dispose();
  }

  #zeros(): Totals {
    return eachStatistic(this.metrics, ({ shape }) => new Float64Array(sizeOf(shape))) as Totals;
  }
}

const eachStatistic = <T>(metrics: Metrics, make: (statistic: Value, name: string) => T) =>
  Object.fromEntries(
    Object.entries(metrics).map(([name, { statistics }]) => [
      name,
      Object.fromEntries(Object.entries(statistics).map(([key, value]) => [key, make(value, `${name}: ${key}`)])),
    ]),
  );
