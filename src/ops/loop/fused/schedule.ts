/**
 * When each operation of a loop's body runs, where one dispatch takes all products whose operands are there together with all
 * functions of elements that follow from them.
 *
 * Steps overlap: a dispatch may end one step and begin the next, as the gradient of a cell does, whose product with the weights comes
 * last. This is modulo scheduling (Rau 1981): dispatch d of a step that takes `levels` dispatches runs beside dispatch d + levels of
 * the step before. A product comes a dispatch after its operand, since it reads whole rows. What is neither a product nor a function
 * of elements, a softmax say, runs by itself between the others: a dispatch after its operands, and one before its readers.
 */
import { nodeOf } from "../../../graph/apply.ts";
import { sizeOf } from "../../../graph/shape.ts";
import type { Node, Value } from "../../../graph/value.ts";
import { matmulOp } from "../../matmul/matmul.ts";
import type { Loop } from "../loop.ts";

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
  /** The carry that a value stands for, by its place. */
  carryOf(value: Value): number | undefined;
  isComputed(value: Value): boolean;
  productOf(value: Value): Product | undefined;
  /** Whether a node runs by itself. */
  runsAlone(node: Node): boolean;
}

/** More dispatches of a step would be as many as its operations. */
const MOST_LEVELS = 12;

export function scheduleOf(loop: Loop): Schedule {
  const { carry, nodes } = loop;
  const rows = rowsOf(carry.map(({ placeholder }) => placeholder));
  const computed = new Set(nodes.flatMap(({ results }) => results));
  const carries = new Map(carry.map(({ placeholder }, i) => [placeholder, i]));
  const products = new Map<Node, Product>();
  for (const node of nodes) {
    const product = productOf(node, (value) => computed.has(value) || carries.has(value) || loop.slices.has(value));
    if (product) products.set(node, product);
    if (!product && !node.op.element && node.operands.some((value) => madeBy(loop, value) === node)) {
      throw new NotFusable(`${node.op.name} reads what it gave in the step before`);
    }
    for (const { shape, dtype } of node.results) {
      if (dtype !== "float32") throw new NotFusable(`${node.op.name} gives ${dtype}`);
      if (sizeOf(shape) % rows !== 0 || (rows > 1 && shape[0] !== rows)) {
        throw new NotFusable(`${node.op.name} gives ${shape.join(" × ")}, not one row for each of the carry`);
      }
    }
  }
  const runsAlone = (node: Node) => !products.has(node) && !node.op.element;
  const others = nodes.filter(runsAlone).length;
  if (others > 0 && 2 * others + 1 >= nodes.length)
    throw new NotFusable(`most of a step is ${nameOf(nodes.filter(runsAlone))}`);
  for (let levels = 1; levels <= Math.min(MOST_LEVELS, Math.max(1, products.size + 2 * others)); levels++) {
    const times = timesOf(loop, products, runsAlone, levels);
    if (!times) continue;
    const when = (value: Value): number => {
      const i = carries.get(value);
      return i === undefined ? (times.get(value) as number) : whenCarried(loop, times, i) - levels;
    };
    return {
      rows,
      levels,
      when,
      carryOf: (value) => carries.get(value),
      isComputed: (value) => computed.has(value),
      productOf: ({ node }) => (node ? products.get(node) : undefined),
      runsAlone,
    };
  }
  throw new NotFusable(`a step has more than ${MOST_LEVELS} dispatches in sequence`);
}

/** The node that made a carry in the step before. */
const madeBy = ({ carry }: Loop, value: Value) => carry.find(({ placeholder }) => placeholder === value)?.next.node;

const nameOf = (nodes: readonly Node[]): string => [...new Set(nodes.map(({ op }) => op.name))].join(", ");

function rowsOf(carry: readonly Value[]): number {
  const [first] = carry;
  const rows = first && first.rank > 1 ? (first.shape[0] as number) : 1;
  for (const { rank, shape } of carry) {
    if ((rank > 1 ? shape[0] : 1) !== rows) throw new NotFusable("parts of the carry have different numbers of rows");
  }
  return rows;
}

function productOf(node: Node, changes: (value: Value) => boolean): Product | undefined {
  const matmul = nodeOf(matmulOp, node.results[0] as Value);
  if (!matmul) return undefined;
  const { a, b, bias } = matmul.inputs;
  const { transposeA, transposeB } = matmul.attributes;
  const fits = !transposeA && a.rank === 2 && b.rank === 2 && !changes(b) && !(bias && changes(bias));
  if (!fits) throw new NotFusable("a product's second operand changes from step to step");
  const [k, n] = (transposeB ? [b.shape[1], b.shape[0]] : b.shape) as [number, number];
  return { node, operand: a, weight: b, bias, transposed: transposeB, k, n };
}

const whenCarried = (loop: Loop, times: ReadonlyMap<Value, number>, i: number): number => {
  const { next } = loop.carry[i] as Loop["carry"][number];
  return times.get(next) as number;
};

/** The earliest dispatch of each value that a step computes; undefined where a step needs more levels. */
function timesOf(
  loop: Loop,
  products: ReadonlyMap<Node, Product>,
  runsAlone: (node: Node) => boolean,
  levels: number,
): ReadonlyMap<Value, number> | undefined {
  const times = new Map(loop.nodes.flatMap(({ results }) => results.map((value): [Value, number] => [value, 0])));
  const carries = new Map(loop.carry.map(({ placeholder, next }) => [placeholder, next]));
  // the longest way without a circle has each product once
  const apart = new Set(loop.nodes.filter(runsAlone).flatMap(({ results }) => results));
  const latest = products.size + 2 * apart.size + levels * loop.carry.length;
  for (let changed = true; changed; ) {
    changed = false;
    for (const node of loop.nodes) {
      const product = products.get(node);
      const readsRows = runsAlone(node);
      let time = 0;
      for (const operand of node.operands) {
        const made = carries.get(operand) ?? operand;
        const own = times.get(made);
        if (own === undefined) continue;
        const isLater = readsRows || product?.operand === operand || apart.has(made);
        time = Math.max(time, own - (made === operand ? 0 : levels) + (isLater ? 1 : 0));
      }
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
