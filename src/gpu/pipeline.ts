import { KernelError } from "../errors.ts";
import { originOf } from "../kernels/join.ts";
import { isKernel, kernelNamed } from "../kernels/kernel.ts";
import type { KernelManifest } from "../kernels/manifest.ts";
import { specialize } from "../kernels/specialize.ts";

export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** Compiles each variant of a kernel once per device; distinct ones compile side by side. */
export class PipelineCache {
  readonly #pipelines = new Map<string, Promise<Pipeline>>();
  readonly #layouts = new Map<string, { group: GPUBindGroupLayout; pipeline: GPUPipelineLayout }>();

  constructor(readonly gpu: GPUDevice) {}

  get(kernel: string, variant: string): Promise<Pipeline> {
    const key = `${kernel}/${variant}`;
    let pending = this.#pipelines.get(key);
    if (!pending) {
      pending = this.#compile(kernel, variant);
      this.#pipelines.set(key, pending);
    }
    return pending;
  }

  /** All of them, side by side. The longest are asked for first, so that no core is left with one at the end. */
  async getAll(wanted: readonly { readonly kernel: string; readonly variant: string }[]): Promise<Pipeline[]> {
    const sizeOf = ({ kernel }: { readonly kernel: string }) => kernelNamed(kernel).source.length;
    for (const each of [...wanted].sort((a, b) => sizeOf(b) - sizeOf(a))) {
      // what goes wrong is told below
      this.get(each.kernel, each.variant).catch(() => {});
    }
    return Promise.all(wanted.map(({ kernel, variant }) => this.get(kernel, variant)));
  }

  async #compile(name: string, variant: string): Promise<Pipeline> {
    const kernel = kernelNamed(name);
    const { code, constants } = specialize(kernel, variant);
    const label = `${name}/${variant}`;
    // the pipeline tells of errors in the module as well; unscoped ones would count as the device's
    this.gpu.pushErrorScope("validation");
    const module = this.gpu.createShaderModule({ label, code });
    const layout = this.#layout(name);
    this.gpu.popErrorScope().catch(() => {});
    try {
      const pipeline = await this.gpu.createComputePipelineAsync({
        label,
        layout: layout.pipeline,
        compute: { module, entryPoint: kernel.entryPoint, constants },
      });
      return { pipeline, layout: layout.group };
    } catch (error) {
      const { messages } = await module.getCompilationInfo();
      const found = messages.find(({ type }) => type === "error");
      const where = found ? sourceLine(kernel, found.lineNum) : kernel.file;
      const what = found?.message ?? (error instanceof Error ? error.message : String(error));
      throw new KernelError(`${where}: variant "${variant}" does not compile on this adapter: ${what}`);
    }
  }

  #layout(name: string) {
    let layout = this.#layouts.get(name);
    if (!layout) {
      layout = createLayout(this.gpu, kernelNamed(name));
      this.#layouts.set(name, layout);
    }
    return layout;
  }
}

/** The explicit layout of a kernel: `layout: "auto"` would drop bindings that a variant does not use. */
export function createLayout(gpu: GPUDevice, { name, bindings, paramsSize }: KernelManifest) {
  const group = gpu.createBindGroupLayout({
    label: name,
    entries: bindings.map(({ access }, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer:
        access === "uniform"
          ? { type: "uniform", hasDynamicOffset: true, minBindingSize: paramsSize }
          : { type: access === "read" ? "read-only-storage" : "storage" },
    })),
  });
  return { group, pipeline: gpu.createPipelineLayout({ label: name, bindGroupLayouts: [group] }) };
}

/** The file of the kernel that a WebGPU message names: pipelines and bind groups bear their kernel's name as label. */
export function kernelNamedIn(message: string): string | undefined {
  for (const [, name = ""] of message.matchAll(/"(\w+)(?:\/\w+)?"/g)) {
    if (isKernel(name)) return kernelNamed(name).file;
  }
  return undefined;
}

/** `file:line` of a line of the joined source. */
export function sourceLine({ lines }: KernelManifest, joinedLine: number): string {
  const { file, line } = originOf(lines, joinedLine);
  return `${file}:${line}`;
}
