/** A loop over time as one operation, and its gradient: the loop of one step's gradient, in the other direction. */
import { addOutput, apply, nodeOf } from "../../graph/apply.ts";
import { callValue, nameOfValue } from "../../graph/called.ts";
import { vectorJacobianProduct } from "../../graph/gradient.ts";
import { listOf } from "../../graph/named.ts";
import { reachableLeaves } from "../../graph/order.ts";
import { isFloat } from "../../graph/shape.ts";
import { type Each, type Gradients, type Node, type Op, Value } from "../../graph/value.ts";
import { LaterModule } from "../../kernels/later.ts";
import { add } from "../elementwise/elementwise.ts";
import { zeros } from "../layout/layout.ts";
import { Loop, type LoopRequest } from "./loop.ts";
import { lowerLoop } from "./lower.ts";

interface Scan {
  readonly loop: Loop;
}

type ScanInputs = {
  /** Of the carry, where it has any. */
  readonly initials: readonly Value[];
  /** Values of which each step gets a slice. */
  readonly slices: readonly Value[];
  readonly constants: readonly Value[];
};

type ScanOutputs = {
  /** Of the carry. */
  readonly finals: readonly Value[];
  /** The loop's kept values for all steps. */
  readonly kept: readonly Value[];
  /** What the carry was at the start of each step, of those that are wanted. */
  readonly before: readonly Value[];
};

const scanOp: Op<Scan, ScanInputs, ScanOutputs> = {
  name: "scan",
  gradient: scanGradient,
  body: ({ attributes: { loop } }) => ({ nodes: loop.nodes, bindings: loop.slices }),
  lower({ outputs, attributes: { loop } }, to) {
    const module = fused.loaded;
    if (!module) {
      to.dispatch({ kernel: fused.handle("scan"), bind: {}, params: {}, workgroups: [1] });
      for (const value of listOf(outputs)) to.output(value);
      return;
    }
    const reason = module.lowerFused(loop, outputs, to);
    if (reason === undefined) return;
    to.note(`scan of ${loop.length} steps runs operation by operation: ${reason}`);
    lowerLoop(loop, outputs, to);
  },
};

/** Fetched with the first loop: layers of recurrent nets have one, but most run in kernels by hand. */
const fused = new LaterModule(() => import("./fused/lower.ts"));

/** Makes the loop's node; `results` and `sums` are values of the body wanted for all steps, and summed over them. */
export function runLoop(request: LoopRequest, results: readonly Value[], sums: readonly Value[]) {
  let node: Node<Scan, ScanInputs, ScanOutputs> | undefined;
  const add = (row: "kept" | "before", { shape, dtype }: Value): Value => {
    if (!node) throw new Error("scan: a value is kept before its loop exists");
    return addOutput(node, node.outputs[row], { shape: [request.length, ...shape], dtype });
  };
  const loop = new Loop(request, [...results, ...sums], add);
  const initials = loop.carry.flatMap(({ initial }) => initial ?? []);
  const inputs = { initials, slices: [...loop.slices.values()], constants: loop.constants };
  const { finals } = apply(
    scanOp,
    inputs,
    { loop },
    { finals: loop.carry.map(({ placeholder }) => placeholder), kept: [], before: [] },
  );
  node = nodeOf(scanOp, finals[0] as Value);
  return {
    finals,
    stacked: results.map((value) => loop.stackOf(value)),
    summed: sums.map((value) => loop.sumOf(value)),
  };
}

/** Stands for what arrives at a value, by the name of what it is. */
function gradientOf(value: Value, called: Value): Value {
  const gradient = new Value(value);
  const name = nameOfValue(called);
  callValue(gradient, name && `d_${name}`);
  return gradient;
}

function scanGradient(
  { attributes: { loop } }: Node<Scan, ScanInputs, ScanOutputs>,
  arriving: Each<ScanOutputs, Value | undefined>,
  needed: Each<ScanInputs, boolean>,
): Gradients<ScanInputs> {
  const carried = loop.carry.map(({ placeholder }) => placeholder);
  const sliced = [...loop.slices.keys()];
  // of the carry all are wanted: each step's is that of the step before
  const wanted = [
    ...carried,
    ...sliced.filter((_, i) => needed.slices[i]),
    ...loop.constants.filter((_, i) => needed.constants[i]),
  ].filter(({ dtype }) => isFloat(dtype));

  // one step's gradient, from those of the next step's carry and of what the step gave out
  const carryGradients = loop.carry.map(({ placeholder, next }) => gradientOf(next, placeholder));
  const keptGradients = loop.kept.map((value, i) => (arriving.kept[i] ? gradientOf(value, value) : undefined));
  const stepGradients = vectorJacobianProduct(
    [...loop.carry.map(({ next }) => next), ...loop.kept],
    [...carryGradients, ...keptGradients],
    wanted,
    add,
    { partial: true },
  );
  const bySource = new Map(wanted.map((source, i) => [source, stepGradients[i]]));

  // what the gradient reads of the forward steps is kept for all of them
  const gradientsOfStep = stepGradients.filter((gradient) => gradient !== undefined);
  const residuals = reachableLeaves(gradientsOfStep, loop.dependents).filter((leaf) => loop.dependents.has(leaf));
  const xs = residuals.map((placeholder) => ({ placeholder, stacked: loop.stackOf(placeholder) }));
  keptGradients.forEach((placeholder, i) => {
    const stacked = arriving.kept[i];
    if (placeholder && stacked) xs.push({ placeholder, stacked });
  });
  // what arrives at the carry of each step's start meets the gradient that comes through the step
  const atStart = new Map<number, Value>();
  loop.before.forEach((place, i) => {
    const stacked = arriving.before[i];
    if (!stacked) return;
    const placeholder = new Value(loop.carry[place]?.placeholder as Value);
    atStart.set(place, placeholder);
    xs.push({ placeholder, stacked });
  });
  const carry = loop.carry.map(({ placeholder }, i) => {
    const through = bySource.get(placeholder);
    const direct = atStart.get(i);
    return {
      placeholder: carryGradients[i] as Value,
      initial: arriving.finals[i],
      next: through && direct ? add(through, direct) : (through ?? direct ?? zeros(placeholder.shape)),
    };
  });

  const present = (list: readonly Value[]) => list.filter((source) => bySource.get(source));
  const [xSources, constantSources] = [present(sliced), present(loop.constants)];
  const gradientsOf = (list: readonly Value[]) => list.map((source) => bySource.get(source) as Value);
  const name = loop.name && `the gradient of ${loop.name}`;
  const request = { name, length: loop.length, total: loop.total, reverse: !loop.reverse, carry, xs };
  const { finals, stacked, summed } = runLoop(request, gradientsOf(xSources), gradientsOf(constantSources));
  const gradientIn = (list: readonly Value[], made: readonly Value[]) => (source: Value) => made[list.indexOf(source)];
  return {
    initials: finals.filter((_, i) => loop.carry[i]?.initial),
    slices: sliced.map(gradientIn(xSources, stacked)),
    constants: loop.constants.map(gradientIn(constantSources, summed)),
  };
}
