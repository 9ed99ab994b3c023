import { DataError, OutOfMemoryError } from "../errors.ts";
import { ConstantValue, InputValue } from "../graph/leaves.ts";
import type { AdapterProfile, Choice, DispatchRequest, Slot } from "../graph/lowering.ts";
import { forEachNamed } from "../graph/named.ts";
import {
  BYTES_PER_ELEMENT,
  bytesPerElement,
  type DType,
  formatShape,
  perWord,
  type Shape,
  sameShape,
  sizeOf,
  stridesOf,
} from "../graph/shape.ts";
import type { Each, LoopBody, Node, NodeLowering, Value } from "../graph/value.ts";
import type { LaterKernels } from "../kernels/later.ts";
import { lowerWiden } from "../ops/elementwise/float16.ts";
import { lowerCopy } from "../ops/layout/copy.ts";
import type { PricedChoice } from "./pipelines.ts";
import type { External, MadeChoice, PlannedBuffer } from "./program.ts";

/** A buffer of the plan before tensors share memory. */
export interface VirtualBuffer {
  readonly label: string;
  /** In words of four bytes. */
  elements: number;
  kind: PlannedBuffer["kind"];
  readonly external?: External;
}

export interface LoweredDispatch {
  /** By name; see `kernelNamed`. */
  readonly kernel: string;
  readonly variant: string;
  /** Virtual buffer of each storage binding. */
  readonly buffers: readonly number[];
  readonly params: Readonly<Record<string, number>>;
  readonly workgroups: readonly [number, number, number];
  readonly flops: number;
  readonly bytes: number;
}

/** Tensors start at multiples of this many elements inside shared buffers, so that kernels may read them as vec4. */
export const ALIGNMENT = 4;
export const align = (elements: number): number => Math.ceil(elements / ALIGNMENT) * ALIGNMENT;

/** Words that a tensor takes with its padding. */
const wordsOf = (shape: Shape, dtype: DType): number => align(Math.ceil(sizeOf(shape) / perWord(dtype)));

interface Scope {
  readonly slots: Map<Value, Slot>;
  readonly temporaries: Map<Node, Slot[]>;
}

const newScope = (): Scope => ({ slots: new Map(), temporaries: new Map() });

/** Turns nodes into dispatches on virtual buffers. */
export class LoweringContext implements NodeLowering {
  readonly buffers: VirtualBuffer[] = [];
  readonly dispatches: LoweredDispatch[] = [];
  /** Kernels that have to be fetched before this can be lowered; their dispatches are left out. */
  readonly missing = new Set<LaterKernels>();
  readonly choices: MadeChoice[] = [];
  /** Choices that were made by what their ways cost. */
  readonly priced: PricedChoice[] = [];
  readonly constants: { readonly value: ConstantValue; readonly offset: number }[] = [];
  readonly hyper: Slot;
  iteration = 0;

  /** Scopes of loops being lowered, the program's own first. */
  readonly #scopes: Scope[] = [newScope()];
  readonly #loops = new Map<LoopBody, Scope>();
  readonly #externals = new Map<External, number>();
  /** Buffers of state, which operations may write in place. */
  readonly #state = new Set<number>();
  /** Values whose memory was written in place since, by the operation that did it. */
  readonly #overwritten = new Map<Value, string>();
  /** Copies of float16 values. */
  readonly #widened = new Map<Value, Slot>();
  #destinations: ReadonlyMap<Value, Slot> = new Map();
  #constantBuffer = -1;
  #node: Node | null = null;
  #temporaryCount = 0;

