/** A dispatch of a fused loop whose threads own whole rows: sums over them, one after the other, and elements by these. */
import type { Node, Value } from "../../../graph/value.ts";
import { Addresses, Body } from "./addresses.ts";
import { Elements, type PhaseRequest } from "./elements.ts";
import { labelOf } from "./labels.ts";
import { commonColumns, guardOf, type Phase, writtenIn } from "./phase.ts";
import { type Region, readBy } from "./regions.ts";

/** The dispatch as WGSL: a loop over a row's elements for each round of sums, and what is written as soon as it is known. */
export const writeRows = (request: PhaseRequest): Phase => new RowPhaseWriter(request, commonColumns(request)).write();

/** A node with sums, and the loop over the row in which its first ones are added up. */
interface Summed {
  readonly node: Node;
  readonly stage: number;
  readonly first: number;
  /** The names of its numbers. */
  readonly known: string[];
}

/** What a loop over a row adds up for a node. */
interface Adding {
  readonly summed: Summed;
  readonly names: readonly string[];
  readonly taken: keyof typeof STARTS;
}

const STARTS = { sum: "0.0", maximum: "-3.4028234e38" } as const;

class RowPhaseWriter {
  readonly #numbering = { next: 0 };
  readonly #body = new Body(this.#numbering);
  readonly #memory: Addresses;
  readonly #elements: Elements;
  readonly #written: Region[];
  readonly #summed = new Map<Node, Summed>();
  readonly #rounds = new Map<string, number>();
  readonly #numbers = new Map<string, string>();
  /** The loop that is being written. */
  #now = 0;

