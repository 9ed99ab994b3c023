import { UnsupportedError } from "../errors.ts";
import { forEachNamed, pairsOf } from "./named.ts";
import { dependentsOf, everyDefinition, reachableNodes } from "./order.ts";
import { formatShape, isFloat, sameShape } from "./shape.ts";
import { asGradientOf } from "./source.ts";
import { type Gradient, type Node, Value } from "./value.ts";

/**
 * Reverse-mode differentiation: the vector-Jacobian product of `outputs` with `cotangents`, with respect to each value
 * in `sources` (undefined where no output depends on it): the full derivative, whatever else is among the sources. Where it is
 * to be `partial`, the sources are taken as independent of one another, and nobody looks behind them.
 * `add` sums two gradients that meet; it is a parameter because operations live above the graph.
 */
export function vectorJacobianProduct(
  outputs: readonly Value[],
  cotangents: readonly (Value | undefined)[],
  sources: readonly Value[],
  add: (a: Value, b: Value) => Value,
  { partial = false } = {},
): (Value | undefined)[] {
  const boundary = new Set(partial ? sources : []);
  const nodeOf = waysTo(sources, outputs, boundary);
  const nodes = reachableNodes(outputs, boundary, (value) => [nodeOf(value)]);
  const active = dependentsOf(nodes, sources);
  const gradients = new Map<Value, Value>();
  const accumulate = (value: Value, gradient: Value) => {
    if (!sameShape(value.shape, gradient.shape)) {
      throw new Error(
        `gradient of ${value.node?.op.name ?? "leaf"} has shape ${formatShape(gradient.shape)}, expected ${formatShape(value.shape)}`,
      );
    }
    const before = gradients.get(value);
    gradients.set(value, before ? add(before, gradient) : gradient);
  };

  outputs.forEach((output, i) => {
    const cotangent = cotangents[i];
    if (cotangent && active.has(output)) accumulate(output, cotangent);
  });
  for (const node of nodes.reverse()) {
    const isNeeded = (input: Value) => active.has(input) && isFloat(input.dtype);
    // a boundary is where differentiation ends, also when it is one of several outputs of a node inside
    const arriving = (output: Value) => (boundary.has(output) ? undefined : gradients.get(output));
    if (!node.operands.some(isNeeded) || !node.results.some(arriving)) continue;
    for (const [input, gradient] of asGradientOf(node, () => gradientsOf(node, arriving, isNeeded))) {
      accumulate(input, gradient);
    }
  }
  return sources.map((source) => gradients.get(source));
}

/** By the operation's rule; of those inputs that are needed and have one. */
function gradientsOf(
  node: Node,
  arriving: (output: Value) => Value | undefined,
  isNeeded: (input: Value) => boolean,
): [Value, Value][] {
  if (!node.op.gradient) {
    throw new UnsupportedError(
      `${node.op.name}: has no gradient, expected a differentiable operation between the loss and the parameters; pass its input through stopGradient to treat it as a constant`,
    );
  }
  const found = node.op.gradient(node, forEachNamed(node.outputs, arriving), forEachNamed(node.inputs, isNeeded));
  return pairsOf<Gradient>(node.inputs, found).flatMap(([input, given]) => {
    const gradient = isNeeded(input) && typeof given === "function" ? given() : given;
    return isNeeded(input) && gradient instanceof Value ? [[input, gradient] as [Value, Value]] : [];
  });
}

/**
 * Through which node each value is differentiated: the one that computes it, but where it depends on a source that is itself
 * computed, the one that was written, because the other may read behind that source.
 */
function waysTo(
  sources: readonly Value[],
  outputs: readonly Value[],
  boundary: ReadonlySet<Value>,
): (value: Value) => Node | null {
  const inner = sources.filter(({ node }) => node);
  if (inner.length === 0) return ({ node }) => node;
  const dependents = dependentsOf(reachableNodes(outputs, boundary, everyDefinition), inner);
  return (value) => (dependents.has(value) && value.written) || value.node;
}
