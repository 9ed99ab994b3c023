import { DataError } from "../errors.ts";
import { ConstantValue, InputValue } from "../graph/leaves.ts";
import type { AdapterProfile, Slot } from "../graph/lowering.ts";
import { reachableLeaves, reachableNodes } from "../graph/order.ts";
import { formatShape } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { MissingKernels } from "../kernels/later.ts";
import { LoweringContext } from "./lowering.ts";
import { pack } from "./pack.ts";
import { sharePipelines } from "./pipelines.ts";
import type { ExternalBuffer, InputPort, Placement, Port, Program } from "./program.ts";
import { inputRanges } from "./ranges.ts";
import { dropUnread } from "./unread.ts";
import { placeUpdates, type StateUpdates, type Update } from "./updates.ts";
import type { VirtualBuffer } from "./virtual-memory.ts";

export interface ProgramRequest {
  readonly adapter: AdapterProfile;
  /** Step number, seed and optimizer scalars; see `Lowering.hyper`. */
  readonly hyper: ExternalBuffer;
  readonly inputs: readonly InputValue[];
  readonly outputs: Readonly<Record<string, Value>>;
  /** State carried from run to run: inputs, or leaves that `locate` knows, and their values at the end of each run. */
  readonly updates?: readonly Update[];
  /** Where a leaf that is neither input nor constant lives. */
  readonly locate: (leaf: Value) => Placement | undefined;
  /** Values to be put into external buffers (gradients). */
  readonly destinations?: readonly (readonly [Value, Placement])[];
  /** Dispatches after all nodes (the optimizer). */
  readonly epilogue?: Epilogue;
  /** Values that are looked at as soon as they are computed, and what looks at them. */
  readonly watch?: readonly (readonly [Value, (to: LoweringContext, slot: Slot) => void])[];
  /** Numbers of sources of random numbers: those that are here stay, others are added, so that parts that are built apart draw alike. */
  readonly streams?: Map<object, number>;
}

export interface Epilogue {
  /** Calls `state.write`, before parameters are updated: new values of state may be parameters. */
  lower(to: LoweringContext, outputs: ReadonlyMap<string, Slot>, state: StateUpdates): void;
  /** Whether state may be written before the epilogue is reached. */
  readonly stateInPlace: boolean;
}

interface Lowered {
  readonly to: LoweringContext;
  readonly inputs: Map<string, InputPort>;
  readonly outputs: Map<string, Port>;
}

/** Orders, lowers and packs a graph into what is replayed. Throws MissingKernels, for `withKernels`. */
export function buildProgram(request: ProgramRequest): Program {
  const { to, inputs, outputs } = lowerSettled(request);
  return pack(to, inputs, outputs);
}

/** What the buffer of an input is called. */
export const inputLabel = (name: string): string => `input ${name}`;

/** The dispatches of the same program, in its order, with what they are for and the tensors they are on: for those who look. */
export function explainProgram(request: ProgramRequest): Pick<LoweringContext, "dispatches" | "origins" | "memory"> {
  return lowerSettled(request).to;
}

function lowerSettled(request: ProgramRequest): Lowered {
  const first = lower(request);
  // which pipelines are worth compiling shows only when all choices are known
  const settled = sharePipelines(first.to.priced);
  const isSame = first.to.choices.every(({ key, way, measured }) => measured || (settled.get(key) ?? way) === way);
  return isSame ? first : lower(request, settled);
}

function lower(request: ProgramRequest, settled?: ReadonlyMap<string, string>): Lowered {
  const to = new LoweringContext(request.adapter, request.hyper, settled, request.streams);
  const updates = request.updates ?? [];
  const destinations = request.destinations ?? [];
  const watch = request.watch ?? [];
  const results = [
    ...Object.values(request.outputs),
    ...updates.map(([, value]) => value),
    ...destinations.map(([value]) => value),
    ...watch.map(([value]) => value),
  ];
  const nodes = reachableNodes(results);

  const inputs = new Map<string, InputPort>();
  const ranges = inputRanges(nodes);
  for (const input of request.inputs) {
    if (inputs.has(input.name))
      throw new DataError(`compile: two inputs are named ${input.name}, expected distinct names`);
    const slot = to.own("input", input.shape, input.dtype, inputLabel(input.name));
    to.place(input, slot);
    const valid = ranges.get(input);
    inputs.set(input.name, {
      ...slot,
      ...(valid ? { ranges: valid } : {}),
      ...(input.default === undefined ? {} : { default: input.default }),
    });
  }
  for (const leaf of reachableLeaves(results)) {
    const placement = request.locate(leaf);
    if (placement) to.place(leaf, to.external(placement.external, placement.offset, leaf.shape, leaf.dtype));
    else if (leaf instanceof InputValue && !request.inputs.includes(leaf)) {
      throw new DataError(`compile: input ${leaf.name} belongs to another program, expected one of its own inputs`);
    } else if (!(leaf instanceof InputValue) && !(leaf instanceof ConstantValue)) {
      throw new DataError(
        `compile: a value ${formatShape(leaf.shape)} of a scan's or checkpoint's function is used outside of it, expected what scan or checkpoint returned; return it from the function`,
      );
    }
  }

  const state = placeUpdates(to, updates, request.locate, request.epilogue?.stateInPlace ?? true);
  const direct = directDestinations(destinations, results, nodes);
  const slots = destinations.map(([value, { external, offset }]) => to.external(external, offset, value.shape));
  to.setDestinations(
    new Map(destinations.flatMap(([value], i) => (direct.has(value) ? [[value, slots[i] as Slot]] : []))),
  );
  const look = (isNow: (value: Value) => boolean) => {
    for (const [value, lower] of watch) if (isNow(value)) lower(to, to.slot(value));
  };
  look(({ node }) => !node);
  for (const node of nodes) {
    to.lower(node);
    if (watch.length > 0) look((value) => value.node === node);
  }
  to.setDestinations(new Map());
  destinations.forEach(([value], i) => {
    if (!direct.has(value)) to.copy(to.slot(value), slots[i] as Slot);
  });
  // before the epilogue, because outputs may be parameters as they were before their update
  const outputs = new Map<string, Slot>();
  for (const [name, value] of Object.entries(request.outputs)) outputs.set(name, pinned(to, to.slot(value), name));
  if (request.epilogue) request.epilogue.lower(to, outputs, state);
  else state.write();
  if (to.missing.size > 0) throw new MissingKernels(to.missing);
  dropUnread(to);
  return { to, inputs, outputs };
}

/**
 * Values that may be computed right where they are wanted: those that nothing else reads. (A dispatch that reads one
 * gradient and writes another would bind the gradients' buffer twice.)
 */
function directDestinations(
  destinations: readonly (readonly [Value, Placement])[],
  results: readonly Value[],
  nodes: ReturnType<typeof reachableNodes>,
): Set<Value> {
  const uses = new Map<Value, number>();
  const count = (value: Value) => uses.set(value, (uses.get(value) ?? 0) + 1);
  results.forEach(count);
  for (const node of nodes) node.operands.forEach(count);
  return new Set(destinations.map(([value]) => value).filter((value) => value.node && uses.get(value) === 1));
}

/** An output stays in memory of its own until the next run. */
function pinned(to: LoweringContext, slot: Slot, name: string): Slot {
  const buffer = to.memory.buffers[slot.buffer] as VirtualBuffer;
  if (buffer.kind === "transient") {
    buffer.kind = "output";
    return slot;
  }
  if (buffer.kind === "output") return slot;
  const copy = to.own("output", slot.shape, slot.dtype, `output ${name}`);
  to.copy(slot, copy);
  return copy;
}
