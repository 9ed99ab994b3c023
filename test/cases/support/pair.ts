import type { Value } from "../../../src/index.ts";
import type { NdArray } from "../../reference/array.ts";
import { type Args, engine, type Program } from "./ops.ts";

type Results<T> = T | readonly T[];

/** A program for what `Ops` does not list: seqgrad's form on values, the oracle's on arrays. */
export const pair = (
  ours: (x: Args<Value>) => Results<Value>,
  oracle: (x: Args<NdArray>) => Results<NdArray>,
): Program =>
  ((o: unknown, x: unknown) => (o === engine ? ours(x as Args<Value>) : oracle(x as Args<NdArray>))) as Program;
