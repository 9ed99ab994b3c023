/** What an adapter says of itself. */
export interface AdapterDescription {
  /** What the adapter calls itself. */
  readonly name: string;
  /** The vendor, as WebGPU gives it; "" where it tells none. */
  readonly vendor: string;
  /** The family of GPUs, as WebGPU gives it; "" where it tells none. */
  readonly architecture: string;
  /** Whether a GPU is behind it, or the processor. It decides which kernels are chosen. */
  readonly kind: "hardware" | "software";
}

const SOFTWARE_NAMES = /swiftshader|llvmpipe|lavapipe|basic render|software/i;

/** @internal */
export function describeAdapter(adapter: GPUAdapter): AdapterDescription {
  const { vendor = "", architecture = "", device = "", description = "" } = adapter.info ?? {};
  const words = [description, device, architecture, vendor].filter(Boolean);
  const software =
    SOFTWARE_NAMES.test(words.join(" ")) || (adapter.info as { isFallbackAdapter?: boolean })?.isFallbackAdapter;
  return { name: words[0] ?? "unnamed adapter", vendor, architecture, kind: software ? "software" : "hardware" };
}
