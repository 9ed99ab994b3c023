/** Makes programs from lists of numbers, each of which decides something: fewer and smaller numbers make a simpler program. */
import { integers, type NdArray, sizeOf, uniform } from "../reference/array.ts";
import { type Arg, type Body, type Call, type Form, runCall } from "./form.ts";
import { type FuzzOps, watched } from "./functions.ts";

/** A statement that cannot be, here: it is left out. */
export class Reject extends Error {}

/** Numbers that decide; when they are used up, the first of each choice is taken. */
export class Choices {
  #at = 0;
  constructor(readonly numbers: readonly number[]) {}

  /** 0 to n − 1. */
  next(n: number): number {
    return (this.numbers[this.#at++] ?? 0) % n;
  }

  of<T>(list: readonly T[]): T {
    if (list.length === 0) throw new Reject();
    return list[this.next(list.length)] as T;
  }

  flag(): boolean {
    return this.next(2) === 1;
  }
}

/** A value that a program has, and what it is in float64. */
export interface Known {
  readonly id: number;
  readonly x: NdArray;
}

export type Operation = (b: Builder, c: Choices) => void;

const SIZES = [2, 3, 4, 5, 1, 2, 3, 4, 8, 6, 7, 2, 3, 16, 33, 64];
const RANKS = [2, 3, 1, 4, 2, 3, 2, 3, 0];
/** Elements of a new input, and of any value. */
const [SMALL, LARGE] = [600, 2500];
/** The largest number that a value may hold. */
const BOUND = 30;
/** How near to a kink an argument may come: far more than rounding and differences move it. */
const MARGIN = 0.01;
const DEPTH = 2;
/** What is 0 or 1 chooses; a little more than 0 would choose otherwise. */
const STEPS = new Set(["less", "lessEqual", "greater", "greaterEqual"]);

export const ref = ({ id }: Known): Arg => ({ ref: id });
export const refs = (list: readonly Known[]): Arg => list.map(ref);

export class Builder {
  readonly inputs = new Map<number, NdArray>();
  readonly values = new Map<number, NdArray>();
  /** Values that may be used now, the newest last. */
  readonly visible: Known[] = [];
  readonly calls: Call[][] = [[]];
  readonly #oracle: FuzzOps<NdArray>;
  #margin = Number.POSITIVE_INFINITY;
  #next = 0;

  constructor(
    readonly seed: number,
    readonly operations: readonly Operation[],
  ) {
    this.#oracle = watched((distance) => {
      this.#margin = Math.min(this.#margin, distance);
    });
  }

  get depth(): number {
    return this.calls.length - 1;
  }

  /** Adds what one operation makes, or nothing. */
  statement(c: Choices): void {
    const calls = this.calls.at(-1) as Call[];
    const [known, count] = [this.visible.length, calls.length];
    const depth = this.calls.length;
    try {
      c.of(this.operations)(this, c);
    } catch (error) {
      if (!(error instanceof Reject)) throw error;
      this.visible.length = known;
      calls.length = count;
      this.calls.length = depth;
    }
  }

  input(shape: readonly number[], low = -1, high = 1): Known {
    return this.#given(uniform(shape, this.seed * 977 + this.#next, low, high));
  }

  ints(shape: readonly number[], minimum: number, maximum: number): Known {
    const { data } = uniform(shape, this.seed * 977 + this.#next, 0, 1);
    return this.#given(
      integers(
        shape,
        data.map((u) => Math.floor(minimum + u * (maximum - minimum + 1))),
      ),
    );
  }

