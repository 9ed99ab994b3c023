import type { Device } from "../../../src/index.ts";

export const adapterKinds = ["software", "hardware"] as const;

/**
 * Runs an action while the device gives itself out as another kind of adapter: kernels are chosen by that, and all of them
 * must be right on every adapter.
 */
export async function withProfile<T>(
  device: Device,
  kind: (typeof adapterKinds)[number],
  action: () => Promise<T>,
): Promise<T> {
  const holder = device as { profile: Device["profile"] };
  const own = holder.profile;
  holder.profile = { ...own, kind };
  try {
    return await action();
  } finally {
    holder.profile = own;
  }
}
