/** Normalisation as a part of other kernels: the sums over a row, and an element by them. As `kernels/rows/layer_norm_*.wgsl`. */
import { number } from "../../graph/element.ts";
import type { RowRule } from "../../graph/element-rule.ts";
import type { Node, Single, Value } from "../../graph/value.ts";

export interface Norm {
  readonly variant: "default" | "rms";
  readonly epsilon: number;
}

export type NormInputs = {
  /** [..., n] */
  readonly x: Value;
  /** [n] */
  readonly weight?: Value | undefined;
  /** [n] */
  readonly bias?: Value | undefined;
};

export type Normed = {
  /** [..., n] */
  readonly y: Value;
  /** `[..., 2]`: mean and 1 / deviation. */
  readonly stats: Value;
};

/** What gradients are made of: x, the gradient of y, the statistics. */
export type Arrived = { readonly x: Value; readonly g: Value; readonly stats: Value };

/** The last axis of what has an axis of rows and no more than one beside it. */
export const rowColumns = ({ shape }: Value, rows: number): number | null =>
  shape.length === 2 && shape[0] === rows ? (shape[1] as number) : null;

/** The numbers of a row are its mean and 1 / deviation. */
export const normRow: RowRule<Node<Norm, NormInputs, Normed>, Value> = {
  columns: ({ inputs: { x }, attributes: { epsilon } }, rows) =>
    number(epsilon) === null ? null : rowColumns(x, rows),
  summed: ({ inputs: { x } }) => [x],
  rounds: 2,
  labels: ["mean", "rstd"],
  terms({ inputs: { x }, attributes: { variant } }, round, place, [mean]) {
    if (round === 0) return variant === "rms" ? [] : [place.of(x)];
    const below = `(${place.of(x)} - ${mean})`;
    return [`${below} * ${below}`];
  },
  numbers({ attributes: { epsilon } }, round, [sum], _, width) {
    if (round === 0) return [sum === undefined ? "0.0" : `${sum} / ${width}.0`];
    return [`1.0 / sqrt(${sum} / ${width}.0 + ${number(epsilon)})`];
  },
  write({ inputs: { x, weight, bias } }, place, [mean, rstd]) {
    const factor = weight ? ` * ${place.of(weight)}` : "";
    return `(${place.of(x)} - ${mean}) * ${rstd}${factor}${bias ? ` + ${place.of(bias)}` : ""}`;
  },
  given: ({ outputs: { stats } }) => stats,
};

/** The numbers of a row are the means of u and of u · v; see the kernel. */
export const normBackwardRow: RowRule<
  Node<Pick<Norm, "variant">, Arrived & Pick<NormInputs, "weight">, Single>,
  Value
> = {
  columns: ({ inputs: { x } }, rows) => rowColumns(x, rows),
  summed: ({ inputs: { x, g } }) => [x, g],
  rounds: 1,
  labels: ["mean_u", "mean_uv"],
  terms({ inputs: { x, g, stats, weight }, attributes: { variant } }, _, place) {
    const u = weight ? `${place.of(g)} * ${place.of(weight)}` : place.of(g);
    const product = `${u} * (${place.of(x)} - ${place.number(stats, 0)})`;
    return variant === "rms" ? [product] : [product, u];
  },
  numbers: ({ inputs: { stats } }, _, [product, sum], place, width) => [
    sum === undefined ? "0.0" : `${sum} / ${width}.0`,
    `${product} * ${place.number(stats, 1)} / ${width}.0`,
  ],
  write({ inputs: { x, g, stats, weight } }, place, [mean, product]) {
    const u = weight ? `${place.of(g)} * ${place.of(weight)}` : place.of(g);
    const [center, rstd] = [place.number(stats, 0), place.number(stats, 1)];
    return `${rstd} * (${u} - ${mean} - (${place.of(x)} - ${center}) * ${rstd} * ${product})`;
  },
};
