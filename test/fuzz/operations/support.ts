import type { NdArray } from "../../reference/array.ts";
import type { Choices, Known } from "../builder.ts";

export const rank =
  (least: number, most = 5) =>
  (x: NdArray) =>
    x.shape.length >= least && x.shape.length <= most;
export const last = ({ x }: Known): number => x.shape.at(-1) as number;
export const axisOf = (c: Choices, { x }: Known): number => c.next(x.shape.length) - (c.flag() ? x.shape.length : 0);
export const normal = (axis: number, { x }: Known): number => (axis < 0 ? axis + x.shape.length : axis);
