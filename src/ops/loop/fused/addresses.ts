/** Where a kernel of a fused loop reads and writes: the fields of `Step`, and places in rows. */
import { sizeOf } from "../../../graph/shape.ts";
import { type Outside, rowWidth } from "./outside.ts";
import type { Region } from "./regions.ts";
import { NotFusable } from "./schedule.ts";

/** Something that lies in memory: a region, or what comes from outside the loop. */
export type Source = Region | Outside;

/** How much of a row one thread has. */
export type Width = "numbers" | "fours";

/** Of which step something is: what a carry began with, before a step or after it. */
export type When = "first" | "before" | "after";

/** The lines of a function, with names for what is computed. */
export class Body {
  readonly lines: string[] = [];

  /** `numbers` counts the names of all bodies of a kernel. */
  constructor(private readonly numbers = { next: 0 }) {}

  /** The name of an expression, which begins with the label. */
  let(expression: string, label: string): string {
    if (/^[\w.]+(\[\d+\])?$/.test(expression)) return expression;
    const name = `${label}_${this.numbers.next++}`;
    this.lines.push(`let ${name} = ${expression};`);
    return name;
  }
}

export class Addresses {
  readonly sources: Source[] = [];
  /** Stages whose step is read or written. */
  readonly stages = new Set<number>();
  /** Sources of whose rows a parameter says how many columns they have. */
  readonly measured = new Set<number>();
  /** Sources that are a few numbers for each row. */
  readonly numbered = new Set<Source>();
  /** By the WGSL that makes them. */
  readonly #fields = new Map<string, string>();
  readonly #places = new Map<string, string>();

  constructor(
    private readonly rows: number,
    private readonly units: number,
    private readonly width: Width,
    private body: Body,
  ) {}

  /** From here on lines go into another body. */
  begin(body: Body): void {
    this.body = body;
    this.#places.clear();
  }

  /** What a phase says of it. */
  found() {
    const { sources, fields, measured, numbered } = this;
    return { sources, fields, measured, numbered, stages: [...this.stages].sort((a, b) => a - b) };
  }

  /** The fields of `Step`, each with the WGSL that makes it of the dispatch's number. */
  get fields(): (readonly [name: string, expression: string])[] {
    return [...this.#fields].map(([expression, name]) => [name, expression] as const);
  }

  useStage(stage: number): number {
    this.stages.add(stage);
    return stage;
  }

  /** The name of an element of a source in the step of a stage. */
  read(source: Source, column: number, stage: number, when: When, label: string): string {
    const field = this.field(source, stage, when);
    const bound = this.bound(source);
    const isRegion = "kind" in source;
    const columns = isRegion ? source.columns : rowWidth(source.shape, this.rows);
    const repeats = !isRegion && sizeOf(source.shape) < columns * this.rows;
    if (columns === 1 && !(isRegion && this.units === 1)) {
      const at = `step.${field}${repeats ? "" : " + row"}`;
      const element = this.width === "numbers" ? `${bound}[${at}]` : `Real(${bound}[(${at}) / 4u][(${at}) % 4u])`;
      return this.body.let(element, label);
    }
    if (columns % this.units !== 0 || column % this.units !== 0) {
      throw new NotFusable(`a row of ${columns} columns is read in parts of ${this.units}`);
    }
    const at = `step.${field} + ${repeats ? this.#across(column) : this.place(columns, column)}`;
    return this.body.let(`${bound}[${at}]`, label);
  }

  /** WGSL for number `i` of `count` that a source has for each row. */
  numberAt(source: Source, count: number, i: number, stage: number, when: When): string {
    this.numbered.add(source);
    return `${this.bound(source)}[step.${this.field(source, stage, when)} + ${count}u * row + ${i}u]`;
  }

  /** WGSL for the buffer that a source lies in; the numbers of buffers are put in when they are known. */
  bound(source: Source): string {
    return `bound${this.sourceNumber(source)}_`;
  }

  /** The place of a source among the parameters. */
  sourceNumber(source: Source): number {
    const known = this.sources.indexOf(source);
    return known >= 0 ? known : this.sources.push(source) - 1;
  }

  /** The field of `Step` that says where a source's slot of a step begins. */
  field(source: Source, stage: number, when: When): string {
    const start = `params.at${this.sourceNumber(source)}`;
    const expression =
      "kind" in source ? this.#regionStart(source, start, stage, when) : this.#outsideStart(source, start, stage);
    const known = this.#fields.get(expression);
    if (known !== undefined) return known;
    const name = `at${this.#fields.size}`;
    this.#fields.set(expression, name);
    return name;
  }

  #regionStart(region: Region, start: string, stage: number, when: When): string {
    const { kind, slots, columns, carry } = region;
    const [i, time] = [`i${this.useStage(stage)}`, `time${stage}`];
    const slot = (): string => {
      if (kind === "time") {
        if (when === "first") return "select(0u, params.seq_len, params.reverse != 0u)";
        if (carry === undefined) return time;
        return when === "before" ? `slot_before(${time})` : `slot_after(${time})`;
      }
      if (when === "first") return "0u";
      if (kind === "ends") return "1u";
      return when === "before" || carry === undefined ? `${i} % ${slots}u` : `(${i} + 1u) % ${slots}u`;
    };
    if (this.numbered.has(region)) return `${start} + ${slot()} * ${columns}u * params.batch_size`;
    // a number for each row, beside rows of several
    if (columns === 1 && this.units > 1) return `${start} + ${slot()} * params.batch_size`;
    return `${start} / WIDTH + ${slot()} * ${this.#slotSize(region, columns / this.units)}`;
  }

