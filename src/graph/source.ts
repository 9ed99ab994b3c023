/** Where in somebody's code nodes were made, for those who ask. */
import type { Node } from "./value.ts";

/** How a node came about. */
export interface Source {
  /** Its stack is where. */
  readonly at: Error;
  /** The stack where the user's function was called; its frames are the outer ones of the other. */
  readonly entry: Error | undefined;
  /** The node whose rule of differentiation made it. */
  readonly gradientOf?: Node | undefined;
}

const sources = new WeakMap<Node, Source>();
let recording = false;
let differentiated: Node | undefined;
let moved: Source | undefined;
let entry: Error | undefined;

/** Frames of a stack that are kept: modules lie in modules. */
const DEPTH = 50;

/** Notes of all nodes that are made meanwhile where they were made; a stack for each, so only when `wanted`. */
export function recordSources<T>(wanted: boolean, trace: () => T): T {
  if (!wanted) return trace();
  const errors = Error as { stackTraceLimit?: number };
  const before = [recording, errors.stackTraceLimit] as const;
  recording = true;
  // V8's alone
  if (errors.stackTraceLimit !== undefined) errors.stackTraceLimit = DEPTH;
  try {
    return trace();
  } finally {
    recording = before[0];
    entry = undefined;
    if (before[1] !== undefined) errors.stackTraceLimit = before[1];
  }
}

/** The function that is traced is called from here. */
export function noteEntry(): void {
  if (recording) entry = new Error();
}

/** A node was made. */
export function noteSource(node: Node): void {
  if (recording) sources.set(node, moved ?? { at: new Error(), entry, gradientOf: differentiated });
}

/** Nodes that are made meanwhile are the gradient of this one. */
export function asGradientOf<T>(node: Node, make: () => T): T {
  if (!recording) return make();
  const before = differentiated;
  differentiated = node;
  try {
    return make();
  } finally {
    differentiated = before;
  }
}

/** Nodes that are made meanwhile do what this one does, elsewhere: they are from where it is from. */
export function inPlaceOf<T>(node: Node, make: () => T): T {
  const before = moved;
  // of one in another, that of the inner one, as the user wrote it
  moved = sources.get(node) ?? before;
  try {
    return make();
  } finally {
    moved = before;
  }
}

export const sourceOf = (node: Node): Source | undefined => sources.get(node);
