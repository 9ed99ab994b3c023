import type { Node, Value } from "./value.ts";

/** The nodes that say what a value is. */
type Definition = (value: Value) => readonly (Node | null)[];

/** Values behind which nobody looks. */
type Boundary = Pick<ReadonlySet<Value>, "has">;

/** Values made before the one with this id: what a part of the graph, traced from there on, has from outside. */
export const olderThan = (first: number): Boundary => ({ has: ({ id }) => id < first });

const computed: Definition = ({ node }) => [node];

/** How a value is computed, and how it was asked for. */
export const everyDefinition: Definition = ({ node, written }) => [node, written];

/**
 * The nodes that `outputs` depend on, in a topological order (order of creation). Does not look behind the values in
 * `boundary`. Iterative, because graphs unrolled by a user can be thousands of nodes deep.
 */
export function reachableNodes(
  outputs: Iterable<Value>,
  boundary: Boundary = new Set(),
  definition: Definition = computed,
): Node[] {
  const found = new Set<Node>();
  const stack = [...outputs];
  for (let value = stack.pop(); value; value = stack.pop()) {
    if (boundary.has(value)) continue;
    for (const node of definition(value)) {
      if (!node || found.has(node)) continue;
      found.add(node);
      stack.push(...node.operands);
    }
  }
  return [...found].sort((a, b) => creation(a) - creation(b));
}

/** Grows with creation. */
export const creation = (node: Node): number => node.results[0].id;

/** Leaves (values without a node) that `outputs` depend on, plus boundary values, in order of creation. */
export function reachableLeaves(
  outputs: readonly Value[],
  boundary: Boundary = new Set(),
  definition: Definition = computed,
): Value[] {
  const leaves = new Set<Value>();
  const visit = (value: Value) => {
    if (!value.node || boundary.has(value)) leaves.add(value);
  };
  outputs.forEach(visit);
  for (const node of reachableNodes(outputs, boundary, definition)) node.operands.forEach(visit);
  return [...leaves].sort((a, b) => a.id - b.id);
}

/** Which values among the `nodes` (in order) and `sources` depend on any of `sources`. */
export function dependentsOf(nodes: readonly Node[], sources: Iterable<Value>): Set<Value> {
  const dependents = new Set<Value>(sources);
  for (const node of nodes) {
    if (node.operands.some((input) => dependents.has(input))) for (const output of node.results) dependents.add(output);
  }
  return dependents;
}
