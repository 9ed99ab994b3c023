/** What a checkpoint holds of a call of `fit`. */
import { DataError } from "../../errors.ts";
import { object, show } from "../../options.ts";
import type { PlainData } from "../checkpoint/resumable.ts";
import type { EpochEvent, FitCallback, StepEvent } from "./types.ts";

/** An event that callbacks are told, from one of them on. */
export interface Delivery {
  readonly kind: "step" | "pause" | "epoch";
  readonly event: StepEvent | EpochEvent;
  /** Place of the first callback that has not been told. */
  from: number;
}

/** Where a call of `fit` is. */
export interface FitState {
  /** Which call of this name it is in its program, from 1. */
  readonly call: number;
  /** Whether callbacks were told of its end. */
  readonly ended: boolean;
  /** Whether the trainer made other steps since. */
  readonly left: boolean;
  readonly stopped: string | null;
  readonly history: readonly EpochEvent[];
  /** Steps of the epoch that is under way. */
  readonly steps: number;
  /** Sum of their losses, as far as callbacks know of them, and how many those are. */
  readonly sum: number;
  readonly counted: number;
  readonly seconds: number;
  /** The step after which callbacks were paused for last. */
  readonly pausedAt: number;
  /** What callbacks are being told of. */
  readonly delivering: Delivery | null;
  /** The last step that they know of. */
  readonly last: StepEvent | null;
  /** Steps that they do not know of yet. */
  readonly started: readonly StepEvent[];
  readonly data: PlainData;
  readonly validation: PlainData;
  readonly callbacks: Readonly<Record<string, PlainData>>;
}

/** Names of callbacks that remember something. */
export function namedCallbacks(callbacks: readonly FitCallback[]): Map<string, FitCallback> {
  const named = new Map<string, FitCallback>();
  for (const callback of callbacks) {
    if (!callback.state) continue;
    const { name = "callback" } = callback;
    let unique = name;
    for (let i = 2; named.has(unique); i++) unique = `${name} ${i}`;
    named.set(unique, callback);
  }
  return named;
}

const VIEWS = { Float32Array, Float64Array, Int32Array };
const VIEW = "$view";

/** Metrics may be arrays of numbers, which plain data have not. */
export function toPlain(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    const kind = value.constructor.name;
    return Object.hasOwn(VIEWS, kind) ? { [VIEW]: kind, data: [...(value as Float64Array)] } : value;
  }
  if (Array.isArray(value)) return value.map(toPlain);
  return object.fits(value) && Object.getPrototypeOf(value) === Object.prototype
    ? mapped(value as object, toPlain)
    : value;
}

function fromPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromPlain);
  if (!object.fits(value)) return value;
  const { [VIEW]: kind, data } = value as { [VIEW]?: keyof typeof VIEWS; data: number[] };
  return kind === undefined ? mapped(value as object, fromPlain) : VIEWS[kind].from(data);
}

const mapped = (value: object, f: (each: unknown) => unknown) =>
  Object.fromEntries(Object.entries(value).map(([key, each]) => [key, f(each)]));

/** With what was undefined, and so is not there, in its place: logs have it in that order. */
function epochFrom(saved: unknown): EpochEvent {
  const { epoch, step, loss, trainingMetrics, validationLoss, ...rest } = fromPlain(saved) as EpochEvent;
  return { epoch, step, loss, trainingMetrics, validationLoss, ...rest };
}

/** Throws DataError for what is no state of a `fit`. */
export function parseState(name: string, saved: unknown): FitState {
  const { history, started, callbacks, ...state } = (object.fits(saved) ? saved : {}) as FitState;
  if (!Array.isArray(history) || !Array.isArray(started) || !object.fits(callbacks)) {
    throw new DataError(
      `fit: what the checkpoint has under the name ${show(name)} is not of fit, expected what it saves; give fit another name, or what is attached by hand`,
    );
  }
  const { delivering } = state;
  const isEpoch = delivering?.kind === "epoch";
  return {
    ...{ ...state, started, callbacks, history: history.map(epochFrom) },
    delivering: isEpoch ? { ...delivering, event: epochFrom(delivering.event) } : delivering,
  };
}
