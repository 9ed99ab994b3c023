/**
 * When each operation of a loop's body runs, where one dispatch takes all products whose operands are there together with all
 * functions of elements that follow from them.
 *
 * Steps overlap: a dispatch may end one step and begin the next, as the gradient of a cell does, whose product with the weights comes
 * last. This is modulo scheduling (Rau 1981): dispatch d of a step that takes `levels` dispatches runs beside dispatch d + levels of
 * the step before. A product comes a dispatch after its operand, since it reads whole rows. Sums over rows of what is computed there
 * and then, as layer norm has them, stand in dispatches without products, whose threads own whole rows. What is none of these runs by
 * itself between the others: a dispatch after its operands, and one before its readers.
 */
import { nodeOf } from "../../../graph/apply.ts";
import { sizeOf } from "../../../graph/shape.ts";
import type { Node, Value } from "../../../graph/value.ts";
import { matmulOp } from "../../matmul/matmul.ts";
import type { Carry, Loop } from "../loop.ts";

/** Why a loop runs operation by operation. */
export class NotFusable extends Error {}

/** A product of rows that change from step to step with a matrix that stays. */
export interface Product {
  readonly node: Node;
  /** [rows, k], in the loop. */
  readonly operand: Value;
  readonly weight: Value;
  readonly bias: Value | undefined;
  /** The weight is [n, k], else [k, n]. */
  readonly transposed: boolean;
  readonly k: number;
  readonly n: number;
}

export interface Schedule {
  /** Of every value of the loop. */
  readonly rows: number;
  /** Dispatches of a step. */
  readonly levels: number;
  /** The place of a step's first level-0 dispatch is 0; a carry's is where the step before made it. */
  when(value: Value): number;
  /** How many steps before the one that a dispatch begins a value of it belongs to. */
  stageOf(value: Value): number;
  /** The carry that a value stands for. */
  carryOf(value: Value): Carry | undefined;
  isComputed(value: Value): boolean;
  productOf(value: Value): Product | undefined;
  /** Whether an element of a node follows from sums over its row. */
  isOfRows(node: Node): boolean;
  /** Whether a value is a few numbers for each row. */
  isNumbers(value: Value): boolean;
  /** Whether the threads of a dispatch of a step own whole rows. */
  hasRows(phase: number): boolean;
  /** Whether a node runs by itself. */
  runsAlone(node: Node): boolean;
}

/** More dispatches of a step would be as many as its operations. */
const MOST_LEVELS = 12;
/** Of steps with sums over rows: all ways are tried to divide the dispatches among these and products. */
const MOST_LEVELS_WITH_ROWS = 6;

export function scheduleOf(loop: Loop): Schedule {
  const { carry, nodes } = loop;
  const rows = rowsOf(carry.map(({ placeholder }) => placeholder));
  const computed = new Set(nodes.flatMap(({ results }) => results));
  const carries = new Map(carry.map((each) => [each.placeholder, each]));
  const kinds = kindsOf(loop, rows, (value) => computed.has(value) || carries.has(value) || loop.slices.has(value));
  const { products, ofRows, alone } = kinds;
  for (const node of nodes) {
    if (alone.has(node) && node.operands.some((value) => madeBy(loop, value) === node)) {
      throw new NotFusable(`${node.op.name} reads what it gave in the step before`);
    }
    for (const { shape, dtype } of node.results) {
      if (dtype !== "float32") throw new NotFusable(`${node.op.name} gives ${dtype}`);
      if (sizeOf(shape) % rows !== 0 || (rows > 1 && shape[0] !== rows)) {
        throw new NotFusable(`${node.op.name} gives ${shape.join(" × ")}, not one row for each of the carry`);
      }
    }
  }
  if (alone.size > 0 && 2 * alone.size + 1 >= nodes.length) throw new NotFusable(`most of a step is ${nameOf(alone)}`);
  const most = Math.min(MOST_LEVELS, Math.max(1, products.size + 2 * alone.size + ofRows.size));
  for (let levels = 1; levels <= most; levels++) {
    const found = divisionsOf(levels, kinds).flatMap((phases) => {
      const times = timesOf(loop, kinds, phases);
      return times ? [{ phases, times, end: Math.max(...times.values()) }] : [];
    });
    // the fewer steps overlap, the less is begun or ended in vain
    const [best] = found.sort((a, b) => a.end - b.end);
    if (!best) continue;
    const { phases, times } = best;
    const when = (value: Value): number => {
      const next = carries.get(value)?.next;
      return next ? (times.get(next) as number) - levels : (times.get(value) as number);
    };
    return {
      rows,
      levels,
      when,
      stageOf: (value) => Math.floor(when(value) / levels),
      carryOf: (value) => carries.get(value),
      isComputed: (value) => computed.has(value),
      productOf: ({ node }) => (node ? products.get(node) : undefined),
      isOfRows: (node) => ofRows.has(node),
      isNumbers: (value) => !!value.node && ofRows.has(value.node) && value.node.op.row?.given?.(value.node) === value,
      hasRows: (phase) => phases[phase] === "rows",
      runsAlone: (node) => alone.has(node),
    };
  }
  throw new NotFusable(`a step has more than ${most} dispatches in sequence`);
}

