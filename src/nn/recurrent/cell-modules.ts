import { ShapeError } from "../../errors.ts";
import { allowValues, aValue, requireValues } from "../../graph/arguments.ts";
import { Parameter } from "../../graph/parameter.ts";
import {
  type DefaultedNamedSpec,
  type DefaultedSpec,
  type Extent,
  float32,
  formatShape,
  sameShape,
} from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { add } from "../../ops/elementwise/elementwise.ts";
import { zeros } from "../../ops/layout/layout.ts";
import { linear } from "../../ops/matmul/matmul.ts";
import { checkArgument, checkOptions, flag } from "../../options.ts";
import { uniform } from "../initializers.ts";
import { requireSizes } from "../layers.ts";
import { Module } from "../module.ts";
import { type Activation, activationKind, gruStep, lstmStep, rnnStep } from "./cells.ts";
import type { LSTMState } from "./lstm.ts";

/** What the cells share: PyTorch's parameters without a layer's suffix, one step at a time, [batch, size]. */
abstract class Cell extends Module {
  readonly weight_ih: Parameter;
  readonly weight_hh: Parameter;
  readonly bias_ih: Parameter;
  readonly bias_hh: Parameter;

  constructor(
    readonly kind: string,
    readonly inputSize: number,
    readonly hiddenSize: number,
    gates: number,
  ) {
    super();
    requireSizes(kind, { inputSize, hiddenSize });
    const bound = 1 / Math.sqrt(hiddenSize);
    const make = (...shape: number[]) => new Parameter(shape, uniform(-bound, bound));
    this.weight_ih = make(gates * hiddenSize, inputSize);
    this.weight_hh = make(gates * hiddenSize, hiddenSize);
    this.bias_ih = make(gates * hiddenSize);
    this.bias_hh = make(gates * hiddenSize);
  }

  protected check(x: Value, states: Readonly<Record<string, Value | undefined>>): void {
    const { kind, inputSize, hiddenSize } = this;
    requireValues(kind, { input: x });
    allowValues(kind, states);
    const batch = x.shape[0] as number;
    if (!sameShape(x.shape, [batch, inputSize])) {
      throw new ShapeError(
        `${kind}: input has shape ${formatShape(x.shape)}, expected [batch, inputSize] = [batch, ${inputSize}]`,
      );
    }
    for (const [name, state] of Object.entries(states)) {
      if (state && !sameShape(state.shape, [batch, hiddenSize])) {
        throw new ShapeError(
          `${kind}: state ${name} has shape ${formatShape(state.shape)}, expected [batch, hiddenSize] = [${batch}, ${hiddenSize}]`,
        );
      }
    }
  }

  protected start(x: Value, state: Value | undefined): Value {
    return state ?? zeros([x.shape[0] as number, this.hiddenSize]);
  }
}

/** One step of an Elman net: x [batch, inputSize], h [batch, hiddenSize] → h. */
export class RNNCell extends Cell {
  constructor(
    inputSize: number,
    hiddenSize: number,
    readonly activation: Activation = "tanh",
  ) {
    super("RNNCell", inputSize, hiddenSize, 1);
    checkArgument("RNNCell", "activation", activation, activationKind);
  }

  /** An input that holds a state, for `compile`; the batch may be a name: [batch, hiddenSize], 0 where left out. */
  stateSpec(batch: number): DefaultedSpec;
  stateSpec<Name extends string>(batch: Name): DefaultedNamedSpec<Name>;
  stateSpec(batch: Extent): DefaultedNamedSpec {
    return float32([batch, this.hiddenSize], { default: 0 });
  }

  /** x [batch, inputSize], h [batch, hiddenSize] (0 where absent) → the new h. */
  forward(x: Value, h?: Value): Value {
    this.check(x, { h });
    const projected = linear(x, this.weight_ih, add(this.bias_ih, this.bias_hh));
    return rnnStep(projected, this.start(x, h), this.weight_hh, this.activation);
  }
}

/** One step of a GRU, reset gate after the recurrent matmul unless told otherwise: x, h → h. */
export class GRUCell extends Cell {
  constructor(
    inputSize: number,
    hiddenSize: number,
    readonly resetAfter: boolean = true,
  ) {
    super("GRUCell", inputSize, hiddenSize, 3);
    checkArgument("GRUCell", "resetAfter", resetAfter, flag);
  }

  /** An input that holds a state, for `compile`; the batch may be a name: [batch, hiddenSize], 0 where left out. */
  stateSpec(batch: number): DefaultedSpec;
  stateSpec<Name extends string>(batch: Name): DefaultedNamedSpec<Name>;
  stateSpec(batch: Extent): DefaultedNamedSpec {
    return float32([batch, this.hiddenSize], { default: 0 });
  }

  /** x [batch, inputSize], h [batch, hiddenSize] (0 where absent) → the new h. */
  forward(x: Value, h?: Value): Value {
    this.check(x, { h });
    const { resetAfter, bias_ih, bias_hh } = this;
    const projected = linear(x, this.weight_ih, resetAfter ? bias_ih : add(bias_ih, bias_hh));
    const options = { resetAfter, gateActivation: "sigmoid", activation: "tanh" } as const;
    return gruStep(projected, this.start(x, h), this.weight_hh, resetAfter ? bias_hh : undefined, options).h;
  }
}

/** A state's parts by name, where one is given at all. */
function partsOf(state: LSTMState | undefined): Record<string, Value | undefined> {
  if (state === undefined) return {};
  checkOptions<LSTMState>("LSTMCell", state, { h: aValue, c: aValue });
  return { h: state.h, c: state.c };
}

/** One step of an LSTM: x [batch, inputSize], h and c [batch, hiddenSize] → h and c. */
export class LSTMCell extends Cell {
  constructor(inputSize: number, hiddenSize: number) {
    super("LSTMCell", inputSize, hiddenSize, 4);
  }

  /** Inputs that hold a state, for `compile`; the batch may be a name: h and c [batch, hiddenSize], 0 where left out. */
  stateSpec(batch: number): LSTMState<DefaultedSpec>;
  stateSpec<Name extends string>(batch: Name): LSTMState<DefaultedNamedSpec<Name>>;
  stateSpec(batch: Extent): LSTMState<DefaultedNamedSpec> {
    const spec = float32([batch, this.hiddenSize], { default: 0 });
    return { h: spec, c: spec };
  }

  /** x [batch, inputSize], h and c [batch, hiddenSize] (0 where absent) → the new h and c. */
  forward(x: Value, state?: LSTMState): LSTMState {
    this.check(x, partsOf(state));
    const projected = linear(x, this.weight_ih, add(this.bias_ih, this.bias_hh));
    const options = { gateActivation: "sigmoid", activation: "tanh", coupleForget: false } as const;
    const before = { h: this.start(x, state?.h), c: this.start(x, state?.c) };
    const { h, c } = lstmStep(projected, before, { weightHh: this.weight_hh }, options);
    return { h, c };
  }
}
