import { forEachNamed, pairsOf } from "../../graph/named.ts";
import { creation, dependentsOf, reachableNodes } from "../../graph/order.ts";
import { inPlaceOf } from "../../graph/source.ts";
import { type Each, type LoopBody, type Named, type Node, Value } from "../../graph/value.ts";
import { identity } from "../elementwise/elementwise.ts";
import { reshape } from "../layout/layout.ts";
import { broadcastTo, sum } from "../rows/reduce.ts";

/** One value that goes round: what stands for it inside the body, what it starts from, and what a step makes of it. */
export interface Carry {
  readonly placeholder: Value;
  /** Zeros where there is none. */
  readonly initial: Value | undefined;
  readonly next: Value;
}

/** A traced cell: what goes round, what comes in at each step, what comes out. */
export interface LoopRequest {
  /** What the function of a step is called; empty where it has no name. */
  readonly name: string;
  readonly length: number;
  /** Steps of the loop that this one is a part of; its own where absent. */
  readonly total?: number;
  /** Steps run from the last to the first. */
  readonly reverse: boolean;
  readonly carry: readonly Carry[];
  /** Values that stand for one step's slice inside the body, and the values [length, ...] that they are slices of. */
  readonly xs: readonly { readonly placeholder: Value; readonly stacked: Value }[];
}

/** Adds an output [length, ...] to the loop's node: a value of the body, or of the carry before it, for all steps. */
type AddOutput = (row: "kept" | "before", value: Value) => Value;

/** Whether a node, or one inside it, draws random numbers. */
const draws = (node: Node): boolean => !!node.op.draws?.(node) || !!node.op.body?.(node).nodes.some(draws);

/**
 * The body of a loop, divided in three. What does not depend on the carry is **hoisted**: done for all steps at once
 * before the loop. What the carry does not depend on is **sunk**: done for all steps at once after it. Only the rest runs
 * step by step.
 */
export class Loop implements LoopBody {
  readonly name: string;
  readonly length: number;
  readonly total: number;
  readonly reverse: boolean;
  readonly carry: readonly Carry[];
  /** What runs in every step. */
  readonly nodes: readonly Node[];
  /** Values that the steps take one slice of. */
  readonly slices = new Map<Value, Value>();
  /** Values of a step that are kept for all steps. */
  readonly kept: Value[] = [];
  /** Places in the carry whose values at the start of each step are kept. */
  readonly before: number[] = [];

  /** Values with a time axis, by the body's value. */
  readonly #stacked = new Map<Value, Value | null>();
  readonly #inLoop = new Set<Node>();
  /** Depends on a step's input or on the carry. */
  readonly #dependents: Set<Value>;
  readonly #carryDependents: Set<Value>;
  #complete = false;
  readonly #add: AddOutput;