/** What of a step's nodes is no function of elements. */
interface Kinds {
  readonly products: ReadonlyMap<Node, Product>;
  readonly ofRows: ReadonlySet<Node>;
  readonly alone: ReadonlySet<Node>;
}

function kindsOf({ nodes }: Loop, rows: number, changes: (value: Value) => boolean): Kinds {
  const products = new Map<Node, Product>();
  const ofRows = new Set<Node>();
  const alone = new Set<Node>();
  for (const node of nodes) {
    const product = productOf(node, changes);
    if (product) products.set(node, product);
    else if (isRowRule(node, rows)) ofRows.add(node);
    else if (!node.op.element) alone.add(node);
  }
  return { products, ofRows, alone };
}

const isRowRule = (node: Node, rows: number): boolean => (node.op.row?.columns(node, rows) ?? null) !== null;

/** What the threads of a dispatch of a step own, beside elements: sums of products, or whole rows. */
type Owned = "products" | "rows";

/** How the dispatches of a step may be divided; with sums over rows, and products, each kind has at least one. */
function divisionsOf(levels: number, { products, ofRows }: Kinds): Owned[][] {
  if (ofRows.size === 0) return [new Array<Owned>(levels).fill("products")];
  if (products.size === 0) return [new Array<Owned>(levels).fill("rows")];
  if (levels > MOST_LEVELS_WITH_ROWS) return [];
  return Array.from({ length: 2 ** levels }, (_, bits) =>
    Array.from({ length: levels }, (_, phase): Owned => ((bits >> phase) & 1 ? "rows" : "products")),
  ).filter((phases) => new Set(phases).size === 2);
}

/** The node that made a carry in the step before. */
const madeBy = ({ carry }: Loop, value: Value) => carry.find(({ placeholder }) => placeholder === value)?.next.node;

const nameOf = (nodes: Iterable<Node>): string => [...new Set([...nodes].map(({ op }) => op.name))].join(", ");

function rowsOf(carry: readonly Value[]): number {
  const [first] = carry;
  const rows = first && first.rank > 1 ? (first.shape[0] as number) : 1;
  for (const { rank, shape } of carry) {
    if ((rank > 1 ? shape[0] : 1) !== rows) throw new NotFusable("parts of the carry have different numbers of rows");
  }
  return rows;
}

function productOf(node: Node, changes: (value: Value) => boolean): Product | undefined {
  const matmul = nodeOf(matmulOp, node.results[0]);
  if (!matmul) return undefined;
  const { a, b, bias } = matmul.inputs;
  const { transposeA, transposeB } = matmul.attributes;
  const fits = !transposeA && a.rank === 2 && b.rank === 2 && !changes(b) && !(bias && changes(bias));
  if (!fits) throw new NotFusable("a product's second operand changes from step to step");
  const [k, n] = (transposeB ? [b.shape[1], b.shape[0]] : b.shape) as [number, number];
  return { node, operand: a, weight: b, bias, transposed: transposeB, k, n };
}

/** The earliest dispatch of each value that a step computes; undefined where a step needs more of them, or others. */
function timesOf(
  loop: Loop,
  { products, ofRows, alone }: Kinds,
  phases: readonly Owned[],
): ReadonlyMap<Value, number> | undefined {
  const levels = phases.length;
  const times = new Map(loop.nodes.flatMap(({ results }) => results.map((value): [Value, number] => [value, 0])));
  const carries = new Map(loop.carry.map(({ placeholder, next }) => [placeholder, next]));
  const apart = new Set([...alone].flatMap(({ results }) => results));
  // the longest way without a circle has each product once; each may wait for its kind of dispatch
  const waits = ofRows.size > 0 ? levels * (products.size + ofRows.size) : products.size;
  const latest = waits + 2 * apart.size + levels * loop.carry.length;
  for (let changed = true; changed; ) {
    changed = false;
    for (const node of loop.nodes) {
      const product = products.get(node);
      const readsRows = alone.has(node);
      let time = 0;
      for (const operand of node.operands) {
        const made = carries.get(operand) ?? operand;
        const own = times.get(made);
        if (own === undefined) continue;
        const isLater = readsRows || product?.operand === operand || apart.has(made);
        time = Math.max(time, own - (made === operand ? 0 : levels) + (isLater ? 1 : 0));
      }
      const wanted = product ? "products" : ofRows.has(node) ? "rows" : undefined;
      while (wanted && phases[time % levels] !== wanted) time++;
      if (time > latest) return undefined;
      for (const value of node.results) {
        if ((times.get(value) as number) >= time) continue;
        times.set(value, time);
        changed = true;
      }
    }
  }
  return times;
}
