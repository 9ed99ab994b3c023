import type { TypedData } from "../gpu/host-data.ts";

/** Steps whose inputs are kept at most; older ones, whose result nobody waits for, are forgotten. */
const MOST_STEPS = 8;

interface KeptStep {
  step: number;
  readonly data: Map<string, TypedData>;
  /** Names of what is kept for this step; `data` may hold arrays of earlier ones, to be used again. */
  readonly names: Set<string>;
}

/**
 * Copies of what steps in flight were given, since callers may change their arrays when a step is on its way. Memory is used
 * again: in a steady state nothing is made.
 */
export class KeptInputs {
  #steps: KeptStep[] = [];
  readonly #free: KeptStep[] = [];

  begin(step: number): void {
    if (this.#steps.length === MOST_STEPS) this.#free.push(this.#steps.shift() as KeptStep);
    const kept = this.#free.pop() ?? { step, data: new Map(), names: new Set() };
    kept.step = step;
    kept.names.clear();
    this.#steps.push(kept);
  }

  /** Copies an input of the step that began last. */
  keep(name: string, data: TypedData): void {
    const kept = this.#steps.at(-1) as KeptStep;
    kept.names.add(name);
    const room = kept.data.get(name);
    if (room) room.set(data);
    else kept.data.set(name, data.slice());
  }

  get(step: number, name: string): TypedData | undefined {
    const kept = this.#steps.find((each) => each.step === step);
    return kept?.names.has(name) ? kept.data.get(name) : undefined;
  }

  /** Forgets all steps up to this one: they went well. */
  release(step: number): void {
    while ((this.#steps[0]?.step ?? Number.POSITIVE_INFINITY) <= step) this.#free.push(this.#steps.shift() as KeptStep);
  }
}
