/** What an own cell imports as "playground". Its text is also what the editor checks cells against. */
import { type Initializer, nn, Parameter, type Value } from "seqgrad";

/** What a cell is made from. */
export interface Given {
  /** Numbers that come in at each step. */
  readonly inputs: number;
  /** Units: numbers that go out at each step. */
  readonly hidden: number;
  /** A trained matrix; uniform by Glorot unless `start` says otherwise. */
  weight(name: string, shape: readonly [rows: number, columns: number], start?: Initializer): Parameter;
  /** A trained row of numbers, all `start` (0) at first. */
  bias(name: string, size: number, start?: number): Parameter;
  /** A layer of the library, or a parameter of another form. */
  part<Part extends nn.Module | Parameter>(name: string, part: Part): Part;
}

type States<State extends string> = Readonly<Record<State, Value>>;

/** One step: states [batch, size] and input [batch, inputs] → the next states, and the output [batch, hidden]. */
export type Step<State extends string = string> = (
  before: States<State>,
  x: Value,
) => readonly [next: States<State>, output: Value];

/** What goes round, of `hidden` units each and 0 at first; or the sizes by name. */
export type StateSizes<State extends string = string> =
  | readonly State[]
  | ((hidden: number) => Readonly<Record<State, number>>);

export interface Cell {
  readonly states: StateSizes;
  readonly make: (given: Given) => Step;
}

/** A cell: the names of its states, and a function that makes what it learns and gives its step. */
export const defineCell = <const State extends string>(
  states: StateSizes<State>,
  make: (given: Given) => Step<State>,
): Cell => ({ states, make: make as Cell["make"] });

/** What a cell is given, and the parameters and layers that it asked for, by name. */
export function given(sizes: { readonly inputs: number; readonly hidden: number }) {
  const parts: Record<string, nn.Module | Parameter> = {};
  const part: Given["part"] = (name, made) => {
    if (name in parts) throw new Error(`part: there is a "${name}" already, expected a name for each; take another`);
    parts[name] = made;
    return made;
  };
  const all: Given = {
    ...sizes,
    part,
    weight: (name, shape, start = nn.initializers.glorotUniform(shape)) => part(name, new Parameter(shape, start)),
    bias: (name, size, start = 0) => part(name, new Parameter([size], nn.initializers.constant(start))),
  };
  return { all, parts };
}
