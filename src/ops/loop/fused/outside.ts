/** What a fused loop reads from outside: where it lies, before anybody stretched it to the shape that operations want. */
import { nodeOf } from "../../../graph/apply.ts";
import { ConstantValue } from "../../../graph/leaves.ts";
import { type Shape, sizeOf } from "../../../graph/shape.ts";
import type { Value } from "../../../graph/value.ts";
import { fullOp } from "../../layout/layout.ts";
import { broadcastOp } from "../../rows/reduce.ts";
import type { Loop } from "../loop.ts";

export interface Outside {
  /** What lies in memory: of all steps where it is sliced. */
  readonly whole: Value;
  readonly isSliced: boolean;
  /** Of what a step reads. */
  readonly shape: Shape;
  /** Where every element is the same finite number. */
  readonly number: number | undefined;
}

export class OutsideValues {
  readonly #sliced = new Map<Value, Outside>();
  readonly #constant = new Map<Value, Outside>();

  constructor(
    private readonly loop: Loop,
    private readonly rows: number,
  ) {}

  /** Of a value of the loop's body that no step computes. The same for all that lies in the same place. */
  of(value: Value): Outside {
    const stacked = this.loop.slices.get(value);
    const own = stacked ? this.#outside(stacked, stacked.rank) : this.#outside(value, undefined);
    const behind = this.#behind(own.whole, stacked?.rank);
    // a kernel stretches to rows and to columns, not within them
    const columns = [1, rowWidth(own.shape, this.rows)];
    const found = columns.includes(rowWidth(behind.shape, this.rows)) ? behind : own;
    const all = found.isSliced ? this.#sliced : this.#constant;
    const known = all.get(found.whole) ?? found;
    all.set(found.whole, known);
    return known;
  }

  #behind(value: Value, rank: number | undefined): Outside {
    let whole = value;
    for (let node = nodeOf(broadcastOp, whole); node?.attributes.scale === 1; node = nodeOf(broadcastOp, whole)) {
      whole = node.inputs.x;
    }
    return this.#outside(whole, rank);
  }

  /** `rank`: of the value that steps take slices of. An axis of time of extent 1 stands for all steps. */
  #outside(whole: Value, rank: number | undefined): Outside {
    const hasTime = whole.rank === rank;
    const isSliced = hasTime && whole.shape[0] === this.loop.length;
    return { whole, isSliced, shape: hasTime ? whole.shape.slice(1) : whole.shape, number: numberOf(whole) };
  }
}

/** How many columns a value has, where rows are read as one after the other; what has no rows is one for all. */
export function rowWidth(shape: Shape, rows: number): number {
  const size = sizeOf(shape);
  const hasRows = shape.length > 1 && shape[0] === rows;
  return hasRows || (rows === 1 && shape.length > 0) ? size / rows : size;
}

function numberOf(value: Value): number | undefined {
  const full = nodeOf(fullOp, value)?.attributes.value;
  const single = value instanceof ConstantValue && sizeOf(value.shape) === 1 ? value.data[0] : undefined;
  const number = full ?? single;
  return number !== undefined && Number.isFinite(Math.fround(Number(number))) ? Math.fround(Number(number)) : undefined;
}
