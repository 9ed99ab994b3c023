/** A program's graph in rows, for text and drawing alike. */
import { ConstantValue, InputValue } from "../graph/leaves.ts";
import { reachableLeaves, reachableNodes } from "../graph/order.ts";
import { Parameter } from "../graph/parameter.ts";
import { formatShape, sizeOf } from "../graph/shape.ts";
import type { Node, Value } from "../graph/value.ts";
import type { ProgramRequest } from "../plan/build.ts";

/** A value that leaves the graph, and what for. */
export interface Result {
  readonly value: Value;
  /** `output logits`, `next state.h`, `gradient of rnn.weight_ih_l0`. */
  readonly label: string;
}

/** @internal A graph that was planned, and a name for each of its values. */
export class Listing {
  readonly results: readonly Result[];
  readonly nodes: readonly Node[];
  /** Inputs first, used or not, then what else the graph reads. */
  readonly leaves: readonly Value[];
  readonly #names = new Map<Value, string>();
  #count = 0;

  constructor({ inputs, outputs, updates = [], destinations = [] }: ProgramRequest) {
    this.results = [
      ...Object.entries(outputs).map(([name, value]) => ({ value, label: `output ${name}` })),
      ...updates.map(([state, value]) => ({ value, label: `next ${state.name || "state"}` })),
      ...destinations.map(([value, { label = "destination" }]) => ({ value, label })),
    ];
    const values = this.results.map(({ value }) => value);
    this.nodes = reachableNodes(values);
    this.leaves = [...new Set<Value>([...inputs, ...reachableLeaves(values)])];
  }

  /** `tokens`, `embed.weight`, `%12`. */
  nameOf(value: Value): string {
    const known = this.#names.get(value);
    if (known !== undefined) return known;
    const own = value instanceof InputValue || value instanceof Parameter ? value.name : scalarOf(value);
    const name = own || `%${++this.#count}`;
    this.#names.set(value, name);
    return name;
  }

  /** `x=%3, weight=rnn.weight_ih_l0`. */
  inputsOf({ inputs }: Node): string {
    return Object.entries(inputs)
      .flatMap(([name, given]) => {
        if (given === undefined) return [];
        const list: readonly Value[] = Array.isArray(given) ? given : [given as Value];
        const names = list.map((value) => this.nameOf(value)).join(", ");
        return [`${name}=${Array.isArray(given) ? `[${names}]` : names}`];
      })
      .join(", ");
  }
}

/** Numbers stand for themselves. */
const scalarOf = (value: Value): string =>
  value instanceof ConstantValue && sizeOf(value.shape) === 1 && value.rank === 0 ? String(value.data[0]) : "";

/** @internal `float32 [32, 64]`. */
export const typeOf = ({ dtype, shape }: Value): string => `${dtype} ${formatShape(shape)}`;

/** @internal What kind of leaf it is. */
export function kindOf(leaf: Value): string {
  if (leaf instanceof InputValue) return "input";
  if (leaf instanceof Parameter) return "parameter";
  return leaf instanceof ConstantValue ? "constant" : "placeholder";
}

/** @internal What an operation was told beside its inputs, as far as it is short: `{ axis: 1 }`. */
export function attributesOf({ attributes }: Node): string {
  if (typeof attributes !== "object" || attributes === null || Array.isArray(attributes)) {
    return isShort(attributes) ? `{ ${JSON.stringify(attributes)} }` : "";
  }
  const shown = Object.entries(attributes).filter(([, value]) => isShort(value));
  return shown.length > 0 ? `{ ${shown.map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(", ")} }` : "";
}

const MOST_NUMBERS = 8;

const isShort = (value: unknown): boolean =>
  ["number", "string", "boolean"].includes(typeof value) ||
  (Array.isArray(value) && value.length <= MOST_NUMBERS && value.every((each) => typeof each === "number"));
