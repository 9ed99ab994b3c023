/** A visitor's cell as a layer. */
import { float32, nn, type Parameter, permute, ShapeError, type Spec, scan, Value, zeros } from "seqgrad";
import type { Body, MakeBody } from "../../worker/cells/cell.ts";
import { type Cell, given, type Step } from "../define.ts";

type States = Readonly<Record<string, Value>>;

export class OwnCell extends nn.Module implements Body {
  readonly cell: Readonly<Record<string, nn.Module | Parameter>>;
  readonly #step: Step;
  readonly #sizes: readonly (readonly [name: string, size: number])[];

  constructor(
    { states, make }: Cell,
    readonly inputs: number,
    readonly size: number,
  ) {
    super();
    this.#sizes =
      typeof states === "function" ? Object.entries(states(size)) : states.map((name) => [name, size] as const);
    const { all, parts } = given({ inputs, hidden: size });
    this.#step = make(all);
    this.cell = parts;
    if (typeof this.#step !== "function") throw new TypeError("The cell gives no step, expected (before, x) => …");
  }

  stateSpec(batch: number): Record<string, Spec> {
    return this.#byName((size) => float32([batch, size], { default: 0 }));
  }

  /** One step: states [batch, size] and input [batch, inputs]. */
  step(before: States, x: Value): readonly [next: States, output: Value] {
    const [next, output] = this.#step(before, x);
    const [batch] = x.shape as [number];
    const wanted = `[${batch}, ${this.size}]`;
    if (!(output instanceof Value)) throw new TypeError(`The step gives no output, expected a value ${wanted}.`);
    if (String(output.shape) !== String([batch, this.size])) {
      throw new ShapeError(`step: the output is [${output.shape.join(", ")}], expected ${wanted}: [batch, hidden]`);
    }
    // in the states' order, whatever order the step has
    return [this.#byName((_, name) => next[name] as Value), output];
  }

  forward(x: Value, state?: States): readonly [outputs: Value, state: States] {
    const [batch] = x.shape as [number];
    const start = state ?? this.#byName((size) => zeros([batch, size]));
    const [end, outputs] = scan(permute(x, [1, 0, 2]), start, (before, at) => this.step(before, at));
    return [permute(outputs, [1, 0, 2]), end];
  }

  #byName<T>(make: (size: number, name: string) => T): Record<string, T> {
    return Object.fromEntries(this.#sizes.map(([name, size]) => [name, make(size, name)]));
  }
}

export const ownBody =
  (cell: Cell): MakeBody =>
  ({ input, settings }) =>
    new OwnCell(cell, input, settings.hidden);
