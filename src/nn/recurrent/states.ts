import { type DefaultedNamedSpec, type Extent, float32 } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { concat, reshape, slice } from "../../ops/layout/layout.ts";

/**
 * Where a layer's states of one name lie in the tensor that goes in and comes out: [layers · directions, batch, size], or, where
 * layers differ in size, [directions, batch, sum of sizes], the layers one behind the other.
 */
export class StateLayout {
  readonly #isEven: boolean;
  readonly #total: number;

  constructor(
    /** Of each layer. */
    private readonly sizes: readonly number[],
    private readonly directions: number,
  ) {
    this.#isEven = sizes.every((size) => size === sizes[0]);
    this.#total = sizes.reduce((a, b) => a + b, 0);
  }

  /** Rows of the tensor for a batch, and its columns. */
  get extents(): readonly [rows: number, size: number] {
    return this.#isEven
      ? [this.sizes.length * this.directions, this.sizes[0] as number]
      : [this.directions, this.#total];
  }

  /** Zeros where it is left out. */
  spec(batch: Extent): DefaultedNamedSpec {
    const [rows, size] = this.extents;
    return float32([rows, batch, size], { default: 0 });
  }

  /** The state [batch, size] of one direction of one layer. */
  take(all: Value, index: number): Value {
    const batch = all.shape[1] as number;
    const layer = Math.floor(index / this.directions);
    const size = this.sizes[layer] as number;
    if (this.#isEven) return reshape(slice(all, 0, index, index + 1), [batch, size]);
    const direction = index % this.directions;
    const start = this.sizes.slice(0, layer).reduce((a, b) => a + b, 0);
    return reshape(slice(slice(all, 0, direction, direction + 1), 2, start, start + size), [batch, size]);
  }

  /** From the states of all, by index. */
  gather(list: readonly Value[]): Value {
    const single = (state: Value) => reshape(state, [1, ...state.shape]);
    if (this.#isEven) return concat(list.map(single));
    const ofDirection = (direction: number) => list.filter((_, i) => i % this.directions === direction);
    return concat(Array.from({ length: this.directions }, (_, i) => single(concat(ofDirection(i), 1))));
  }
}
