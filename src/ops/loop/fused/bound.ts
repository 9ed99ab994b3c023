/** What a fused loop's dispatch binds: few buffers, so what lies scattered is brought together before the steps. */
import type { Slot } from "../../../graph/lowering.ts";
import { sizeOf, stridesOf } from "../../../graph/shape.ts";
import type { NodeLowering, Value } from "../../../graph/value.ts";
import { lowerCopy } from "../../layout/copy.ts";
import type { Source } from "./addresses.ts";
import type { Outside } from "./outside.ts";
import type { Phase, Sum } from "./phase.ts";
import type { Place } from "./regions.ts";
import { NotFusable, type Schedule } from "./schedule.ts";

/** The weights of all sums, in one buffer: [units, k] for each where they are `transposed`, else [k, units]. */
export interface Weights {
  readonly buffer: number;
  /** Where those of each sum begin. */
  readonly starts: readonly number[];
  readonly transposed: boolean;
  /** They are stored in 16 bits, and read so. */
  readonly isHalf: boolean;
}

/** The most buffers that a kernel binds on every adapter. */
const MOST_BUFFERS = 8;

export class Bound {
  /** Of the phase's sources. */
  readonly places: readonly Place[];
  readonly weights: Weights | undefined;
  readonly #copies: (() => void)[] = [];

  constructor(
    private readonly phase: Phase,
    private readonly schedule: Schedule,
    private readonly placeOf: (source: Source) => Place,
    private readonly to: NodeLowering,
  ) {
    this.weights = this.#placeWeights();
    this.places = this.#placeSources();
  }

  /** Emits the copies. */
  copy(): void {
    for (const copy of this.#copies) copy();
  }

  /** What the kernels are told of the products; see `productParams`. */
  get productParams(): Record<string, number> {
    const { sums, isApart } = this.phase;
    const [first] = sums;
    if (!first || !this.weights) return {};
    const { starts } = this.weights;
    if (isApart) {
      return Object.fromEntries(
        sums.flatMap(({ product: { k } }, i) => [
          [`row_size${i}`, k],
          [`weights${i}`, starts[i] as number],
        ]),
      );
    }
    const [start, second = start] = starts as [number, ...number[]];
    const { k, n } = first.product;
    return { row_size: k, weights_at: start, weights_step: second - start, weights_size: n };
  }

  /** Whether all that is read as vectors begins and ends with whole ones. */
  get vectorizes(): boolean {
    const { units, sums, sources } = this.phase;
    const extents = sums.flatMap(({ product: { k, n, transposed } }) => (transposed ? [k] : [k, n]));
    const offsets = this.places.flatMap(({ offset }, i) =>
      this.#isReadByNumber(sources[i] as Source) ? [] : [offset],
    );
    return [units, ...extents, ...offsets, ...(this.weights?.starts ?? [])].every((number) => number % 4 === 0);
  }

  /** A number for each row, or for all. */
  #isReadByNumber(source: Source): boolean {
    if (this.phase.numbered.has(source)) return true;
    if ("kind" in source) return source.columns === 1 && this.phase.units > 1;
    const size = sizeOf(source.shape);
    return size === 1 || (source.shape.length > 1 && size === this.schedule.rows);
  }

