/** Cells by themselves: one step at a time, [batch, size], with the layers' parameters without their endings. */
import { ShapeError } from "../../errors.ts";
import { allowValues, aValue, requireValues } from "../../graph/arguments.ts";
import type { Parameter } from "../../graph/parameter.ts";
import {
  type DefaultedNamedSpec,
  type DefaultedSpec,
  type Extent,
  float32,
  formatShape,
  sameShape,
} from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { zeros } from "../../ops/layout/layout.ts";
import { checkOptions } from "../../options.ts";
import { requireSizes } from "../layers.ts";
import { Module } from "../module.ts";
import { type CellWeights, makeParameters, projectInput, type RecurrentCell, runStep } from "./cell.ts";
import { requireOneBias } from "./check.ts";
import { type GRUCellOptions, gruCell, gruCellKinds, requireGruBiases } from "./gru-cell.ts";
import type { LSTMState } from "./lstm.ts";
import { lstmCell, lstmCellKinds, withForgetBias } from "./lstm-cell.ts";
import type { LSTMCellOptions } from "./lstm-options.ts";
import { type CellOptions, zoneoutOf } from "./options.ts";
import { type RNNCellOptions, rnnCell, rnnCellKinds } from "./rnn-cell.ts";
import { zoneOut } from "./stepwise/steps.ts";
import { stepwise } from "./stepwise-later.ts";

/** One step of a cell. */
abstract class Cell<State extends string> extends Module {
  readonly weight_ih!: Parameter;
  readonly weight_hh!: Parameter;
  readonly bias_ih: Parameter | null = null;
  readonly bias_hh: Parameter | null = null;
  readonly #cell: RecurrentCell<State>;

