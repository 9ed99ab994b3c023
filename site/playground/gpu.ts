/** Whether this browser has WebGPU, and if not, what is missing in plain words. */
export interface GpuAnswer {
  readonly isThere: boolean;
  readonly missing?: "secure" | "browser" | "adapter";
}

export async function askForGpu(): Promise<GpuAnswer> {
  if (!isSecureContext) return { isThere: false, missing: "secure" };
  if (!("gpu" in navigator)) return { isThere: false, missing: "browser" };
  const adapter = await navigator.gpu.requestAdapter().catch(() => null);
  return adapter ? { isThere: true } : { isThere: false, missing: "adapter" };
}
