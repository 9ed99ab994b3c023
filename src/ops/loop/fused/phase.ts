/** What one dispatch of a fused loop computes, as WGSL: the end of a step behind its products, `finish` of a cell. */
import { sizeOf } from "../../../graph/shape.ts";
import type { ElementPlace, Node, Value } from "../../../graph/value.ts";
import type { BinaryKind } from "../../elementwise/binary.ts";
import { binaryElement, slopeElement, unaryElement } from "../../elementwise/elements.ts";
import type { Unary } from "../../elementwise/unary.ts";
import type { Loop } from "../loop.ts";
import { Addresses, Body, type Source, type Width } from "./addresses.ts";
import { OutsideValues, rowWidth } from "./outside.ts";
import type { Region, Regions } from "./regions.ts";
import { NotFusable, type Product, type Schedule } from "./schedule.ts";

/** One sum of products for each unit: of a product of the graph, the columns from `block` · units on. */
export interface Sum {
  readonly product: Product;
  readonly block: number;
}

/** Where the rows of a product lie. */
export interface Operand {
  readonly source: number;
  /** The field that says where they begin. */
  readonly field: string;
  /** In whose step they are multiplied. */
  readonly stage: number;
}

/** A dispatch of a step, as it is written for one width. */
export interface Phase {
  /** Columns that a row of threads has. */
  readonly units: number;
  readonly sums: readonly Sum[];
  /** Steps that this dispatch works on beside one another: 0 for the one that it begins, 1 for the one before it … */
  readonly stages: readonly number[];
  /** What is bound: in the order of the parameters that say where each begins. */
  readonly sources: readonly Source[];
  /** The fields of `Step`, each with the WGSL that makes it of the dispatch's number. */
  readonly fields: readonly (readonly [name: string, expression: string])[];
  readonly statements: readonly string[];
  /** Of each sum. */
  readonly operands: readonly Operand[];
  /** Whether the sums are of different rows. */
  readonly isApart: boolean;
  /** Sources of whose rows a parameter says how many columns they have. */
  readonly measured: ReadonlySet<number>;
  readonly written: ReadonlySet<Source>;
}

/** More parts of a row for each thread would be more code than is worth compiling. */
const MOST_BLOCKS = 16;

export function phaseOf(loop: Loop, schedule: Schedule, regions: Regions, phase: number, width: Width): Phase {
  const write = (sums: readonly Sum[]) => new PhaseWriter(loop, schedule, regions, phase, width, sums).write();
  // in the order in which their weights lie, not in that in which they are read
  const order = new Map([...loop.nodes].map((node, i) => [node, i]));
  const place = ({ product, block }: Sum) => (order.get(product.node) as number) * 2 ** 20 + block;
  return write([...write([]).sums].sort((a, b) => place(a) - place(b)));
}

/** What the kernel of a dispatch writes; none where there is nothing for it to do. */
export const writtenIn = (schedule: Schedule, regions: Regions, phase: number): Region[] =>
  [...regions.values()].filter(
    ({ value }) => schedule.when(value) % schedule.levels === phase && !schedule.runsAlone(value.node as Node),
  );

class PhaseWriter {
  readonly #written: Region[];
  readonly #units: number;
  readonly #sums: Sum[];
  readonly #names = new Map<string, string>();
  readonly #body = new Body();
  readonly #memory: Addresses;
  readonly #outside: OutsideValues;

  constructor(
    private readonly loop: Loop,
    private readonly schedule: Schedule,
    private readonly regions: Regions,
    private readonly phase: number,
    private readonly width: Width,
    sums: readonly Sum[],
  ) {
    this.#outside = new OutsideValues(loop, schedule.rows);
    this.#sums = [...sums];
    this.#written = writtenIn(schedule, regions, phase);
    this.#units = this.#commonColumns();
    this.#memory = new Addresses(schedule.rows, this.#units, width, this.#body);
  }

  write(): Phase {
    const writes: string[] = [];
    for (const region of this.#written) {
      const stage = this.#stageOf(region.value);
      const into: string[] = [];
      for (let column = 0; column < region.columns; column += this.#units) {
        const name = this.#element(region.value, column, stage);
        into.push(this.#memory.store(region, column, stage, name));
      }
      const when = this.#guard(region, stage);
      writes.push(...(when ? [`if (${when}) {`, ...into.map((line) => `  ${line}`), "}"] : into));
    }
    const operands = this.#sums.map(({ product }) => this.#operand(product));
    const [first] = operands;
    return {
      units: this.#units,
      sums: this.#sums,
      stages: [...this.#memory.stages].sort((a, b) => a - b),
      operands,
      isApart: operands.some(({ source, stage }) => source !== first?.source || stage !== first.stage),
      measured: this.#memory.measured,
      sources: this.#memory.sources,
      fields: this.#memory.fields,
      statements: [...this.#body.lines, ...writes],
      written: new Set(this.#written),
    };
  }

  /** The most columns that all parts of rows are whole multiples of. */
  #commonColumns(): number {
    const { rows } = this.schedule;
    const written = this.#written.map(({ columns }) => columns);
    const nodes = this.loop.nodes.filter(
      (node) =>
        !this.schedule.runsAlone(node) &&
        this.schedule.when(node.results[0] as Value) % this.schedule.levels === this.phase,
    );
    const parts = nodes.flatMap((node) => [
      ...node.results.map(({ shape }) => sizeOf(shape) / rows),
      ...(node.op.element?.parts?.(node, rows) ?? []),
    ]);
    const units = [...written, ...parts].filter((columns) => columns > 0).reduce(greatestCommonDivisor, 0);
    if (Math.max(...written, ...parts) > MOST_BLOCKS * units) {
      throw new NotFusable(`rows are cut into parts of ${units} columns`);
    }
    return units;
  }

  #stageOf(value: Value): number {
    return Math.floor(this.schedule.when(value) / this.schedule.levels);
  }

  /** When a region is written at all. */
  #guard({ kind }: Region, stage: number): string | undefined {
    const known = this.#memory.useStage(stage);
    if (kind === "ends") return `step.active${known} && step.last${known}`;
    return this.#overlaps() ? `step.active${known}` : undefined;
  }

  /** Whether steps overlap, so that some dispatches begin or end nothing. */
  #overlaps(): boolean {
    return this.#written.some(({ value }) => this.#stageOf(value) > 0);
  }

