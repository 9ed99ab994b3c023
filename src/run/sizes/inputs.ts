import { DataError } from "../../errors.ts";
import type { TensorData } from "../../gpu/tensor.ts";
import { checkArgument, count, required } from "../../options.ts";
import { givenInputs } from "../given.ts";
import { boundSizes } from "./bind.ts";
import { type Buckets, bucketsOf, filledInputs, padded, roundedSizes } from "./buckets.ts";
import { type InputSpec, namedSpecs, namesIn } from "./specs.ts";
import type { SizedSpecs, Sizes } from "./types.ts";

/** Data of a run, for a program of one size. */
export interface Sized {
  readonly sizes: Sizes;
  /** By the inputs' paths. */
  readonly data: Map<string, TensorData | undefined>;
}

/** Inputs of which extents have names: what their sizes are is told by the data of each run. */
export class SizedInputs {
  readonly specs: ReadonlyMap<string, InputSpec>;
  /** Names of extents; none where all are numbers. */
  readonly names: readonly string[];
  readonly #buckets: Buckets;
  /** Inputs that may be left out whatever their specs say. */
  readonly #optional: ReadonlySet<string>;

  /** @param isPartial whether any input may be left out: those that are given tell the sizes */
  constructor(where: string, { inputs, carry, sizes }: SizedSpecs, isPartial = false) {
    const [own, carried] = [namedSpecs(inputs), namedSpecs(carry)];
    this.specs = new Map([...own, ...carried]);
    this.names = namesIn(own.values());
    requireBound(where, this.names, namesIn(carried.values()));
    this.#buckets = bucketsOf(where, sizes, this.names, own);
    this.#optional = new Set(isPartial ? this.specs.keys() : [...filledInputs(this.#buckets), ...carried.keys()]);
  }

  /** Which size of program these data are for, and the data as it takes them: padded where there are buckets. */
  take(op: string, data: unknown): Sized {
    const given = givenInputs(op, this.specs, data, this.#optional);
    const sizes = boundSizes(op, this.names, this.specs, given);
    const rounded = roundedSizes(op, sizes, this.#buckets);
    if (this.#buckets.size === 0) return { sizes, data: given };
    return { sizes: rounded, data: padded(this.specs, given, this.#buckets, sizes, rounded) };
  }

  /** Sizes that are given by hand: rounded up as those of data are. */
  check(op: string, given: object): Sizes {
    checkArgument(
      op,
      "sizes",
      given,
      required({ expected: "an object", fits: (each) => typeof each === "object" && each !== null }),
    );
    const sizes: Record<string, number> = Object.create(null);
    for (const name of this.names) {
      checkArgument(op, name, (given as Sizes)[name], required(count));
      sizes[name] = (given as Sizes)[name] as number;
    }
    const other = Object.keys(given).find((name) => !this.names.includes(name));
    if (other !== undefined) {
      throw new DataError(
        `${op}: no input has an extent named ${other}, expected ${this.names.join(", ") || "none, since all extents are numbers"}`,
      );
    }
    return roundedSizes(op, sizes, this.#buckets);
  }
}

/** Throws DataError where a name of the carry is one of no input: a run could not tell how large it is. */
function requireBound(where: string, inputs: readonly string[], carried: readonly string[]): void {
  const unbound = carried.find((name) => !inputs.includes(name));
  if (unbound === undefined) return;
  throw new DataError(
    `${where}: the carry's extent ${JSON.stringify(unbound)} is one of no input, expected one of ${inputs.map((name) => JSON.stringify(name)).join(", ") || "none, since no input names any"}; the inputs of a step tell how large it is`,
  );
}
