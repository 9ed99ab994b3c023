/** Elements of a loop's values inside a kernel: each is computed once where it is asked for, or read. */

import { nameOfValue } from "../../../graph/called.ts";
import type { ElementPlace } from "../../../graph/element-rule.ts";
import { sizeOf } from "../../../graph/shape.ts";
import type { Value } from "../../../graph/value.ts";
import type { BinaryKind } from "../../elementwise/binary.ts";
import { binaryElement, slopeElement, unaryElement } from "../../elementwise/elements.ts";
import type { Unary } from "../../elementwise/unary.ts";
import type { Loop } from "../loop.ts";
import type { Addresses, Body, Width } from "./addresses.ts";
import { labelOf } from "./labels.ts";
import { type Outside, OutsideValues, rowWidth } from "./outside.ts";
import type { Region, Regions } from "./regions.ts";
import { NotFusable, type Schedule } from "./schedule.ts";

/** What a dispatch of a step is written for. */
export interface PhaseRequest {
  readonly loop: Loop;
  readonly schedule: Schedule;
  readonly regions: Regions;
  readonly phase: number;
  readonly width: Width;
}

/** What a kernel has beside the rules of elements. */
interface Maker {
  /** The name of an element that is made otherwise, or nothing. */
  element(value: Value, column: number, stage: number): string | undefined;
  /** That of a number of a row. */
  number?(value: Value, i: number, stage: number): string;
}

/** Where names hold. */
interface Scope {
  readonly body: Body;
  readonly names: Map<string, string>;
}

export class Elements {
  #scope: Scope;
  readonly #outside: OutsideValues;

  constructor(
    private readonly request: PhaseRequest,
    private readonly units: number,
    private readonly memory: Addresses,
    body: Body,
    private readonly maker: Maker,
  ) {
    this.#outside = new OutsideValues(request.loop, request.schedule.rows);
    this.#scope = { body, names: new Map() };
  }

  /** From here on lines go into another body, where no name is known yet. */
  begin(body: Body): void {
    this.#scope = { body, names: new Map() };
    this.memory.begin(body);
  }

  /** The name of an element of a value at a column, in the step of a stage; here and now, or from memory. */
  of(value: Value, column: number, stage: number): string {
    const key = `${value.id} ${column} ${stage}`;
    const known = this.#scope.names.get(key);
    if (known !== undefined) return known;
    const columns = rowWidth(value.shape, this.request.schedule.rows);
    if (columns !== 1 && column + this.units > columns) {
      throw new NotFusable(`a row of ${columns} columns is read in parts of ${this.units}`);
    }
    const name = this.#elementOf(value, column, stage);
    this.#scope.names.set(key, name);
    return name;
  }

  #elementOf(value: Value, column: number, stage: number): string {
    const { schedule, phase, regions } = this.request;
    const label = labelOf(value);
    const now = phase + stage * schedule.levels;
    const carry = schedule.carryOf(value);
    if (carry) {
      const { next, initial: first } = carry;
      const region = regions.get(next) as Region;
      if (schedule.when(value) < now) return this.memory.read(region, column, stage, "before", label);
      // the step before ends in this very dispatch
      const made = this.of(next, column, stage + 1);
      const zeros = region.kind === "ends" && !first;
      const initial = zeros ? "Real()" : this.memory.read(region, column, stage, "first", label);
      return this.#scope.body.let(`select(${made}, ${initial}, step.first${this.memory.useStage(stage)})`, label);
    }
    if (!schedule.isComputed(value)) {
      const outside = this.#outside.of(value);
      if (outside.number !== undefined) return `Real(${outside.number})`;
      const columns = rowWidth(outside.shape, schedule.rows);
      return this.memory.read(outside, columns === 1 ? 0 : column, stage, "before", nameOfOutside(value, outside));
    }
    if (schedule.when(value) < now)
      return this.memory.read(regions.get(value) as Region, column, stage, "after", label);
    return this.maker.element(value, column, stage) ?? this.#compute(value, column, stage);
  }

  #compute(value: Value, column: number, stage: number): string {
    const { node } = value;
    if (!node?.op.element) throw new NotFusable(`${node?.op.name ?? "a value"} has no element`);
    const written = node.op.element.write(node, this.placeOf(value, column, stage), value);
    if (written === null) throw new NotFusable(`${node.op.name} does not go row by row, or has a number without end`);
    return this.let(written, labelOf(value));
  }

  /** The name of an expression, here. */
  let(expression: string, label: string): string {
    return this.#scope.body.let(expression, label);
  }

  /** What lies in memory where a value comes from outside. */
  outsideOf(value: Value) {
    return this.#outside.of(value);
  }

  /** Where an element of a value is computed. */
  placeOf(value: Value, column: number, stage: number): ElementPlace<Value> {
    const { rows } = this.request.schedule;
    const columns = sizeOf(value.shape) / rows;
    const { node } = value;
    const place: ElementPlace<Value> = {
      rows,
      column,
      of: (input) => {
        const own = rowWidth(input.shape, rows);
        if (own !== columns && own !== 1) {
          throw new NotFusable(`${node?.op.name} broadcasts ${own} columns to ${columns}`);
        }
        return this.of(input, own === columns ? column : 0, stage);
      },
      number: (input, i) => {
        if (!this.maker.number) throw new NotFusable(`${node?.op.name} reads numbers of rows, which no thread owns`);
        return this.maker.number(input, i, stage);
      },
      at: (input, at) => this.of(input, at, stage),
      each: (write, ...operands) =>
        this.request.width === "numbers"
          ? write(...operands)
          : `Real(${["x", "y", "z", "w"].map((part) => write(...operands.map((name) => `${name}.${part}`))).join(", ")})`,
      unary: (f, x) => unaryElement(f as Unary, x, place),
      slope: (f, saved) => slopeElement(f as Unary, saved, place),
      binary: (kind, a, b) => binaryElement(kind as BinaryKind, a, b, place),
    };
    return place;
  }
}

/** What a step calls it, else what it is outside. */
const nameOfOutside = (value: Value, { whole }: Outside): string => labelOf(nameOfValue(value) ? value : whole);
