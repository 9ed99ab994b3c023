/** Forecasts that need no training: what a net adds to, and what it is to beat. */
import { drift, persistence, seasonalDrift, seasonalNaive } from "../baselines/forecasts.ts";
import { UserError } from "../shared/errors.ts";
import { type Form, firstEnd, type Series } from "./series.ts";

/** What needs no training, by name. Without a season some are the same. */
export function referencesFor([season]: readonly number[]) {
  return {
    persistence,
    drift,
    seasonalNaive: season ? seasonalNaive(season) : persistence,
    seasonalDrift: season ? seasonalDrift(season) : drift,
  };
}

export type Reference = keyof ReturnType<typeof referencesFor>;

/** The simple forecast that is nearest on the rows that choices are made by. */
export function bestReference(
  references: ReturnType<typeof referencesFor>,
  { target, rows }: Series,
  form: Form,
  { from, to }: { readonly from: number; readonly to: number },
): Reference {
  const ends: number[] = [];
  for (let end = Math.max(from, firstEnd(form)); end + form.horizon <= to; end++) ends.push(end);
  if (ends.length === 0) throw new UserError(`${rows} rows are too few to choose by; give more, or a shorter --window`);
  const names = Object.keys(references) as Reference[];
  const errors = names.map((name) =>
    maeOf(
      { target },
      ends,
      ends.map((end) => references[name](target, end, form.horizon)),
    ),
  );
  return names[errors.indexOf(Math.min(...errors.filter((error) => !Number.isNaN(error))))] ?? "persistence";
}

/** The mean absolute error over all steps of all forecasts; what is missing does not count. */
export function maeOf(
  { target }: Pick<Series, "target">,
  ends: readonly number[],
  forecasts: readonly (readonly number[])[],
): number {
  let [sum, count] = [0, 0];
  for (const [i, end] of ends.entries()) {
    for (const [step, value] of (forecasts[i] as readonly number[]).entries()) {
      const error = Math.abs(value - (target[end + step] as number));
      if (Number.isNaN(target[end + step])) continue;
      sum += error;
      count++;
    }
  }
  return sum / count;
}
