import type { Device } from "../../src/index.ts";

/** Notes the kernels whose pipelines a device is asked for. Whoever empties the set begins anew. */
export function watchKernels({ pipelines }: Device): Set<string> {
  const used = new Set<string>();
  const get = pipelines.get.bind(pipelines);
  pipelines.get = (kernel, variant) => {
    used.add(kernel);
    return get(kernel, variant);
  };
  return used;
}
