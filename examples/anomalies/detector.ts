/** Two nets over a window of a series: one foretells what follows, the other draws the window from a few numbers. */
import { add, broadcastTo, concat, float32, last, losses, nn, reshape, squeeze, type Value } from "seqgrad";
import { calendarSize, type TimedSeries } from "./series.ts";

export interface DetectorSizes {
  readonly window: number;
  readonly horizon: number;
  readonly hidden: number;
  readonly code: number;
}

export class Detector extends nn.Module {
  readonly reader: nn.LSTM;
  readonly forecast: nn.Linear;
  readonly encoder: nn.LSTM;
  readonly toCode: nn.Linear;
  readonly decoder: nn.LSTM;
  readonly drawing: nn.Linear;

  constructor(readonly sizes: DetectorSizes) {
    super();
    const { hidden, code, horizon } = sizes;
    this.reader = new nn.LSTM(1 + calendarSize, hidden);
    this.forecast = new nn.Linear(hidden, horizon);
    this.encoder = new nn.LSTM(1 + calendarSize, hidden);
    this.toCode = new nn.Linear(hidden, code);
    this.decoder = new nn.LSTM(code + calendarSize, hidden);
    this.drawing = new nn.Linear(hidden, 1);
  }

  /** Values [batch, window], calendar [batch, window, features] → what follows [batch, horizon], the window again [batch, window]. */
  forward(values: Value, calendar: Value): { next: Value; drawn: Value } {
    const { window, code } = this.sizes;
    const batch = values.shape[0] as number;
    const seen = concat([reshape(values, [batch, window, 1]), calendar], 2);
    const next = this.forecast.forward(last(this.reader.forward(seen)[0]));
    const codes = this.toCode.forward(last(this.encoder.forward(seen)[0]));
    const repeated = broadcastTo(reshape(codes, [batch, 1, code]), [batch, window, code]);
    const drawn = this.drawing.forward(this.decoder.forward(concat([repeated, calendar], 2))[0]);
    return { next, drawn: squeeze(drawn, 2) };
  }
}

export const detectorInputs = ({ window, horizon }: DetectorSizes) => ({
  values: float32(["batch", window]),
  calendar: float32(["batch", window, calendarSize]),
  next: float32(["batch", horizon]),
});

export const detectorLoss =
  (model: Detector) =>
  ({ values, calendar, next }: Record<"values" | "calendar" | "next", Value>) => {
    const outputs = model.forward(values, calendar);
    const loss = add(losses.meanSquaredError(outputs.next, next), losses.meanSquaredError(outputs.drawn, values));
    return { loss, outputs };
  };

/** Windows that end at the rows given, scaled. */
export function windowsOf(
  { values, calendar }: TimedSeries,
  ends: readonly number[],
  { window, horizon }: DetectorSizes,
  scale: (value: number) => number,
) {
  const scaled = Array.from(values, scale);
  return {
    values: ends.map((end) => scaled.slice(end - window, end)),
    calendar: ends.map((end) => calendar.slice(end - window, end)),
    next: ends.map((end) => scaled.slice(end, end + horizon)),
  };
}
