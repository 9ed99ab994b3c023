import type { Device } from "../../../src/index.ts";

export const adapterKinds = ["software", "hardware"] as const;

/** The ways that a recurrence's lowering chooses between; each must be right wherever it is valid. */
export const recurrentWays = ["steps", "sequence"] as const;

/** As if one way had been measured to be the fastest of every choice that has it. */
class Always extends Map<string, string> {
  constructor(readonly way: string) {
    super();
  }

  override get(): string {
    return this.way;
  }
}

/**
 * Runs an action while the device gives itself out as another kind of adapter: kernels are chosen by that, and all of them
 * must be right on every adapter. A given way is taken wherever there is a choice with it.
 */
export async function withProfile<T>(
  device: Device,
  kind: (typeof adapterKinds)[number],
  action: () => Promise<T>,
  way?: string,
): Promise<T> {
  const holder = device as { profile: Device["profile"] };
  const own = holder.profile;
  holder.profile = { ...own, kind, ...(way === undefined ? {} : { measured: new Always(way) }) };
  try {
    return await action();
  } finally {
    holder.profile = own;
  }
}