  constructor(
    private readonly request: PhaseRequest,
    private readonly units: number,
  ) {
    const { loop, schedule, regions, phase } = request;
    this.#written = writtenIn(schedule, regions, phase);
    this.#memory = new Addresses(schedule.rows, units, "numbers", this.#body);
    this.#elements = new Elements({ ...request, width: "numbers" }, units, this.#memory, this.#body, {
      element: (value, column, stage) => this.#element(value, column, stage),
      number: (value, i, stage) => this.#number(value, i, stage),
    });
    for (const node of loop.nodes) {
      const [value] = node.results as [Value];
      if (!schedule.isOfRows(node) || schedule.when(value) % schedule.levels !== phase) continue;
      const stage = schedule.stageOf(value);
      const first = Math.max(...node.operands.map((operand) => this.#loopOf(operand, stage)));
      this.#summed.set(node, { node, stage, first, known: [] });
    }
  }

  write(): Phase {
    const { schedule } = this.request;
    const loopsOf = this.#written.map(({ value }) => this.#loopOf(value, schedule.stageOf(value)));
    const lasts = [...this.#summed.values()].map(({ node, first }) => first + roundsOf(node) - 1);
    const last = Math.max(...loopsOf, ...lasts);
    for (this.#now = 0; this.#now <= last; this.#now++) {
      const inner = new Body(this.#numbering);
      this.#elements.begin(inner);
      const sums = [...this.#summed.values()].flatMap((each) => this.#addUp(each, inner));
      this.#written.forEach((region, i) => {
        if (loopsOf[i] === this.#now && !schedule.isNumbers(region.value)) this.#store(region, inner);
      });
      if (inner.lines.length > 0) {
        this.#body.lines.push(
          ...sums.flatMap(({ names, taken }) => names.map((name) => `var ${name} = ${STARTS[taken]};`)),
          "for (var unit = first; unit < width; unit += STRIDE) {",
          ...inner.lines.map((line) => `  ${line}`),
          "}",
        );
      }
      for (const adding of sums) this.#finish(adding);
    }
    for (const region of this.#written) if (schedule.isNumbers(region.value)) this.#storeNumbers(region);
    return {
      ...this.#memory.found(),
      units: this.units,
      sums: [],
      operands: [],
      isApart: false,
      statements: this.#body.lines,
      written: new Set(this.#written),
      hasRows: true,
    };
  }

  /** The loop over a row in which a value is there first; 0 for what lies in memory beforehand. */
  #loopOf(value: Value, stage: number): number {
    const { schedule, phase } = this.request;
    const carry = schedule.carryOf(value);
    const isMade = carry || schedule.isComputed(value);
    if (!isMade || schedule.when(value) < phase + stage * schedule.levels) return 0;
    if (carry) return this.#loopOf(carry.next, stage + 1);
    const key = `${value.id} ${stage}`;
    const known = this.#rounds.get(key);
    if (known !== undefined) return known;
    const node = value.node as Node;
    const own = Math.max(0, ...node.operands.map((operand) => this.#loopOf(operand, stage)));
    const found = own + (schedule.isOfRows(node) ? roundsOf(node) : 0);
    this.#rounds.set(key, found);
    return found;
  }

  #element(value: Value, column: number, stage: number): string | undefined {
    const { schedule, regions } = this.request;
    const region = regions.get(value);
    // the same thread wrote it
    if (region && region.kind !== "ends" && this.#loopOf(value, stage) < this.#now) {
      return this.#memory.read(region, column, stage, "after", labelOf(value));
    }
    const node = value.node as Node;
    if (!schedule.isOfRows(node)) return undefined;
    const { known } = this.#summed.get(node) as Summed;
    const written = node.op.row?.write(node, this.#elements.placeOf(value, column, stage), known, value) ?? "";
    return this.#elements.let(written, labelOf(value));
  }

  /** A number of a row, which stands before the loops over it. */
  #number(value: Value, i: number, stage: number): string {
    const { schedule, regions, phase } = this.request;
    const own = schedule.isComputed(value) && schedule.when(value) >= phase + stage * schedule.levels;
    if (own) return this.#summed.get(value.node as Node)?.known[i] as string;
    const key = `${value.id} ${i} ${stage}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const read = schedule.isComputed(value)
      ? readBy(value, schedule, regions)
      : { region: this.#elements.outsideOf(value), when: "before" as const };
    const count = value.shape.at(-1) as number;
    const name = this.#body.let(this.#memory.numberAt(read.region, count, i, stage, read.when), "of_row");
    this.#numbers.set(key, name);
    return name;
  }

  /** Adds up what a node wants in this loop. */
  #addUp(summed: Summed, inner: Body): Adding[] {
    const { node, stage, first, known } = summed;
    const round = this.#now - first;
    if (round < 0 || round >= roundsOf(node)) return [];
    const columns = node.op.row?.columns(node, this.request.schedule.rows) as number;
    const [value] = node.results as [Value];
    const lists: string[][] = [];
    for (let column = 0; column < columns; column += this.units) {
      const place = this.#elements.placeOf(value, column, stage);
      node.op.row?.terms(node, round, place, known).forEach((term, i) => {
        lists[i] = [...(lists[i] ?? []), this.#elements.let(term, "term")];
      });
    }
    const taken = node.op.row?.taken?.[round] ?? "sum";
    const names = lists.map((terms, i) => {
      const name = `${taken}${[...this.#summed.keys()].indexOf(node)}_${round}_${i}`;
      if (taken === "sum") inner.lines.push(`${name} += ${terms.join(" + ")};`);
      else inner.lines.push(`${name} = ${terms.reduce((all, term) => `max(${all}, ${term})`, name)};`);
      return name;
    });
    return [{ summed, names, taken }];
  }

  /** What follows of sums, once the threads of a row have brought theirs together. */
  #finish({ summed: { node, stage, first, known }, names, taken }: Adding): void {
    const { rows } = this.request.schedule;
    const width = node.op.row?.columns(node, rows) as number;
    const totals = names.map((name) => this.#body.let(`row_${taken}(first, ${name})`, "total"));
    const place = { number: (value: Value, i: number) => this.#number(value, i, stage) };
    const made = node.op.row?.numbers(node, this.#now - first, totals, place, width) ?? [];
    known.push(...made.map((number, i) => this.#body.let(number, node.op.row?.labels[known.length + i] ?? "of_row")));
  }

  #store(region: Region, inner: Body): void {
    const stage = this.#memory.useStage(this.request.schedule.stageOf(region.value));
    const into: string[] = [];
    for (let column = 0; column < region.columns; column += this.units) {
      const name = this.#elements.of(region.value, column, stage);
      into.push(this.#memory.store(region, column, stage, name));
    }
    inner.lines.push(...guarded(this.#guard(region, stage), into));
  }

  #storeNumbers(region: Region): void {
    const stage = this.#memory.useStage(this.request.schedule.stageOf(region.value));
    const { known } = this.#summed.get(region.value.node as Node) as Summed;
    const lines = known.map(
      (name, i) => `${this.#memory.numberAt(region, known.length, i, stage, "after")} = ${name};`,
    );
    const guard = this.#guard(region, stage);
    this.#body.lines.push(...guarded(`first == 0u${guard ? ` && ${guard}` : ""}`, lines));
  }

  #guard(region: Region, stage: number): string | undefined {
    const { schedule } = this.request;
    return guardOf(
      region,
      stage,
      this.#written.some(({ value }) => schedule.stageOf(value) > 0),
    );
  }
}

const roundsOf = ({ op }: Node): number => op.row?.rounds ?? 0;

const guarded = (when: string | undefined, lines: readonly string[]): readonly string[] =>
  when ? [`if (${when}) {`, ...lines.map((line) => `  ${line}`), "}"] : lines;
