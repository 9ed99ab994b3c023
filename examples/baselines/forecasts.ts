/** Forecasts that learn nothing (Hyndman and Athanasopoulos 2021, section 5.2). A missing number (NaN) gives one. */

/** A forecast of the `horizon` numbers behind place `end` of a series, of which those before `end` may be looked at. */
export type Forecast = (series: ArrayLike<number>, end: number, horizon: number) => number[];

const steps = <T>(horizon: number, of: (step: number) => T): T[] =>
  Array.from({ length: horizon }, (_, i) => of(i + 1));

/** The last known number. */
const lastKnown = (series: ArrayLike<number>, end: number): number => {
  let at = end - 1;
  while (at > 0 && Number.isNaN(series[at])) at--;
  return series[at] as number;
};

/** All stays as it is. */
export const persistence: Forecast = (series, end, horizon) => {
  const last = lastKnown(series, end);
  return steps(horizon, () => last);
};

/** What was a season before; where that is missing, a season further back. */
export const seasonalNaive =
  (season: number): Forecast =>
  (series, end, horizon) =>
    steps(horizon, (step) => {
      let at = end - 1 + step - season * Math.ceil(step / season);
      while (at >= season && Number.isNaN(series[at])) at -= season;
      return series[at] as number;
    });

/** The last number, moved on as from the first to the last. */
export const drift: Forecast = (series, end, horizon) => {
  let first = 0;
  while (first < end - 1 && Number.isNaN(series[first])) first++;
  const last = lastKnown(series, end);
  const slope = (last - (series[first] as number)) / Math.max(1, end - 1 - first);
  return steps(horizon, (step) => last + slope * step);
};

/** What was a season before, moved by as much as the last number has moved within a season. */
export const seasonalDrift =
  (season: number): Forecast =>
  (series, end, horizon) => {
    const before = seasonalNaive(season)(series, end, horizon);
    const moved = lastKnown(series, end) - lastKnown(series, end - season);
    return before.map((value, i) => value + moved * Math.ceil((i + 1) / season));
  };
