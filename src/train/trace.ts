import { DataError, UnsupportedError } from "../errors.ts";
import { ConstantValue, InputValue } from "../graph/leaves.ts";
import type { AdapterProfile } from "../graph/lowering.ts";
import { traceIn } from "../graph/mode.ts";
import { reachableLeaves } from "../graph/order.ts";
import { Parameter } from "../graph/parameter.ts";
import { recordParameterUpdates } from "../graph/parameter-updates.ts";
import { flatten } from "../graph/tree.ts";
import type { Value } from "../graph/value.ts";
import { type CallEvent, recordCalls } from "../nn/calls.ts";
import { parametersOf } from "../nn/model.ts";
import { checkModel, type Model, namedParameters } from "../nn/module.ts";
import { toFloat16 } from "../ops/elementwise/float16.ts";
import { gradients } from "../ops/loop/gradients.ts";
import type { Update } from "../plan/updates.ts";
import { nextValues } from "../run/carry.ts";
import { makeInputs, requireZeroDefaults, type SpecTree, type ValuesOf } from "../run/inputs.ts";
import { sizedSpecs } from "../run/sizes/specs.ts";
import type { Sizes } from "../run/sizes/types.ts";
import { checkGroupsUsed, isFrozen } from "./optim/groups.ts";
import type { Optimizer } from "./optim/optimizer.ts";
import { type LossRecord, lossRecord, type TrainerOptions } from "./options.ts";

/** Who gives the next carry. */
export const NEXT_CARRY = { who: "Trainer: the loss", what: "carry", remedy: "{ loss, carry } with it" };

type Metrics = NonNullable<LossRecord["metrics"]>;

/** The graph of a training step. */
export interface StepTrace {
  readonly loss: Value;
  /** Of the carry too. */
  readonly inputs: readonly InputValue[];
  readonly carried: readonly InputValue[];
  readonly updates: readonly Update[];
  readonly metrics: Metrics;
  /** All of the model. */
  readonly parameters: readonly Parameter[];
  /** Parameters that the loss depends on and that are to be trained, with their gradients. */
  readonly trained: readonly (readonly [parameter: Parameter, gradient: Value])[];
  /** Calls of modules, in order. */
  readonly events: readonly CallEvent[];
}

/** Whether a parameter is to be trained where the loss depends on it. */
export const isTrained = (optimizer: Optimizer, parameter: Parameter): boolean =>
  parameter.trainable && !isFrozen(optimizer, parameter);

/** Calls the loss function, once, for inputs of these sizes and this kind of adapter, and differentiates what it returns. */
export function traceStep<S extends SpecTree, C extends SpecTree>(
  model: Model,
  options: TrainerOptions<S, C>,
  sizes: Sizes = {},
  adapter?: AdapterProfile["kind"],
): StepTrace {
  checkModel("Trainer", model);
  const { values, inputs } = makeInputs(sizedSpecs(options.inputs, sizes));
  const state = makeInputs(sizedSpecs((options.carry ?? {}) as C, sizes));
  requireZeroDefaults("Trainer: carry", state.inputs);
  const copies = options.mixedPrecision ? copiesOf(model) : undefined;
  const { result: recorded, events } = recordCalls(model, () =>
    recordParameterUpdates(() =>
      traceIn({ training: true, adapter, copies }, () =>
        options.loss({ ...(values as object), ...(state.values as object) } as ValuesOf<S> & ValuesOf<C>),
      ),
    ),
  );
  const { result, parameterUpdates } = recorded;
  const { loss, carry, outputs, metrics = {} } = lossRecord(result);
  const carriedUpdates = nextValues(state.inputs, carry, NEXT_CARRY);

  const nextParameters = parameterUpdates.map(([, next]) => next);
  const measured = Object.values(metrics).flatMap(({ statistics }) => Object.values(statistics));
  const results = [loss, ...flatten(carry), ...flatten(outputs), ...measured, ...nextParameters];
  const parameters = parametersOf("Trainer", model, results);
  for (const [{ name }, next] of parameterUpdates) requireOutsideOfLoops(name, next);
  const used = new Set(reachableLeaves([loss]));
  const { optimizer } = options;
  checkGroupsUsed(optimizer, parameters);
  const wanted = parameters.filter((parameter) => used.has(parameter) && isTrained(optimizer, parameter));
  if (wanted.length === 0) {
    throw new DataError(
      "Trainer: the loss depends on no trainable parameter, expected at least one; check the loss function, and train models before they are stored in 16 bits",
    );
  }
  const found = gradients(loss, wanted);
  const trained = wanted.flatMap((parameter, i) => {
    const gradient = found[i];
    return gradient ? [[parameter, gradient] as const] : [];
  });
  const updates = [...carriedUpdates, ...parameterUpdates];
  return {
    ...{ loss, inputs: [...inputs, ...state.inputs], carried: state.inputs, updates, metrics },
    ...{ parameters, trained, events },
  };
}

/** What a parameter becomes must not be made inside of a loop, where it would be another at each step. */
function requireOutsideOfLoops(name: string, next: Value): void {
  const isKnown = (leaf: Value) =>
    leaf instanceof InputValue || leaf instanceof Parameter || leaf instanceof ConstantValue;
  if (reachableLeaves([next]).every(isKnown)) return;
  throw new UnsupportedError(
    `Trainer: ${name} is updated inside a scan's or checkpoint's function, expected outside of it; call the layer before or after, on all steps at once`,
  );
}

/** Of all matrices; what becomes of none is dropped. */
const copiesOf = (model: Model): ReadonlyMap<Value, Value> =>
  new Map(
    [...namedParameters(model).values()]
      .filter(({ rank, dtype }) => rank === 2 && dtype === "float32")
      .map((parameter) => [parameter, toFloat16(parameter)]),
  );
