/** The net: an LSTM that gives what is to be added to a simple forecast, as quantiles. */
import { last, nn, reshape, type Value } from "seqgrad";
import type { Reference } from "./references.ts";
import { type Examples, type Form, restored, type Scales } from "./series.ts";

export const quantiles = [0.1, 0.5, 0.9];

/** What a net is made from and fed with. */
export interface Settings {
  /** The column that is foretold, and others that are seen. */
  readonly target: string;
  readonly inputs: readonly string[];
  readonly form: Form;
  readonly scales: Scales;
  readonly reference: Reference;
  readonly hidden: number;
  readonly channels: number;
}

export class Forecaster extends nn.Module {
  readonly lstm: nn.LSTM;
  readonly head: nn.Linear;

  constructor(
    channels: number,
    hidden: number,
    private readonly horizon: number,
  ) {
    super();
    this.lstm = new nn.LSTM(channels, hidden);
    this.head = new nn.Linear(hidden, horizon * quantiles.length);
  }

  /** float32 [batch, window, channels] → [batch, horizon, quantiles] */
  forward(x: Value): Value {
    const summary = last(this.lstm.forward(x)[0]);
    return reshape(this.head.forward(summary), [summary.shape[0] as number, this.horizon, quantiles.length]);
  }
}

/** What the net gave, added to the reference, in the series' own numbers: [examples][steps][quantiles]. */
export function forecastsOf(
  { references }: Pick<Examples, "references">,
  { form, scales }: Pick<Settings, "form" | "scales">,
  outputs: ArrayLike<number>,
): number[][][] {
  return references.map((values, example) =>
    values.map((value, step) =>
      quantiles.map((_, i) => {
        const residual = outputs[(example * form.horizon + step) * quantiles.length + i] as number;
        return restored(form, value + residual * scales.residual);
      }),
    ),
  );
}
