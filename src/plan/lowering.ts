import { DataError } from "../errors.ts";
import { ConstantValue, InputValue } from "../graph/leaves.ts";
import type { AdapterProfile, Choice, DispatchRequest, Slot } from "../graph/lowering.ts";
import { forEachNamed } from "../graph/named.ts";
import { type DType, formatShape, type Shape, sameShape, sizeOf, stridesOf } from "../graph/shape.ts";
import type { Each, LoopBody, Node, NodeLowering, Value } from "../graph/value.ts";
import type { LaterKernels } from "../kernels/later.ts";
import { lowerWiden } from "../ops/elementwise/float16.ts";
import { lowerCopy } from "../ops/layout/copy.ts";
import { boundDispatch, type LoweredDispatch } from "./bound-dispatch.ts";
import type { PricedChoice } from "./pipelines.ts";
import type { ExternalBuffer, MadeChoice } from "./program.ts";
import { VirtualMemory } from "./virtual-memory.ts";

interface Scope {
  readonly slots: Map<Value, Slot>;
  readonly temporaries: Map<Node, Slot[]>;
}

const newScope = (): Scope => ({ slots: new Map(), temporaries: new Map() });

/** Turns nodes into dispatches on virtual buffers. */
export class LoweringContext implements NodeLowering {
  readonly memory: VirtualMemory;
  readonly dispatches: LoweredDispatch[] = [];
  /** The node that each of them is a part of; null for what none asks for, such as the optimizer's. */
  readonly origins: (Node | null)[] = [];
  /** Kernels that have to be fetched before this can be lowered; their dispatches are left out. */
  readonly missing: Set<LaterKernels> = new Set();
  readonly choices: MadeChoice[] = [];
  /** Choices that were made by what their ways cost. */
  readonly priced: PricedChoice[] = [];
  /** What was said about them, each once. */
  readonly notes: Set<string> = new Set();
  readonly hyper: Slot;
  iteration = 0;

  /** Scopes of loops being lowered, the program's own first. */
  readonly #scopes: Scope[] = [newScope()];
  readonly #loops = new Map<LoopBody, Scope>();
  /** Buffers of state, which operations may write in place. */
  readonly #state = new Set<number>();
  /** Values whose memory was written in place since, by the operation that did it. */
  readonly #overwritten = new Map<Value, string>();
  /** Copies of float16 values. */
  readonly #widened = new Map<Value, Slot>();
  #destinations: ReadonlyMap<Value, Slot> = new Map();
  #node: Node | null = null;
  #temporaryCount = 0;

  constructor(
    readonly adapter: AdapterProfile,
    hyper: ExternalBuffer,
    /** Ways in place of the rule's, by the choice's key. */
    private readonly settled: ReadonlyMap<string, string> = new Map(),
    /** Numbers of sources of random numbers. */
    private readonly streams: Map<object, number> = new Map(),
  ) {
    this.memory = new VirtualMemory(adapter);
    this.hyper = this.external(hyper, 0, [hyper.elements], "uint32");
  }

  /** Says where leaves (parameters, inputs) live and where final values are to be put. */
  place(value: Value, slot: Slot): void {
    this.#scope.slots.set(value, slot);
  }

  /** Says that a slot is state: it gets a new value by the end of the run, and what changes it may do so in place. */
  holdsState({ buffer }: Slot): void {
    this.#state.add(buffer);
  }

  setDestinations(destinations: ReadonlyMap<Value, Slot>): void {
    this.#destinations = destinations;
  }

  /** A tensor `offset` words into a buffer from outside. */
  external(external: ExternalBuffer, offset: number, shape: Shape, dtype: DType = "float32"): Slot {
    return this.memory.external(external, offset, shape, dtype);
  }

  /** A buffer of its own, not shared with other tensors. */
  own(kind: "input" | "output", shape: Shape, dtype: DType, label: string): Slot {
    return this.memory.alone(kind, shape, dtype, label);
  }

