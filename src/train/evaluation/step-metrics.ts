import { ArgumentError } from "../../errors.ts";
import type { Device } from "../../gpu/device.ts";
import type { Metric } from "../../metrics/metric.ts";
import type { Update } from "../../plan/updates.ts";
import type { Sizes } from "../../run/sizes/types.ts";
import type { State } from "../../run/state.ts";
import type { HeldTensor, Part } from "../checkpoint/parts.ts";
import type { PlainData } from "../checkpoint/resumable.ts";
import { MetricTotals } from "./totals.ts";

type Metrics = Readonly<Record<string, Metric<unknown>>>;

/**
 * Metrics over training steps. They are put together on the GPU in float32, so that a step waits for nothing and what a checkpoint
 * holds of them is all that there is. A step that changes nothing does not count.
 */
export class StepMetrics implements Part {
  readonly name = "metrics";
  #totals: MetricTotals | undefined;
  #sizes: Sizes | null = null;

  constructor(
    private readonly device: Device,
    /** The metrics of a step of these sizes. */
    private readonly trace: (sizes: Sizes) => Metrics,
  ) {}

  /** What the steps of a program make of the accumulators. Throws ArgumentError where there is nothing to measure. */
  updates(metrics: Metrics, sizes: Sizes): Update[] {
    if (Object.keys(metrics).length === 0) {
      throw new ArgumentError(
        "Trainer: stepMetrics is true and the loss function returns no metrics, expected { loss, metrics } from it",
      );
    }
    this.#sizes = sizes;
    this.#totals ??= new MetricTotals(this.device, metrics);
    return this.#totals.updates(metrics);
  }

  /** Where the accumulators lie; undefined before the first program. */
  get state(): State | undefined {
    return this.#totals?.state;
  }

  /** What they came to, of the steps that were started before the call. */
  async read(): Promise<Record<string, unknown>> {
    return this.#totals?.read() ?? {};
  }

  reset(): void {
    this.#totals?.state.reset();
  }

  *tensors(): Iterable<HeldTensor> {
    const { state } = this;
    for (const leaf of state?.leaves ?? []) {
      const { buffer } = (state as State).arenaOf(leaf);
      yield { name: leaf.name, shape: leaf.shape, dtype: leaf.dtype, buffer, byteOffset: 0 };
    }
  }

  fields(): PlainData {
    return { sizes: this.#sizes };
  }

  /** Where extents have names there is no program yet. */
  check(fields: PlainData): void {
    const { sizes } = fields as { readonly sizes: Sizes | null };
    if (sizes && !this.#totals) this.updates(this.trace(sizes), sizes);
  }

  dispose(): void {
    this.#totals?.dispose();
  }
}
