import type { ProgramStats } from "../../plan/describe.ts";
import type { ExtentNames } from "../inputs.ts";

/** Extents by name. */
export type Sizes = Readonly<Record<string, number>>;

/** How sizes of an extent are rounded up, so that few programs serve many sizes. */
export interface BucketOptions {
  /** Sizes that programs are made for, smallest first. Data are padded at the end, up to the next one. */
  readonly buckets: readonly number[];
  /**
   * Path of an int32 input without this extent that is filled with how much of it is data, where it is not given. `lengths` or
   * `weights` must be there: padding that nothing tells from data would be trained on.
   */
  readonly lengths?: string;
  /** Path of a float32 input with this extent that is filled with 1 for data and 0 for padding; one that is given is padded by 0. */
  readonly weights?: string;
}

/** Buckets for some of the extents that specs name. */
export type SizeOptions<S> = { readonly [Name in ExtentNames<S>]?: BucketOptions };

/** A size for each of the extents that specs name. */
export type SizesOf<S> = { readonly [Name in ExtentNames<S>]: number };

/** Specs of inputs, extents of which may have names, and how those are rounded up. */
export interface SizedSpecs {
  readonly inputs: object;
  readonly carry?: object | undefined;
  readonly sizes?: object | undefined;
}

/** A program of one size. */
export interface ProgramOfSize {
  /** Extents by name; none where all are numbers. */
  readonly sizes: Sizes;
  /** What a run does. Its `bytes` are those that it would need by itself. */
  readonly stats: ProgramStats;
}

/** What programs of several sizes take together, parameters and optimizer state aside. */
export interface ProgramsStats {
  /** Least recently used first. */
  readonly programs: readonly ProgramOfSize[];
  /** Bytes of inputs, outputs and intermediates, which all of them share: as many as the largest one needs. */
  readonly sharedBytes: number;
  /** Bytes of the numbers that dispatches are given, each program's own. */
  readonly uniformBytes: number;
  /** Bytes of constants, each program's own. */
  readonly constantBytes: number;
}
