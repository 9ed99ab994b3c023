import { UnsupportedError } from "../errors.ts";
import { checkOptions, type Kind, oneOf } from "../options.ts";
import { describeAdapter } from "./adapter.ts";
import { Device } from "./device.ts";
import { currentHost } from "./host.ts";
import { TuningMemory } from "./tuning/memory.ts";
import type { TuningStore } from "./tuning/store.ts";

/** Options of `openDevice`. */
export interface DeviceOptions {
  /** `hardware` refuses an emulated GPU, `software` refuses a real one. */
  readonly adapter?: "auto" | "hardware" | "software";
  /** Which GPU, where there are several: the one that saves power or the fast one. */
  readonly powerPreference?: "low-power" | "high-performance";
  /**
   * Where the fastest ways to compute, which `tune` measures when something is compiled, are kept: `localStorageTuning()` in a
   * page, `indexedDbTuning()` in a worker too, `fileTuning(path)` in Node, `memoryTuning()` or one of your own. Without it they
   * hold for this device only.
   */
  readonly tuning?: TuningStore;
}

const WANTED_LIMITS = [
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxStorageBuffersPerShaderStage",
] as const;

const WANTED_FEATURES = ["timestamp-query", "subgroups", "shader-f16"] as const;

/**
 * Opens the GPU: in a browser, in a worker, in Deno and in Node with the same call. Asks for the limits and features that
 * seqgrad can use. Throws UnsupportedError where there is no WebGPU or no adapter of the wanted kind, and what the store of
 * tuned choices throws when it is read (DataError: a broken file).
 *
 * @example
 * ```ts
 * import { openDevice } from "seqgrad";
 *
 * const device = await openDevice({ adapter: "auto" });
 * console.log(device.adapter.name, device.adapter.kind);
 * device.dispose();
 * ```
 */
export async function openDevice(options: DeviceOptions = {}): Promise<Device> {
  checkOptions<DeviceOptions>("openDevice", options, {
    adapter: oneOf("auto", "hardware", "software"),
    powerPreference: oneOf("low-power", "high-performance"),
    tuning: tuningStore,
  });
  const wanted = options.adapter ?? "auto";
  const host = currentHost();
  const gpu = await host.gpu();
  if ("missing" in gpu) throw new UnsupportedError(`openDevice: there is no WebGPU here: ${gpu.missing}`);
  const adapter =
    (await gpu.requestAdapter({
      ...(options.powerPreference ? { powerPreference: options.powerPreference } : {}),
      ...(wanted === "software" ? { forceFallbackAdapter: true } : {}),
    })) ?? (wanted === "software" ? await gpu.requestAdapter() : null);
  if (!adapter) {
    throw new UnsupportedError(
      `openDevice: no GPU adapter answers, expected one (adapter: "${wanted}"); ${host.noAdapter()}`,
    );
  }
  const description = describeAdapter(adapter);
  if (wanted !== "auto" && description.kind !== wanted) {
    throw new UnsupportedError(
      `openDevice: the adapter "${description.name}" is a ${description.kind} one, expected ${wanted}; use adapter: "auto" to take what there is`,
    );
  }
  const tuning = await TuningMemory.open(description, options.tuning);
  const requiredLimits: Record<string, number> = {};
  for (const limit of WANTED_LIMITS) {
    const value = adapter.limits[limit];
    if (value !== undefined) requiredLimits[limit] = value;
  }
  const requiredFeatures = WANTED_FEATURES.filter((feature) => adapter.features.has(feature));
  const device = await adapter.requestDevice({ label: "seqgrad", requiredLimits, requiredFeatures });
  return Device.of(device, description, [gpu, adapter], tuning);
}

const tuningStore: Kind = {
  expected: "a tuning store, an object with load and save such as memoryTuning() gives",
  fits(value) {
    const { load, save } = (value ?? {}) as Partial<TuningStore>;
    return typeof load === "function" && typeof save === "function";
  },
};
