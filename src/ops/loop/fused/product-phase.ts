/** A dispatch of a fused loop whose threads own elements: the end of a step behind its products, `finish` of a cell. */
import type { Value } from "../../../graph/value.ts";
import { Addresses, Body } from "./addresses.ts";
import { Elements, type PhaseRequest } from "./elements.ts";
import { labelOf } from "./labels.ts";
import { commonColumns, guardOf, type Operand, type Phase, type Sum, writtenIn } from "./phase.ts";
import { type Region, readBy } from "./regions.ts";
import type { Product } from "./schedule.ts";

export function writeProducts(request: PhaseRequest): Phase {
  const { loop } = request;
  const write = (sums: readonly Sum[]) => new ProductPhaseWriter(request, sums).write();
  // in the order in which their weights lie, not in that in which they are read
  const order = new Map([...loop.nodes].map((node, i) => [node, i]));
  const place = ({ product, block }: Sum) => (order.get(product.node) as number) * 2 ** 20 + block;
  return write([...write([]).sums].sort((a, b) => place(a) - place(b)));
}

class ProductPhaseWriter {
  readonly #written: Region[];
  readonly #units: number;
  readonly #sums: Sum[];
  readonly #body = new Body();
  readonly #memory: Addresses;
  readonly #elements: Elements;

  constructor(
    private readonly request: PhaseRequest,
    sums: readonly Sum[],
  ) {
    const { schedule, regions, phase, width } = request;
    this.#sums = [...sums];
    this.#written = writtenIn(schedule, regions, phase);
    this.#units = commonColumns(request);
    this.#memory = new Addresses(schedule.rows, this.#units, width, this.#body);
    this.#elements = new Elements(request, this.#units, this.#memory, this.#body, {
      element: (value, column, stage) => {
        const product = schedule.productOf(value);
        return product && this.#sum(product, value, column, stage);
      },
    });
  }

  write(): Phase {
    const writes: string[] = [];
    const { schedule } = this.request;
    const overlaps = this.#written.some(({ value }) => schedule.stageOf(value) > 0);
    for (const region of this.#written) {
      const stage = this.#memory.useStage(schedule.stageOf(region.value));
      const into: string[] = [];
      for (let column = 0; column < region.columns; column += this.#units) {
        const name = this.#elements.of(region.value, column, stage);
        into.push(this.#memory.store(region, column, stage, name));
      }
      const when = guardOf(region, stage, overlaps);
      writes.push(...(when ? [`if (${when}) {`, ...into.map((line) => `  ${line}`), "}"] : into));
    }
    const operands = this.#sums.map(({ product }) => this.#operand(product));
    const [first] = operands;
    return {
      ...this.#memory.found(),
      units: this.#units,
      sums: this.#sums,
      operands,
      isApart: operands.some(({ source, stage }) => source !== first?.source || stage !== first.stage),
      statements: [...this.#body.lines, ...writes],
      written: new Set(this.#written),
      hasRows: false,
    };
  }

  #sum(product: Product, value: Value, column: number, stage: number): string {
    const block = column / this.#units;
    this.#memory.useStage(stage);
    let index = this.#sums.findIndex((sum) => sum.product === product && sum.block === block);
    if (index < 0) index = this.#sums.push({ product, block }) - 1;
    const sum = `sums[${index}]`;
    return product.bias
      ? this.#body.let(`${sum} + ${this.#elements.of(product.bias, column, stage)}`, labelOf(value))
      : sum;
  }

  #operand({ node, operand }: Product): Operand {
    const { schedule, regions } = this.request;
    const stage = schedule.stageOf(node.results[0]);
    const { region, when } = readBy(operand, schedule, regions);
    return { source: this.#memory.sourceNumber(region), field: this.#memory.field(region, stage, when), stage };
  }
}