  /** `results` are all values of the body that will be asked for. */
  constructor(request: LoopRequest, results: readonly Value[], add: AddOutput) {
    this.name = request.name;
    this.length = request.length;
    this.total = request.total ?? request.length;
    this.reverse = request.reverse;
    this.#add = add;
    const carried = request.carry.map(({ placeholder }) => placeholder);
    const placeholders = [...carried, ...request.xs.map(({ placeholder }) => placeholder)];
    const boundary = new Set(placeholders);
    const nodesBehind = (nexts: readonly Value[]) => reachableNodes([...nexts, ...results], boundary);
    const changing = dependentsOf(nodesBehind(request.carry.map(({ next }) => next)), carried);
    const taken = new Set<Value>();
    this.carry = request.carry.map((carry) => {
      // each carry needs a value of its own that every step computes
      const computed = carry.next.node && changing.has(carry.next) && !boundary.has(carry.next);
      const own = computed && !taken.has(carry.next) ? carry.next : identity(carry.next);
      taken.add(own);
      return { ...carry, next: own };
    });
    const nexts = this.carry.map(({ next }) => next);
    const nodes = nodesBehind(nexts);
    // what is drawn inside differs from step to step, whatever it is given
    const inside = Math.min(...placeholders.map(({ id }) => id));
    const drawn = nodes.filter((node) => creation(node) > inside && draws(node));
    this.#dependents = dependentsOf(nodes, [...placeholders, ...nexts, ...drawn.flatMap((node) => node.results)]);
    this.#carryDependents = dependentsOf(nodes, carried);
    for (const { placeholder, stacked } of request.xs) this.#stacked.set(placeholder, stacked);
    for (const next of nexts) this.#compute(next.node as Node);
    for (const result of results) if (this.#dependents.has(result)) this.#prepare(result);
    this.nodes = [...this.#inLoop].sort((a, b) => creation(a) - creation(b));
    this.#complete = true;
  }

  /** Values from outside that the steps read whole. */
  get constants(): Value[] {
    const inside = new Set(this.nodes.flatMap((node) => node.results));
    const carried = new Set(this.carry.map(({ placeholder }) => placeholder));
    const inputs = new Set(this.nodes.flatMap((node) => node.operands));
    return [...inputs].filter((value) => !inside.has(value) && !carried.has(value) && !this.slices.has(value));
  }

  /** Values of the body that stand for something else in every step. */
  get dependents(): ReadonlySet<Value> {
    return this.#dependents;
  }

  /** A value of the body for all steps, [length, ...]. */
  stackOf(value: Value): Value {
    if (!this.#dependents.has(value)) {
      const single = reshape(value, [1, ...value.shape]);
      return broadcastTo(single, [this.length, ...value.shape]);
    }
    const carried = this.carry.find(({ placeholder }) => placeholder === value);
    const stacked = carried ? this.#carryHistory(carried) : this.#tryStack(value);
    if (!stacked) throw new Error(`scan: ${value.node?.op.name ?? "value"} has no stacked form`);
    return stacked;
  }

  /** Sum over all steps of a value of the body. */
  sumOf(value: Value): Value {
    const { node } = value;
    if (node && this.#dependents.has(value) && !this.#inLoop.has(node)) {
      const merged =
        node.op.sumOfSums?.(node, (input) => this.sumOf(input)) ??
        inPlaceOf(node, () => node.op.vectorizeSum?.(node, this.#stackedInputs(node), this.#flags(node), this.length));
      if (merged) return merged;
    }
    return sum(this.stackOf(value), 0);
  }

  /** Marks a value as computed in every step. */
  #run(value: Value): void {
    if (!this.#dependents.has(value) || this.slices.has(value)) return;
    if (this.carry.some(({ placeholder }) => placeholder === value)) return;
    if (!this.#carryDependents.has(value)) {
      const stacked = this.#tryStack(value);
      if (stacked) {
        this.slices.set(value, stacked);
        return;
      }
    }
    this.#compute(value.node as Node);
  }

  #compute(node: Node): void {
    if (this.#inLoop.has(node)) return;
    this.#inLoop.add(node);
    for (const output of node.results) this.#stacked.delete(output);
    node.operands.forEach((input) => {
      this.#run(input);
    });
  }

  /** Decides for a result whether it is hoisted, sunk or runs in the loop. */
  #prepare(value: Value): void {
    const isCarry = this.carry.some(({ placeholder }) => placeholder === value);
    const node = value.node;
    if (isCarry || !node || this.#stacked.get(value) || this.#inLoop.has(node) || !this.#dependents.has(value)) return;
    for (const input of node.operands) this.#prepare(input);
    if (!node.op.vectorize || !this.#canVectorize(node)) this.#run(value);
  }

  /** Asks the op's rule with leaves in place of values that are not there yet. */
  #canVectorize(node: Node): boolean {
    const stand = forEachNamed(node.inputs, (input) =>
      this.#dependents.has(input) ? new Value({ shape: [this.length, ...input.shape], dtype: input.dtype }) : input,
    );
    return !!node.op.vectorize?.(node, stand, this.#flags(node), this.length);
  }

  #tryStack(value: Value): Value | null {
    const known = this.#stacked.get(value);
    if (known !== undefined) return known;
    const node = value.node;
    if (!node) return null;
    if (this.#inLoop.has(node)) {
      // what runs in the loop is not known before it, so it cannot be hoisted from
      if (!this.#complete) return null;
      this.kept.push(value);
      const kept = this.#add("kept", value);
      this.#stacked.set(value, kept);
      return kept;
    }
    if (!this.#canVectorize(node)) {
      this.#stacked.set(value, null);
      return null;
    }
    for (const input of node.operands) {
      const isCarry = this.carry.some(({ placeholder }) => placeholder === input);
      if (this.#dependents.has(input) && !isCarry && !this.#tryStack(input)) {
        this.#stacked.set(value, null);
        return null;
      }
    }
    const outputs =
      inPlaceOf(node, () => node.op.vectorize?.(node, this.#stackedInputs(node), this.#flags(node), this.length)) ?? {};
    for (const [output, stacked] of pairsOf<Value>(node.outputs, outputs)) this.#stacked.set(output, stacked ?? null);
    return this.#stacked.get(value) ?? null;
  }

  #stackedInputs({ inputs }: Node): Named {
    return forEachNamed(inputs, (input) => (this.#dependents.has(input) ? this.stackOf(input) : input));
  }

  #flags({ inputs }: Node): Each<Named, boolean> {
    return forEachNamed(inputs, (input) => this.#dependents.has(input));
  }

  /** What the carry was at the start of each step: the initial value, then what each step but the last made. */
  #carryHistory(carry: Carry): Value {
    const { placeholder } = carry;
    const known = this.#stacked.get(placeholder);
    if (known) return known;
    this.before.push(this.carry.indexOf(carry));
    const history = this.#add("before", placeholder);
    this.#stacked.set(placeholder, history);
    return history;
  }
}
