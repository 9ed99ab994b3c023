import type { Device } from "../../../src/index.ts";

/** Makes a device choose kernels, and all else that depends on it, as on an adapter of this kind. */
export function chooseAs(device: Device, kind: Device["adapter"]["kind"]): void {
  const holder = device as { adapter: Device["adapter"]; profile: Device["profile"] };
  holder.adapter = { ...holder.adapter, kind };
  holder.profile = { ...holder.profile, kind };
}
