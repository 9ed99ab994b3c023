import type { HostTensor } from "../../io/tensors.ts";
import { show } from "../../options.ts";
import { formatPlain, parsePlain } from "../checkpoint/plain-data.ts";
import type { PlainData, Resumable } from "../checkpoint/resumable.ts";
import type { StepResult } from "../options.ts";
import type { Trainer } from "../trainer.ts";
import { type Data, positionOf, restorePosition } from "./data.ts";
import { type Delivery, type FitState, namedCallbacks, parseState, toPlain } from "./saved.ts";
import type { EpochEvent, FitCallback, FitRun, StepEvent } from "./types.ts";

/** A step that was started. */
interface Started {
  readonly step: Omit<StepEvent, keyof StepResult>;
  readonly result: Promise<StepResult>;
}

/** What an epoch has come to at its beginning. */
export const NO_STEPS = { steps: 0, sum: 0, counted: 0, seconds: 0 };

/** Calls of `fit` by trainer and name. */
const calls = new WeakMap<object, Map<string, number>>();

/** Where a call of `fit` is. It is saved with the trainer, at any moment, and goes on from what was saved. */
export class FitProgress {
  history: readonly EpochEvent[] = [];
  stopped: string | null = null;
  /** The epoch that is under way. */
  epoch = NO_STEPS;
  /** When this run began with it. */
  begun: number | undefined;
  /** Steps that callbacks do not know of, and the last one that they do. */
  started: readonly Started[] = [];
  last: StepEvent | null = null;
  /** The step that was started last: one whose program is still to be compiled does not count in the trainer yet. */
  step: number;
  /** The step behind which callbacks were last asked whether to pause. */
  pausedAt: number;
  /** What callbacks are being told of. */
  delivering: Delivery | null = null;
  /** Where the data were when the last step was started, and the validation's when its evaluation was. */
  position: PlainData;
  evaluating: PlainData | undefined;
  /** Steps of the trainer when callbacks had been told of the end. */
  endedAt: number | undefined;
  /** What it goes on from. */
  readonly saved: FitState | undefined;
  readonly #named: ReadonlyMap<string, FitCallback>;
  readonly #call: number;
  #savedTensors: ReadonlyMap<string, HostTensor> = new Map();

  constructor(
    name: string,
    private readonly trainer: Trainer<never, never>,
    private readonly data: Data,
    private readonly validation: Data | undefined,
    private readonly callbacks: readonly FitCallback[],
  ) {
    this.step = trainer.steps;
    this.pausedAt = trainer.steps;
    this.#named = namedCallbacks(callbacks);
    this.saved = this.#attach(name);
    const before = calls.get(trainer) ?? new Map<string, number>();
    this.#call = this.saved?.call ?? (before.get(name) ?? 0) + 1;
    calls.set(trainer, before.set(name, this.#call));
    if (this.saved && this.#call > 1) {
      console.warn(
        `fit: goes on in call ${this.#call} of the name ${show(name)}; where a program calls fit several times, give each call a name of its own`,
      );
    }
    this.position = positionOf(data);
    if (this.saved) this.#takeUp(this.saved);
  }

  get seconds(): number {
    return this.epoch.seconds + (this.begun === undefined ? 0 : (performance.now() - this.begun) / 1000);
  }

  /** Callbacks take up what was saved of them. */
  async restoreCallbacks(run: FitRun): Promise<void> {
    for (const [name, callback] of this.#named) {
      const state = this.saved?.callbacks[name];
      if (state === undefined) continue;
      const own = [...this.#savedTensors].filter(([key]) => key.startsWith(`${name}/`));
      const tensors = new Map(own.map(([key, tensor]) => [key.slice(name.length + 1), tensor]));
      await callback.restore?.(state, tensors, run);
    }
  }

  #attach(name: string): FitState | undefined {
    let saved: FitState | undefined;
    const resumable: Resumable<FitState> = {
      state: () => this.#state(),
      tensors: () => this.#tensors(),
      restore: (state, tensors) => {
        saved = parseState(name, state);
        restorePosition(this.data, saved.data);
        if (this.validation) restorePosition(this.validation, saved.validation);
        this.#savedTensors = tensors;
      },
    };
    this.trainer.attach(name, resumable);
    return saved;
  }

  #takeUp({ stopped, left, history, steps, sum, counted, seconds, ...saved }: FitState): void {
    // what a signal ended is to go on
    this.stopped = stopped === "signal" && !left ? null : stopped;
    this.history = history;
    this.epoch = { steps, sum, counted, seconds };
    this.pausedAt = saved.pausedAt;
    this.last = saved.last;
    this.delivering = saved.delivering;
    this.started = saved.started.map(({ loss, gradNorm, skipped, ...step }) => ({
      step,
      result: Promise.resolve({ loss, gradNorm, skipped }),
    }));
  }

  /** All is noted at the call, but the results of the steps in flight. */
  async #state(): Promise<FitState> {
    const { started } = this;
    const hasEnded = this.endedAt !== undefined;
    const callbacks = [...this.#named].map(([name, callback]) => [name, callback.state?.() ?? null] as const);
    const noted = {
      call: this.#call,
      ended: hasEnded,
      left: hasEnded && this.endedAt !== this.trainer.steps,
      stopped: this.stopped,
      history: toPlain(this.history),
      ...this.epoch,
      seconds: this.seconds,
      pausedAt: this.pausedAt,
      delivering: this.#deliveringState(),
      last: this.last,
      data: hasEnded ? positionOf(this.data) : this.position,
      validation: this.evaluating ?? (this.validation ? positionOf(this.validation) : null),
      callbacks: Object.fromEntries(callbacks),
    };
    // callbacks and data may change what they gave
    const copied = parsePlain(formatPlain("Trainer.save: fit", noted)) as unknown as FitState;
    const results = await Promise.all(started.map(({ result }) => result));
    return { ...copied, started: started.map(({ step }, i) => ({ ...step, ...(results[i] as StepResult) })) };
  }

  /** A callback that remembers something and is not done with the event is told of it again. */
  #deliveringState(): unknown {
    if (!this.delivering) return null;
    const { kind, event, from } = this.delivering;
    const isAgain = this.callbacks[from - 1]?.state !== undefined;
    return { kind, event: toPlain(event), from: isAgain ? from - 1 : from };
  }

  #tensors(): Map<string, HostTensor> {
    const all = new Map<string, HostTensor>();
    for (const [name, callback] of this.#named) {
      for (const [key, tensor] of callback.tensors?.() ?? []) all.set(`${name}/${key}`, tensor);
    }
    return all;
  }
}
