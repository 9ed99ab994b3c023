import { DataError } from "../../errors.ts";
import { kernelsHash } from "../../kernels/generated/hash.ts";
import { show } from "../../options.ts";
import type { AdapterDescription } from "../adapter.ts";
import type { TunedChoices, TuningStore } from "./store.ts";

/** What has been measured on a device's adapter, now or, where there is a store, before. */
export class TuningMemory {
  /** The fastest way of each choice, by the choice's key. */
  readonly choices: Map<string, string>;
  #last: Promise<unknown> = Promise.resolve();
  #warned = false;

  constructor(
    private readonly adapter: string,
    private readonly store?: TuningStore,
    known: TunedChoices = {},
  ) {
    this.choices = new Map(Object.entries(known));
  }

  /** Throws what the store throws, such as DataError for a broken file. */
  static async open(adapter: AdapterDescription, store?: TuningStore): Promise<TuningMemory> {
    const key = adapterKey(adapter);
    const known = (await store?.load(key)) ?? {};
    if (typeof known !== "object" || !Object.values(known).every((way) => typeof way === "string")) {
      throw new DataError(
        `openDevice: the tuning store loads ${show(known)}, expected a record of strings as it was saved, or undefined`,
      );
    }
    return new TuningMemory(key, store, known);
  }

  /** Adds choices and saves them. A store that cannot be written costs a warning, not the training run. */
  async remember(choices: ReadonlyMap<string, string>): Promise<void> {
    for (const [key, way] of choices) this.choices.set(key, way);
    if (!this.store || choices.size === 0) return;
    try {
      await this.store.save(this.adapter, Object.fromEntries(choices));
    } catch (error) {
      if (!this.#warned) console.warn(`tuning: cannot be saved, holds for this device only: ${error}`);
      this.#warned = true;
    }
  }

  /** One measurement at a time: two would slow each other down. */
  exclusively<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#last.then(action);
    this.#last = result.catch(() => {});
    return result;
  }
}

/** Names the adapter, the implementation of WebGPU in front of it, and the kernels that were measured. */
export const adapterKey = ({ name, vendor, architecture }: AdapterDescription): string =>
  [...new Set([name, vendor, architecture].filter(Boolean)), hostName(), `kernels ${kernelsHash}`].join(", ");

/** The host without its version, which changes with every update of a browser. */
function hostName(): string {
  const agent = globalThis.navigator?.userAgent ?? "Node.js";
  return /Deno|Node\.js|Firefox|Edg|Chrome|Safari/.exec(agent)?.[0] ?? "another host";
}