  protected constructor(
    readonly kind: string,
    readonly inputSize: number,
    readonly hiddenSize: number,
    describe: () => RecurrentCell<State>,
    readonly options: CellOptions,
  ) {
    super();
    requireSizes(kind, { inputSize, hiddenSize });
    requireOneBias(kind, options);
    this.#cell = describe();
    stepwise.want();
    Object.assign(this, makeParameters(this.#cell, { input: inputSize, hidden: hiddenSize }, options));
  }

  /** Shapes of the states for a batch, 0 where left out. */
  protected specs(batch: Extent): Record<State, DefaultedNamedSpec> {
    const all = Object.entries<number>(this.#cell.states);
    return Object.fromEntries(all.map(([name, size]) => [name, float32([batch, size], { default: 0 })])) as never;
  }

  protected run(x: Value, given: Readonly<Partial<Record<State, Value | undefined>>>): Record<State, Value> {
    this.#check(x, given);
    const fields = this as unknown as Readonly<Record<string, Parameter | null | undefined>>;
    const weights: CellWeights = {
      ih: this.weight_ih,
      hh: this.weight_hh,
      biasIh: this.bias_ih ?? undefined,
      biasHh: this.bias_hh ?? undefined,
    };
    const own = Object.fromEntries(
      [...Object.keys(this.#cell.parameters ?? {}), "bias_hh"].flatMap((name) =>
        fields[name] ? [[name, fields[name]]] : [],
      ),
    );
    const names = Object.entries<number>(this.#cell.states) as [State, number][];
    const before = Object.fromEntries(
      names.map(([name, size]) => [name, given[name] ?? zeros([x.shape[0] as number, size])]),
    ) as Record<State, Value>;
    const projected = projectInput(this.#cell, x, weights, own);
    const { states } = runStep(this.kind, this.#cell, { x: projected, states: before, weight: this.weight_hh, own });
    const zones = names.map(([name]) => ({
      ...{ before: before[name], after: states[name] },
      rate: zoneoutOf(this.options, name),
    }));
    const next = zoneOut(zones);
    return Object.fromEntries(names.map(([name], i) => [name, next[i]])) as Record<State, Value>;
  }

  #check(x: Value, states: Readonly<Partial<Record<State, Value | undefined>>>): void {
    const { kind, inputSize } = this;
    requireValues(kind, { input: x });
    allowValues(kind, states);
    const batch = x.shape[0] as number;
    if (!sameShape(x.shape, [batch, inputSize])) {
      throw new ShapeError(
        `${kind}: input has shape ${formatShape(x.shape)}, expected [batch, inputSize] = [batch, ${inputSize}]`,
      );
    }
    for (const [name, size] of Object.entries<number>(this.#cell.states) as [State, number][]) {
      const state = states[name];
      if (state && !sameShape(state.shape, [batch, size])) {
        throw new ShapeError(
          `${kind}: state ${name} has shape ${formatShape(state.shape)}, expected [batch, ${size}] = [${batch}, ${size}]`,
        );
      }
    }
  }
}

/** One step of an Elman net: x [batch, inputSize], h [batch, hiddenSize] → h. */
export class RNNCell extends Cell<"h"> {
  constructor(inputSize: number, hiddenSize: number, options: RNNCellOptions = {}) {
    checkOptions("RNNCell", options, rnnCellKinds);
    super("RNNCell", inputSize, hiddenSize, () => rnnCell(hiddenSize, options), options);
  }

  /** An input that holds a state, for `compile`; the batch may be a name: [batch, hiddenSize], 0 where left out. */
  stateSpec(batch: number): DefaultedSpec;
  stateSpec<Name extends string>(batch: Name): DefaultedNamedSpec<Name>;
  stateSpec(batch: Extent): DefaultedNamedSpec {
    return this.specs(batch).h;
  }

  /** x [batch, inputSize], h [batch, hiddenSize] (0 where absent) → the new h. */
  forward(x: Value, h?: Value): Value {
    return this.run(x, { h }).h;
  }
}

/** One step of a GRU, reset gate after the recurrent matmul unless told otherwise: x, h → h. */
export class GRUCell extends Cell<"h"> {
  constructor(inputSize: number, hiddenSize: number, options: GRUCellOptions = {}) {
    checkOptions("GRUCell", options, gruCellKinds);
    requireGruBiases("GRUCell", options);
    super("GRUCell", inputSize, hiddenSize, () => gruCell(hiddenSize, options), options);
  }

  /** An input that holds a state, for `compile`; the batch may be a name: [batch, hiddenSize], 0 where left out. */
  stateSpec(batch: number): DefaultedSpec;
  stateSpec<Name extends string>(batch: Name): DefaultedNamedSpec<Name>;
  stateSpec(batch: Extent): DefaultedNamedSpec {
    return this.specs(batch).h;
  }

  /** x [batch, inputSize], h [batch, hiddenSize] (0 where absent) → the new h. */
  forward(x: Value, h?: Value): Value {
    return this.run(x, { h }).h;
  }
}

/** A state's parts by name, where one is given at all. */
function partsOf(state: LSTMState | undefined): { h?: Value; c?: Value } {
  if (state === undefined) return {};
  checkOptions<LSTMState>("LSTMCell", state, { h: aValue, c: aValue });
  return { h: state.h, c: state.c };
}

/** One step of an LSTM: x [batch, inputSize], h (of `projectionSize` where there is one) and c [batch, hiddenSize] → h and c. */
export class LSTMCell extends Cell<"h" | "c"> {
  constructor(inputSize: number, hiddenSize: number, options: LSTMCellOptions = {}) {
    checkOptions("LSTMCell", options, lstmCellKinds);
    const describe = () => lstmCell("LSTMCell", hiddenSize, options);
    super("LSTMCell", inputSize, hiddenSize, describe, withForgetBias(options));
  }

  /** Inputs that hold a state, for `compile`; the batch may be a name: h and c [batch, size], 0 where left out. */
  stateSpec(batch: number): LSTMState<DefaultedSpec>;
  stateSpec<Name extends string>(batch: Name): LSTMState<DefaultedNamedSpec<Name>>;
  stateSpec(batch: Extent): LSTMState<DefaultedNamedSpec> {
    return this.specs(batch);
  }

  /** x [batch, inputSize], h and c (0 where absent) → the new h and c. */
  forward(x: Value, state?: LSTMState): LSTMState {
    return this.run(x, partsOf(state));
  }
}