  #placeWeights(): Weights | undefined {
    const { sums } = this.phase;
    if (sums.length === 0) return undefined;
    const stored = sums.map(({ product }) => this.to.stored(product.weight));
    const dtypes = new Set(stored.map(({ dtype }) => dtype));
    const found = dtypes.size === 1 ? this.#inPlace(stored) : undefined;
    if (found) return found;
    const slots = sums.map(({ product }) => this.to.slot(product.weight));
    return this.#inPlace(slots) ?? this.#packed(slots);
  }

  /** Where the weights of a sum begin in those of its product. */
  #startOf({ product, block }: Sum): number {
    return block * this.phase.units * (product.transposed ? product.k : 1);
  }

  /** As they lie, where one pattern tells all of them. */
  #inPlace(slots: readonly Slot[]): Weights | undefined {
    const { sums, isApart } = this.phase;
    const [{ buffer, dtype }] = slots as [Slot];
    const starts = slots.map(({ offset }, i) => offset + this.#startOf(sums[i] as Sum));
    const [start, second = start] = starts as [number, ...number[]];
    const [{ product: first }] = sums as [Sum];
    const isTogether = slots.every((slot) => slot.buffer === buffer);
    const isEven = second >= start && starts.every((offset, i) => offset === start + i * (second - start));
    const isAlike = sums.every(({ product: { transposed, n } }) => transposed === first.transposed && n === first.n);
    const fits = isApart ? sums.every(({ product }) => product.transposed) : isEven && isAlike;
    const { transposed } = first;
    return isTogether && fits ? { buffer, starts, transposed, isHalf: dtype === "float16" } : undefined;
  }

  /** One behind the other in a buffer of their own. */
  #packed(slots: readonly Slot[]): Weights {
    const { sums, units } = this.phase;
    const sizes = sums.map(({ product: { k } }) => units * k);
    const own = this.to.temporary([sizes.reduce((a, b) => a + b)], "float32", "weights");
    let offset = own.offset;
    const starts = sums.map((sum, i) => {
      const { k, n, transposed } = sum.product;
      const slot = slots[i] as Slot;
      const from: Slot = { ...slot, shape: [units, k], offset: slot.offset + this.#startOf(sum) };
      const into: Slot = { ...own, shape: [units, k], offset };
      this.#copies.push(() => lowerCopy(this.to, [units, k], from, transposed ? [k, 1] : [1, n], into, [k, 1]));
      offset += sizes[i] as number;
      return into.offset;
    });
    return { buffer: own.buffer, starts, transposed: true, isHalf: false };
  }

  /** Where the sources are, once those of small buffers are together in one. */
  #placeSources(): readonly Place[] {
    const { sources } = this.phase;
    const places = sources.map(this.placeOf);
    const members = new Map<number, number[]>();
    places.forEach(({ buffer }, i) => {
      members.set(buffer, [...(members.get(buffer) ?? []), i]);
    });
    // what is read in 16 bits is bound by itself, whatever else lies in its buffer
    const apart = this.weights?.isHalf ? 1 : 0;
    const shared = apart ? undefined : this.weights?.buffer;
    if (shared !== undefined) members.set(shared, members.get(shared) ?? []);
    const excess = members.size + apart - MOST_BUFFERS;
    if (excess <= 0) return places;
    const whole = (i: number): Value => (sources[i] as Outside).whole;
    const sizeOfAll = (list: readonly number[]) => list.reduce((sum, i) => sum + sizeOf(whole(i).shape), 0);
    const movable = [...members]
      .filter(([buffer, list]) => buffer !== shared && list.every((i) => !("kind" in (sources[i] as Source))))
      .map(([, list]) => ({ list, size: sizeOfAll(list) }))
      .sort((a, b) => a.size - b.size);
    // they become one buffer more
    const moved = movable.slice(0, excess + 1).flatMap(({ list }) => list);
    if (movable.length <= excess)
      throw new NotFusable(`a dispatch binds ${members.size} buffers, at most ${MOST_BUFFERS}`);
    const room = (i: number) => Math.ceil(sizeOf(whole(i).shape) / 4) * 4;
    const own = this.to.temporary([moved.reduce((sum, i) => sum + room(i), 0)], "float32", "what steps read");
    let offset = own.offset;
    const together = new Map<number, Place>();
    for (const i of moved) {
      together.set(i, { buffer: own.buffer, offset });
      const { shape } = whole(i);
      const into: Slot = { ...own, shape, offset };
      const from: Slot = { ...(places[i] as Place), shape, dtype: "float32" };
      this.#copies.push(() => lowerCopy(this.to, shape, from, stridesOf(shape), into, stridesOf(shape)));
      offset += room(i);
    }
    return places.map((place, i) => together.get(i) ?? place);
  }
}
