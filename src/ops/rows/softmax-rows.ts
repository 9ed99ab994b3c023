/** Softmax as a part of other kernels: sums over a row, and an element by them. As `kernels/rows/softmax_*.wgsl`. */
import type { RowRule } from "../../graph/element-rule.ts";
import type { Node, Single, Value } from "../../graph/value.ts";
import { rowColumns } from "./norm-rows.ts";

export interface Softmax {
  readonly variant: "default" | "log" | "masked";
}

/** The numbers of a row are its maximum and the sum of exponentials, of `log` the logarithm of that. */
export const softmaxRow: RowRule<Node<Softmax, { readonly x: Value }, Single>, Value> = {
  columns: ({ inputs: { x } }, rows) => rowColumns(x, rows),
  summed: ({ inputs: { x } }) => [x],
  rounds: 2,
  labels: ["largest", "total"],
  taken: ["maximum", "sum"],
  terms: ({ inputs: { x } }, round, place, [largest]) =>
    round === 0 ? [place.of(x)] : [`exp(${place.of(x)} - ${largest})`],
  numbers({ attributes: { variant } }, round, [taken]) {
    if (round === 0) return [taken as string];
    // the largest gives 1; less is a row of nothing but -∞, or what is no number
    const sum = `checked_total(select(3.402e38, ${taken}, ${taken} > 0.5))`;
    return [variant === "log" ? `logarithm_of_total(${sum})` : sum];
  },
  write({ inputs: { x }, attributes: { variant } }, place, [largest, sum]) {
    const below = `${place.of(x)} - ${largest}`;
    return variant === "log" ? `(${below}) - ${sum}` : `exp(${below}) / ${sum}`;
  },
};

export const softmaxBackwardRow: RowRule<Node<Softmax, { readonly y: Value; readonly g: Value }, Single>, Value> = {
  columns: ({ inputs: { y } }, rows) => rowColumns(y, rows),
  summed: ({ inputs: { y, g } }) => [y, g],
  rounds: 1,
  labels: ["product"],
  terms({ inputs: { y, g }, attributes: { variant } }, _, place) {
    return [variant === "log" ? place.of(g) : shared(variant, place.of(g), place.of(y))];
  },
  numbers: (_, __, [sum]) => [sum as string],
  write({ inputs: { y, g }, attributes: { variant } }, place, [sum]) {
    const [share, arriving] = [place.of(y), place.of(g)];
    if (variant === "log") return `${arriving} - exponential(${share}) * ${sum}`;
    return shared(variant, `(${arriving} - ${sum})`, share);
  },
};

const shared = (variant: Softmax["variant"], gradient: string, share: string): string =>
  variant === "masked" ? `select(${gradient} * ${share}, 0.0, ${share} == 0.0)` : `${gradient} * ${share}`;