  /** The name of an element of a value at a column, in the step of a stage; here and now, or from memory. */
  #element(value: Value, column: number, stage: number): string {
    const key = `${value.id} ${column} ${stage}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const columns = rowWidth(value.shape, this.schedule.rows);
    if (columns !== 1 && column + this.#units > columns) {
      throw new NotFusable(`a row of ${columns} columns is read in parts of ${this.#units}`);
    }
    const name = this.#elementOf(value, column, stage);
    this.#names.set(key, name);
    return name;
  }

  #elementOf(value: Value, column: number, stage: number): string {
    const { schedule, loop } = this;
    const now = this.phase + stage * schedule.levels;
    const carry = schedule.carryOf(value);
    if (carry !== undefined) {
      const next = loop.carry[carry]?.next as Value;
      const region = this.regions.get(next) as Region;
      if (schedule.when(value) < now) return this.#memory.read(region, column, stage, "before");
      // the step before ends in this very dispatch
      const made = this.#element(next, column, stage + 1);
      const zeros = region.kind === "ends" && !loop.carry[carry]?.initial;
      const initial = zeros ? "Real()" : this.#memory.read(region, column, stage, "first");
      return this.#body.let(`select(${made}, ${initial}, step.first${this.#memory.useStage(stage)})`);
    }
    if (!schedule.isComputed(value)) {
      const outside = this.#outside.of(value);
      if (outside.number !== undefined) return `Real(${outside.number})`;
      const columns = rowWidth(outside.shape, schedule.rows);
      return this.#memory.read(outside, columns === 1 ? 0 : column, stage, "before");
    }
    if (schedule.when(value) < now) return this.#memory.read(this.regions.get(value) as Region, column, stage, "after");
    const product = schedule.productOf(value);
    if (product) return this.#sum(product, column, stage);
    return this.#compute(value, column, stage);
  }

  #compute(value: Value, column: number, stage: number): string {
    const { node } = value;
    const { rows } = this.schedule;
    if (!node?.op.element) throw new NotFusable(`${node?.op.name ?? "a value"} has no element`);
    const columns = sizeOf(value.shape) / rows;
    const place: ElementPlace = {
      rows,
      column,
      of: (input) => {
        const own = rowWidth(input.shape, rows);
        if (own !== columns && own !== 1)
          throw new NotFusable(`${node.op.name} broadcasts ${own} columns to ${columns}`);
        return this.#element(input, own === columns ? column : 0, stage);
      },
      at: (input, at) => this.#element(input, at, stage),
      each: (write, ...operands) =>
        this.width === "numbers"
          ? write(...operands)
          : `Real(${["x", "y", "z", "w"].map((part) => write(...operands.map((name) => `${name}.${part}`))).join(", ")})`,
      unary: (f, x) => unaryElement(f as Unary, x, place),
      slope: (f, saved) => slopeElement(f as Unary, saved, place),
      binary: (kind, a, b) => binaryElement(kind as BinaryKind, a, b, place),
    };
    const written = node.op.element.write(node, place, value);
    if (written === null) throw new NotFusable(`${node.op.name} does not go row by row, or has a number without end`);
    return this.#body.let(written);
  }

  #sum(product: Product, column: number, stage: number): string {
    const block = column / this.#units;
    this.#memory.useStage(stage);
    let index = this.#sums.findIndex((sum) => sum.product === product && sum.block === block);
    if (index < 0) index = this.#sums.push({ product, block }) - 1;
    const sum = `sums[${index}]`;
    return product.bias ? this.#body.let(`${sum} + ${this.#element(product.bias, column, stage)}`) : sum;
  }

  #operand({ node, operand }: Product): Operand {
    const stage = this.#stageOf(node.results[0] as Value);
    const carry = this.schedule.carryOf(operand);
    const region = this.regions.get(carry === undefined ? operand : (this.loop.carry[carry]?.next as Value)) as Region;
    return {
      source: this.#memory.sourceNumber(region),
      field: this.#memory.field(region, stage, carry === undefined ? "after" : "before"),
      stage,
    };
  }
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));
