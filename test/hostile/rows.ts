// What the tables of valid calls share.
import { input } from "../plan/support.ts";

export type Rows = Readonly<Record<string, () => readonly unknown[]>>;

/** Inputs of a shape. */
export const f = (...shape: number[]) => input(shape);
export const i = (...shape: number[]) => input(shape, "int32");
