// What the cells of the zoo have in common: how they are called, and products with several weights at once.
import { type Initializer, linear, nn, Parameter, split, type Tree, type Value, zeros } from "seqgrad";
import { type GateStart, gateBias } from "../shared/gates.ts";

/** A recurrent layer in one direction: a cell, run over time by `scan`. */
export abstract class Cell<State extends Tree = Value> extends nn.Module {
  /** @param memory for how many steps units are to remember at first, at most; 0 says nothing of it */
  constructor(
    readonly inputSize: number,
    readonly hiddenSize: number,
    readonly memory = 0,
  ) {
    super();
  }

  /** xs [time, batch, inputSize], and a state to start from, zeros unless given → outputs [time, batch, hiddenSize], and the state after. */
  abstract forward(xs: Value, start?: State): [ys: Value, end: State];

  /** Products W·x + b, by the gates' names. */
  protected inputs<K extends string>(gates: Readonly<Record<K, GateStart>>, inputSize = this.inputSize): Products<K> {
    const bound = 1 / Math.sqrt(inputSize);
    const weight = new Parameter(
      [Object.keys(gates).length * this.hiddenSize, inputSize],
      nn.initializers.uniform(-bound, bound),
    );
    return new Products(Object.keys(gates) as K[], weight, this.biases(gates));
  }

  /** Products U·h, by the gates' names. */
  protected recurrent<K extends string>(...names: readonly K[]): Products<K> {
    const orthogonal = nn.initializers.orthogonal({ blocks: names.length });
    return new Products(names, new Parameter([names.length * this.hiddenSize, this.hiddenSize], orthogonal), null);
  }

  /** [gates·hiddenSize]. */
  protected biases(gates: Readonly<Record<string, GateStart>>): Parameter {
    const start = gateBias(Object.values(gates), this.hiddenSize, this.memory);
    return new Parameter([Object.keys(gates).length * this.hiddenSize], host(start));
  }

  /** A weight for each unit. */
  protected units(start: Initializer): Parameter {
    return new Parameter([this.hiddenSize], start);
  }

  /** [batch, hiddenSize]. */
  protected zeros(xs: Value): Value {
    return zeros([xs.shape[1] as number, this.hiddenSize]);
  }
}

/** Several products of one vector as one matmul, cut by name. */
export class Products<K extends string> extends nn.Module {
  constructor(
    readonly names: readonly K[],
    /** [names·outputSize, inputSize], PyTorch's layout. */
    readonly weight: Parameter,
    readonly bias: Parameter | null,
  ) {
    super();
  }

  of(x: Value): Record<K, Value> {
    return cut(linear(x, this.weight, this.bias ?? undefined), this.names);
  }
}

/** Equal parts of the last axis, by names. */
export function cut<K extends string>(product: Value, names: readonly K[]): Record<K, Value> {
  const parts = split(product, names.length, -1);
  return Object.fromEntries(names.map((name, i) => [name, parts[i]])) as Record<K, Value>;
}

/** 1 where something is so, else 0; not trained. */
export function fixed([rows, columns]: readonly [number, number], isSo: (row: number, column: number) => boolean) {
  const at = (i: number) => Number(isSo(Math.floor(i / columns), i % columns));
  return Object.assign(new Parameter([rows, columns], host(at)), { trainable: false });
}

const host = (at: (index: number) => number): Initializer => ({
  kind: "host",
  make: (shape) =>
    Float32Array.from({ length: shape.reduce((product, extent) => product * extent, 1) }, (_, i) => at(i)),
});
