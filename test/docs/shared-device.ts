// What the programs of pages get as `seqgrad`: the package, with one device for all of them, so that a pipeline is compiled once.
import { type Device, type DeviceOptions, openDevice as open } from "../../src/node.ts";

export * from "../../src/node.ts";

const devices = new Map<string, Promise<Device>>();

export function openDevice(options: DeviceOptions = {}): Promise<Device> {
  // a store of tuned choices belongs to a device of its own
  if (options.tuning) return open(options);
  const key = options.adapter ?? "auto";
  const opened = devices.get(key) ?? open(options).then((device) => Object.assign(device, { dispose() {} }));
  devices.set(key, opened);
  return opened;
}