  constructor(
    readonly adapter: AdapterProfile,
    hyper: External,
    /** Ways in place of the rule's, by the choice's key. */
    private readonly settled: ReadonlyMap<string, string> = new Map(),
    /** Numbers of sources of random numbers. */
    private readonly streams: Map<object, number> = new Map(),
  ) {
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
  external(external: External, offset: number, shape: Shape, dtype: DType = "float32"): Slot {
    let buffer = this.#externals.get(external);
    if (buffer === undefined) {
      buffer = this.#buffer({ label: external.label, elements: external.elements, kind: "external", external });
      this.#externals.set(external, buffer);
    }
    return { buffer, offset: offset * perWord(dtype), shape, dtype };
  }

  /** A buffer of its own, not shared with other tensors. */
  own(kind: "input" | "output", shape: Shape, dtype: DType, label: string): Slot {
    return this.#alone(kind, shape, dtype, label);
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
    if (value instanceof ConstantValue) return this.#constant(value);
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

  dispatch({
    kernel: { name, manifest: kernel, missing },
    variant = "default",
    bind,
    params,
    workgroups: [x, y = 1, z = 1],
    flops = 0,
    bytes: ownBytes,
  }: DispatchRequest) {
    if (missing) this.missing.add(missing);
    if (!kernel) return;
    const values: Record<string, number> = { ...params };
    const buffers: number[] = [];
    const written = new Set<number>();
    let bytes = 0;
    for (const { name: binding, access } of kernel.bindings) {
      if (access === "uniform") continue;
      const slot = bind[binding];
      if (!slot) throw new Error(`${kernel.file}: no slot for ${binding}`);
      values[`${binding}_offset`] = slot.offset;
      if (access === "read_write" && buffers.includes(slot.buffer)) written.add(slot.buffer);
      if (written.has(slot.buffer)) {
        const { label } = this.buffers[slot.buffer] as VirtualBuffer;
        throw new Error(`${kernel.file}: buffer ${label} is written and bound again as ${binding}`);
      }
      if (access === "read_write") written.add(slot.buffer);
      buffers.push(slot.buffer);
      bytes += sizeOf(slot.shape) * bytesPerElement(slot.dtype);
    }
    const dispatch = { kernel: name, variant, buffers, params: values, flops, bytes: ownBytes ?? bytes };
    this.dispatches.push({ ...dispatch, workgroups: [x, y, z] });
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

  #constant(value: ConstantValue): Slot {
    if (this.#constantBuffer < 0) {
      this.#constantBuffer = this.#buffer({ label: "constants", elements: this.adapter.lead ?? 0, kind: "constant" });
    }
    const buffer = this.buffers[this.#constantBuffer] as VirtualBuffer;
    const slot = { buffer: this.#constantBuffer, offset: buffer.elements, shape: value.shape, dtype: value.dtype };
    this.constants.push({ value, offset: buffer.elements });
    buffer.elements += align(sizeOf(value.shape));
    (this.#scopes[0] as Scope).slots.set(value, slot);
    return slot;
  }

  #transient(shape: Shape, dtype: DType, label: string): Slot {
    return this.#alone("transient", shape, dtype, `${label} ${formatShape(shape)}`);
  }

  /** A tensor with a buffer for itself. */
  #alone(kind: PlannedBuffer["kind"], shape: Shape, dtype: DType, label: string): Slot {
    const { lead = 0 } = this.adapter;
    // of several lengths: no offset is right by being another tensor's
    const words = lead * (1 + (this.buffers.length % 3));
    const buffer = this.#buffer({ label, elements: words + wordsOf(shape, dtype), kind });
    return { buffer, offset: words * perWord(dtype), shape, dtype };
  }

  #buffer(buffer: VirtualBuffer): number {
    const { maxStorageBufferBindingSize, maxBufferSize } = this.adapter.limits;
    const limit = Math.min(maxStorageBufferBindingSize, maxBufferSize);
    const bytes = buffer.elements * BYTES_PER_ELEMENT;
    if (bytes > limit) {
      throw new OutOfMemoryError(
        `plan: ${buffer.label} needs ${megabytes(bytes)} in one buffer, expected at most ${megabytes(limit)} on this adapter; use a smaller batch, a shorter sequence or checkpointEvery`,
      );
    }
    this.buffers.push(buffer);
    return this.buffers.length - 1;
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

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