  /** Rows that are multiplied need not be whole multiples of those that are computed. */
  #slotSize(region: Region, blocks: number): string {
    if (Number.isInteger(blocks)) return `${blocks}u * size`;
    const source = this.sourceNumber(region);
    this.measured.add(source);
    return `params.batch_size * (params.columns${source} / WIDTH)`;
  }

  #outsideStart(value: Outside, start: string, stage: number): string {
    const columns = rowWidth(value.shape, this.rows);
    const repeats = sizeOf(value.shape) < columns * this.rows;
    const { isSliced } = value;
    const slot = isSliced ? `time${this.useStage(stage)}` : "0u";
    if (this.numbered.has(value)) return isSliced ? `${start} + ${slot} * ${columns}u * params.batch_size` : start;
    if (columns === 1) return isSliced ? `${start} + ${slot}${repeats ? "" : " * params.batch_size"}` : start;
    const blocks = columns / this.units;
    if (!isSliced) return `${start} / WIDTH`;
    return `${start} / WIDTH + ${slot} * ${blocks}u * ${repeats ? "width" : "size"}`;
  }

  /** The place of a thread's elements in a slot of so many columns. */
  place(columns: number, column: number): string {
    const [blocks, block] = [columns / this.units, column / this.units];
    if (!Number.isInteger(blocks) || !Number.isInteger(block)) {
      throw new NotFusable(`a row of ${columns} columns is read in parts of ${this.units}`);
    }
    const key = `${blocks} ${block}`;
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const name = `place_${blocks}_${block}`;
    this.#places.set(key, name);
    const row = blocks === 1 ? "row * width" : `row * ${blocks}u * width`;
    this.body.lines.push(`let ${name} = ${row} + ${this.#across(column)};`);
    return name;
  }

  #across(column: number): string {
    const block = column / this.units;
    return block === 0 ? "unit" : `${block}u * width + unit`;
  }

  /** The WGSL that stores an element. */
  store(region: Region, column: number, stage: number, name: string): string {
    const place = `step.${this.field(region, stage, "after")} + ${this.place(region.columns, column)}`;
    return `${this.bound(region)}[${place}] = ${name};`;
  }
}
