import { apply } from "../../graph/apply.ts";
import { vectorJacobianProduct } from "../../graph/gradient.ts";
import type { Slot } from "../../graph/lowering.ts";
import { traceIn, traceMode } from "../../graph/mode.ts";
import { everyDefinition, olderThan, reachableLeaves, reachableNodes } from "../../graph/order.ts";
import { flatten, type Symbolic, type Tree, unflatten } from "../../graph/tree.ts";
import type { LoopBody, Op } from "../../graph/value.ts";
import { nextValueId, Value } from "../../graph/value.ts";
import { fn as aFunction, checkArgument, required } from "../../options.ts";
import { currentPlace, tracedAt, withStreams } from "../dispatch/random-stream.ts";
import { add, identity } from "../elementwise/elementwise.ts";

interface Checkpoint {
  /** Traces the part on given inputs. */
  readonly retrace: (given: readonly Value[]) => Value[];
  readonly body: LoopBody;
  /** What stands for `given` in the body. */
  readonly placeholders: readonly Value[];
  readonly results: readonly Value[];
}

type CheckpointInputs = {
  readonly given: readonly Value[];
  /** What the part reads from outside. */
  readonly outside: readonly Value[];
};

const checkpointOp: Op<Checkpoint, CheckpointInputs, { readonly results: readonly Value[] }> = {
  name: "checkpoint",
  gradient({ inputs: { given, outside }, attributes: { retrace } }, arriving, needed) {
    // traced again on the inputs themselves: the new nodes come after the forward pass, so that their values live only
    // while this part's gradient is worked out
    const outputs = retrace(given);
    const sources = [...given.filter((_, i) => needed.given[i]), ...outside.filter((_, i) => needed.outside[i])];
    const found = vectorJacobianProduct(outputs, arriving.results, sources, add, { partial: true });
    const bySource = new Map(sources.map((source, i) => [source, found[i]]));
    // an input that is given twice has one gradient for all its places
    const once = (input: Value) => {
      const gradient = bySource.get(input);
      bySource.delete(input);
      return gradient;
    };
    return { given: given.map(once), outside: outside.map(once) };
  },
  body: ({ inputs: { given }, attributes: { body, placeholders } }) => ({
    ...body,
    bindings: placeholders.map((value, i) => [value, given[i] as Value] as const),
  }),
  lower({ inputs: { given }, outputs, attributes: { body, placeholders, results } }, to) {
    const bindings = new Map<Value, Slot>(placeholders.map((value, i) => [value, to.slot(given[i] as Value)]));
    const destinations = new Map(results.map((value, i) => [value, to.output(outputs.results[i] as Value)]));
    to.inline(body, to.iteration, bindings, destinations);
  },
};

/**
 * `fn(...inputs)` whose inner values are not kept for the backward pass but computed again there (Chen et al. 2016): less
 * memory for one more forward pass. `fn` is traced more than once and must give the same graph each time; its result is a
 * tree of values that it computes.
 *
 * @example
 * ```ts
 * import { checkpoint, nn, type Value } from "seqgrad";
 *
 * const layers = [new nn.Linear(64, 64), new nn.Linear(64, 64)];
 * // of each layer its input alone is kept for the backward pass
 * const forward = (x: Value) => layers.reduce((y, layer) => checkpoint((given: Value) => layer.forward(given), y), x);
 * ```
 */
export function checkpoint<I extends readonly Tree[], O extends Tree>(
  fn: (...inputs: I) => O,
  ...inputs: I
): Symbolic<O> {
  checkArgument("checkpoint", "fn", fn, required(aFunction));
  return checkpointWith([], fn, ...inputs);
}

/** `checkpoint` of one of several parts that draw from the same streams: `streams` is shared by all of them. */
export function checkpointWith<I extends readonly Tree[], O extends Tree>(
  streams: object[],
  fn: (...inputs: I) => O,
  ...inputs: I
): Symbolic<O> {
  const values = flatten(inputs);
  const place = currentPlace();
  const mode = traceMode();
  let form: O | undefined;
  const traceInside = (given: readonly Value[]): Value[] =>
    withStreams(streams, () => {
      const outside = olderThan(nextValueId());
      form = traceIn(mode, () => fn(...(unflatten(inputs, given) as unknown as I)));
      // each result needs memory of its own to be put into: not a value that is passed through, nor one given twice
      const own = new Set<Value>();
      return flatten(form).map((value) => {
        const result = value.node && !outside.has(value) && !own.has(value) ? value : identity(value);
        own.add(result);
        return result;
      });
    });
  // the backward pass traces again from elsewhere
  const trace = (given: readonly Value[]) => tracedAt(place, () => traceInside(given));
  const before = olderThan(nextValueId());
  const placeholders = values.map((value) => new Value(value));
  const results = trace(placeholders);
  const nodes = reachableNodes(results, before);
  const inside = new Set(placeholders);
  // what the part reads from outside, parameters for instance, is read by the node itself: also what it reads behind, so
  // that the gradient of each gets there
  const outside = reachableLeaves(results, before, everyDefinition).filter((leaf) => !inside.has(leaf));
  const attributes: Checkpoint = { retrace: trace, body: { nodes }, placeholders, results };
  const outputs = apply(checkpointOp, { given: values, outside }, attributes, { results }).results;
  return unflatten(form as O, outputs);
}
