import type { TypedData } from "../gpu/host-data.ts";

/** Steps whose inputs are kept at most; older ones, whose result nobody waits for, are forgotten. */
const MOST_STEPS = 8;

interface KeptStep {
  step: number;
  /** Room for what is kept, which may be longer, or of earlier steps alone. */
  readonly rooms: Map<string, TypedData>;
  /** Elements that are kept for this step, by name. */
  readonly lengths: Map<string, number>;
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
    const kept = this.#free.pop() ?? { step, rooms: new Map(), lengths: new Map() };
    kept.step = step;
    kept.lengths.clear();
    this.#steps.push(kept);
  }

  /** Copies an input of the step that began last. */
  keep(name: string, data: TypedData): void {
    const kept = this.#steps.at(-1) as KeptStep;
    kept.lengths.set(name, data.length);
    const room = kept.rooms.get(name);
    if (room && room.length >= data.length) room.set(data);
    else kept.rooms.set(name, data.slice());
  }

  get(step: number, name: string): TypedData | undefined {
    const kept = this.#steps.find((each) => each.step === step);
    const length = kept?.lengths.get(name);
    return length === undefined ? undefined : kept?.rooms.get(name)?.subarray(0, length);
  }

  /** Forgets all steps up to this one: they went well. */
  release(step: number): void {
    while ((this.#steps[0]?.step ?? Number.POSITIVE_INFINITY) <= step) this.#free.push(this.#steps.shift() as KeptStep);
  }
}