  /** Numbers that 16 bits hold exactly. */
  halves(shape: readonly number[], bound: number): Known {
    const x = uniform(shape, this.seed * 977 + this.#next, -bound, bound);
    return this.#given({ ...x, data: x.data.map((v) => Math.round(v * 2048) / 2048) });
  }

  #given(x: NdArray): Known {
    const known = { id: this.#next++, x };
    this.inputs.set(known.id, x);
    this.values.set(known.id, x);
    this.visible.push(known);
    return known;
  }

  /** An extent. */
  size(c: Choices): number {
    return c.of(SIZES);
  }

  shape(c: Choices, rank = c.of(RANKS)): number[] {
    const shape: number[] = [];
    for (let axis = 0; axis < rank; axis++) {
      const extent = this.size(c);
      shape.push(sizeOf(shape) * extent <= SMALL ? extent : 2);
    }
    return shape;
  }

  /** A value that there is and that fits, the newest first. */
  pick(c: Choices, fits: (x: NdArray) => boolean): Known {
    const found = this.visible.filter(({ x }) => fits(x)).reverse();
    if (found.length === 0) throw new Reject();
    return c.of(found);
  }

  float(c: Choices, fits: (x: NdArray) => boolean = () => true): Known {
    return this.pick(c, (x) => x.dtype === "float32" && fits(x));
  }

  /** A value that the program computes or a body is given, the newest first. */
  changing(c: Choices, fits: (x: NdArray) => boolean = () => true): Known {
    const found = this.visible.filter(({ id, x }) => !this.inputs.has(id) && x.dtype === "float32" && fits(x));
    return c.of(found.reverse());
  }

  /** A float of this shape: one that there is, or a new input. */
  operand(c: Choices, shape: readonly number[], low = -1, high = 1): Known {
    const fits = (x: NdArray) => `${x.shape}` === `${shape}` && x.data.every((v) => v >= low - 3 && v <= high + 3);
    if (c.flag()) return this.input(shape, low, high);
    try {
      return this.float(c, fits);
    } catch {
      return this.input(shape, low, high);
    }
  }

  /** Calls a function and keeps what it gives. */
  emit(fn: string, args: readonly Arg[], body?: Body): Known[] {
    const call = { fn, args, outputs: [], ...(body ? { body } : {}) };
    this.#margin = Number.POSITIVE_INFINITY;
    const results = runCall(this.#oracle, call, this.values, (_, value) => value);
    const fine = (x: NdArray) =>
      x.data.length <= LARGE && x.shape.length <= 6 && x.data.every((v) => Math.abs(v) <= BOUND);
    if (!(this.#margin >= MARGIN) || !results.every(fine)) throw new Reject();
    const known = results.map((x) => ({ id: this.#next++, x }));
    for (const each of known) this.values.set(each.id, each.x);
    this.visible.push(...known);
    (this.calls.at(-1) as Call[]).push({ ...call, outputs: known.map(({ id }) => id) });
    return known;
  }

  one(fn: string, ...args: readonly Arg[]): Known {
    return this.emit(fn, args)[0] as Known;
  }

  /** A part of the program with parameters of its own, which stand for values like these. */
  inside(
    c: Choices,
    like: readonly NdArray[],
    results: (own: readonly Known[], made: () => Known[]) => Known[],
    statements: readonly Choices[] = Array.from({ length: 1 + c.next(4) }, () => c),
  ): Body {
    if (this.depth >= DEPTH) throw new Reject();
    const start = this.visible.length;
    const own = like.map((x) => ({ id: this.#next++, x }));
    for (const each of own) this.values.set(each.id, each.x);
    this.visible.push(...own);
    const calls: Call[] = [];
    this.calls.push(calls);
    for (const each of statements) this.statement(each);
    const made = () => this.visible.slice(start).filter(({ id, x }) => x.dtype === "float32" && !this.inputs.has(id));
    const chosen = results(own, made);
    this.calls.pop();
    this.visible.length = start;
    return { parameters: own.map(({ id }) => id), calls, results: chosen.map(({ id }) => id) };
  }

  /** The program: its outputs are what nobody reads. */
  finish(holds: (index: number) => boolean): Form {
    const calls = this.calls[0] as Call[];
    const read = new Set<number>();
    const look = (arg: Arg) => {
      if (typeof arg !== "object") return;
      if ("ref" in arg && typeof arg.ref === "number") read.add(arg.ref);
      else for (const each of Object.values(arg)) look(each as Arg);
    };
    const visit = (list: readonly Call[]) => {
      for (const { args, body } of list) {
        args.forEach(look);
        if (body) visit(body.calls);
        for (const id of body?.results ?? []) read.add(id);
      }
    };
    visit(calls);
    const floatsOf = (list: readonly Call[]) =>
      list.flatMap(({ outputs: ids }) => ids).filter((id) => (this.values.get(id) as NdArray).dtype === "float32");
    const floats = floatsOf(calls);
    const outputs = floats.filter((id) => !read.has(id));
    const used = new Map([...this.inputs].filter(([id]) => read.has(id)));
    return {
      inputs: used,
      calls,
      held: floatsOf(calls.filter(({ fn }) => !STEPS.has(fn))).filter((_, i) => holds(i)),
      outputs,
    };
  }
}
