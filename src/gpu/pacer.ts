/** Below this a timer is too coarse to help. */
const SHORTEST_SLEEP = 4;
/** Of the shortest of so many waits this share may be slept through. */
const [RECENT, MOST] = [8, 0.85];

let enabled = false;

/** Switched on where waiting for the GPU keeps a core busy, as Node's bindings do. */
export function enablePacing(): void {
  enabled = true;
}

/**
 * Sleeps for most of the time that a repeated piece of GPU work takes, before anyone asks whether it is done. Node's
 * bindings poll without rest while something is awaited; on a software adapter the polling takes the cores that the work
 * itself needs (a training step then takes a quarter to a third more processor time). Work ends in the order in which it was
 * begun, so of several pieces in flight only the first one is asked for.
 */
export class Pacer {
  #sleep = 0;
  /** How long the last waits took, sleep included. */
  #took: readonly number[] = [];
  #last: Promise<unknown> | undefined;

  /** Waits for `work`, which `ask` begins to wait for. */
  wait<T>(ask: () => Promise<T>): Promise<T> {
    if (!enabled) return ask();
    const before = this.#last;
    const waited = before ? before.then(() => this.#wait(ask)) : this.#wait(ask);
    const settled = waited.then(
      () => {},
      () => {},
    );
    this.#last = settled;
    settled.then(() => {
      if (this.#last === settled) this.#last = undefined;
    });
    return waited;
  }

  async #wait<T>(ask: () => Promise<T>): Promise<T> {
    const planned = this.#sleep;
    if (planned >= SHORTEST_SLEEP) await new Promise((resolve) => setTimeout(resolve, planned));
    const start = performance.now();
    const result = await ask();
    const rest = performance.now() - start;
    const slept = planned >= SHORTEST_SLEEP ? planned : 0;
    this.#took = [...this.#took, slept + rest].slice(-RECENT);
    // The work was over before the sleep was: sleep less; else sleep for a part of what was left. But an answer may take its time
    // though the work is over (a busy machine, a driver that is asked by a timer), and whoever sleeps longer then waits longer.
    const wanted = rest < 1 ? planned * 0.8 : planned + 0.6 * rest;
    this.#sleep = Math.min(wanted, MOST * Math.min(...this.#took));
    return result;
  }
}
