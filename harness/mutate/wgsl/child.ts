// Runs cases with a changed kernel, one change after the other on one device: all pipelines but the changed kernel's stay.
import process from "node:process";
import { createInterface } from "node:readline";
import { PipelineCache } from "../../../src/gpu/pipeline.ts";
import type { KernelName } from "../../../src/kernels/generated.ts";
import { kernels } from "../../../src/kernels/generated.ts";
import { type Device, openDevice } from "../../../src/node.ts";
import { cases } from "../../../test/cases/index.ts";
import { messageMark } from "../../hosts/protocol.ts";

/** `source` in place of the kernel's own; none: as it is. */
export interface Order {
  readonly id: number;
  readonly kernel?: string;
  readonly source?: string;
  readonly cases: readonly string[];
}

export interface Answer {
  readonly id: number;
  /** The case that failed first, and why; none where all passed. */
  readonly failed?: string;
  readonly why?: string;
  /** Kernels that the cases used. */
  readonly used: readonly string[];
  readonly ms: number;
}

class ChangingPipelines extends PipelineCache {
  changed: string | undefined;
  readonly used = new Set<string>();
  readonly #own = new Map<string, ReturnType<PipelineCache["get"]>>();

  override get(kernel: KernelName, variant: string): ReturnType<PipelineCache["get"]> {
    this.used.add(kernel);
    if (kernel !== this.changed) return super.get(kernel, variant);
    const key = `${kernel}/${variant}`;
    let pending = this.#own.get(key);
    if (!pending) {
      pending = new PipelineCache(this.gpu).get(kernel, variant);
      this.#own.set(key, pending);
    }
    return pending;
  }

  /** From here on. */
  change(kernel: string | undefined): void {
    this.changed = kernel;
    this.#own.clear();
    this.used.clear();
  }
}

async function obey(device: Device, pipelines: ChangingPipelines, order: Order): Promise<Answer> {
  const start = performance.now();
  const target = order.kernel === undefined ? undefined : (kernels as Record<string, { source: string }>)[order.kernel];
  const original = target?.source;
  if (target && order.source !== undefined) target.source = order.source;
  pipelines.change(order.source === undefined ? undefined : order.kernel);
  let failure: { failed: string; why: string } | undefined;
  for (const name of order.cases) {
    const found = cases.find((each) => each.name === name);
    try {
      await found?.run({ device, host: "node" });
    } catch (error) {
      failure = { failed: name, why: (error instanceof Error ? error.message : String(error)).slice(0, 300) };
      break;
    }
  }
  if (target && original !== undefined) target.source = original;
  return { id: order.id, ...failure, used: [...pipelines.used], ms: performance.now() - start };
}

const device = await openDevice();
const pipelines = new ChangingPipelines(device.gpu);
Object.defineProperty(device, "pipelines", { value: pipelines });
const say = (answer: Answer): void => console.log(`${messageMark}${JSON.stringify(answer)}`);
for await (const line of createInterface({ input: process.stdin }))
  say(await obey(device, pipelines, JSON.parse(line)));
process.exit(0);