  lower(node: Node): void {
    const [outer, count] = [this.#node, this.#temporaryCount];
    this.#node = node;
    this.#temporaryCount = 0;
    node.op.lower(node, this);
    this.#node = outer;
    this.#temporaryCount = count;
  }

  slot(value: Value): Slot {
    const stored = this.stored(value);
    if (stored.dtype !== "float16") return stored;
    const known = this.#widened.get(value);
    if (known) return known;
    const wide = this.#transient(stored.shape, "float32", "float32 copy");
    lowerWiden(this, stored, wide);
    // what is no loop's own stays the same for all of its iterations
    if (this.#scopes[0]?.slots.has(value)) this.#widened.set(value, wide);
    return wide;
  }

  stored(value: Value): Slot {
    const writer = this.#overwritten.get(value);
    if (writer !== undefined) throw readTooLate(value, writer);
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const slot = this.#scopes[i]?.slots.get(value);
      if (slot) return slot;
    }
    if (value instanceof ConstantValue) {
      const slot = this.memory.constant(value);
      this.#scopes[0]?.slots.set(value, slot);
      return slot;
    }
    const what = value instanceof InputValue ? `input ${value.name}` : (value.node?.op.name ?? "placeholder");
    throw new Error(`lowering: ${what} ${formatShape(value.shape)} has no memory`);
  }

  slots<Inputs>(inputs: Inputs): Each<Inputs, Slot> {
    return forEachNamed(inputs, (value) => this.slot(value));
  }

  output(value: Value): Slot {
    const known = this.#destinations.get(value) ?? this.#scope.slots.get(value);
    const slot = known ?? this.#transient(value.shape, value.dtype, value.node?.op.name ?? "value");
    this.#scope.slots.set(value, slot);
    return slot;
  }

  rooms<Outputs>(outputs: Outputs): Each<Outputs, Slot> {
    return forEachNamed(outputs, (value) => this.output(value));
  }

  alias(value: Value, slot: Slot): void {
    const destination = this.#destinations.get(value);
    if (destination) this.copy(slot, destination);
    this.#scope.slots.set(value, destination ?? slot);
  }

  overwrite(input: Value, output: Value): Slot {
    const slot = this.slot(input);
    const isPlain = !this.#state.has(slot.buffer) || this.#scopes.length > 1 || this.#destinations.has(output);
    if (isPlain) {
      const copy = this.output(output);
      this.copy(slot, copy);
      return copy;
    }
    for (const [value, other] of this.#scope.slots) {
      if (overlap(slot, other)) this.#overwritten.set(value, output.node?.op.name ?? "state");
    }
    this.#scope.slots.set(output, slot);
    return slot;
  }

  copy(from: Slot, to: Slot): void {
    if (!sameShape(from.shape, to.shape))
      throw new Error(`copy of ${formatShape(from.shape)} to ${formatShape(to.shape)}`);
    lowerCopy(this, from.shape, from, stridesOf(from.shape), to, stridesOf(to.shape));
  }

  temporary(shape: Shape, dtype: DType, label: string): Slot {
    if (!this.#node || this.#scopes.length === 1) return this.#transient(shape, dtype, label);
    // every iteration of a loop uses the same temporaries, so that its bind groups are made once
    const list = this.#scope.temporaries.get(this.#node) ?? [];
    this.#scope.temporaries.set(this.#node, list);
    const index = this.#temporaryCount++;
    list[index] ??= this.#transient(shape, dtype, label);
    return list[index];
  }

  dispatch(request: DispatchRequest): void {
    const { missing, manifest } = request.kernel;
    if (missing) this.missing.add(missing);
    if (!manifest) return;
    this.dispatches.push(boundDispatch(request, manifest, this.memory.buffers));
    this.origins.push(this.#node);
  }

  choose({ key, ways, rule: ownRule, costs, naive, assume = [] }: Choice): void {
    const rule = this.settled.get(key) ?? ownRule;
    const remembered = this.adapter.measured?.get(key);
    const known = naive ? { ...ways, naive } : ways;
    const measured = remembered !== undefined && Object.hasOwn(known, remembered);
    const way = measured ? remembered : rule;
    if (costs && !measured) this.priced.push({ key, costs });
    const emit = known[way];
    if (!emit) throw new Error(`choose: ${key} has no way ${way}, only ${Object.keys(ways).join(", ")}`);
    const start = this.dispatches.length;
    emit();
    const made = { key, ways: Object.keys(ways), rule, way, measured, start, end: this.dispatches.length };
    const assumed = assume.map(({ slot: { buffer, offset, shape }, value }) => ({
      buffer,
      offset,
      size: sizeOf(shape),
      value,
    }));
    this.choices.push({ ...made, assume: assumed });
  }

  note(text: string): void {
    this.notes.add(text);
  }

  randomStream(source: object): number {
    const known = this.streams.get(source) ?? this.streams.size;
    this.streams.set(source, known);
    return known;
  }

  inline(
    body: LoopBody,
    iteration: number,
    bindings: ReadonlyMap<Value, Slot>,
    destinations: ReadonlyMap<Value, Slot>,
  ) {
    const known = this.#loops.get(body) ?? newScope();
    this.#loops.set(body, known);
    const [outerIteration, outerDestinations] = [this.iteration, this.#destinations];
    this.iteration = iteration;
    this.#destinations = destinations;
    this.#scopes.push(known);
    for (const [value, slot] of bindings) known.slots.set(value, slot);
    for (const node of body.nodes) this.lower(node);
    this.#scopes.pop();
    this.iteration = outerIteration;
    this.#destinations = outerDestinations;
  }

  get #scope(): Scope {
    return this.#scopes.at(-1) as Scope;
  }

  #transient(shape: Shape, dtype: DType, label: string): Slot {
    return this.memory.alone("transient", shape, dtype, `${label} ${formatShape(shape)}`);
  }
}

const overlap = (a: Slot, b: Slot): boolean =>
  a.buffer === b.buffer && a.offset < b.offset + sizeOf(b.shape) && b.offset < a.offset + sizeOf(a.shape);

function readTooLate(value: Value, writer: string): DataError {
  const what = value instanceof InputValue ? `state ${value.name}` : `what ${value.node?.op.name} makes of state`;
  return new DataError(
    `compile: ${what} ${formatShape(value.shape)} is read after ${writer} wrote it in place, expected the new value from there on; use what ${writer} returns, or trace what reads the old value before it`,
  );
}
