// Runs cases with a changed kernel on one device: all pipelines but the changed kernel's stay.
import process from "node:process";
import { createInterface } from "node:readline";
import { PipelineCache } from "../../../src/gpu/pipeline.ts";
import { kernels } from "../../../src/kernels/generated/all.ts";
import type { Kernel } from "../../../src/kernels/kernel.ts";
import { openDevice } from "../../../src/node.ts";
import { cases } from "../../../test/cases/index.ts";
import { makeAwkward } from "../../hosts/inside/awkward.ts";
import { GuardZones } from "../../hosts/inside/guard-zones.ts";
import { messageMark } from "../../hosts/protocol.ts";

/** A kernel as it is from here on, until another order says otherwise. */
export interface KernelChange {
  readonly kernel: string;
  readonly source: string;
}

export interface Order {
  readonly change?: KernelChange;
  readonly case: string;
}

export interface Answer {
  /** Why the case failed. */
  readonly why?: string;
  /** Whether the changed kernel does not compile. */
  readonly broken: boolean;
  /** Whether the device is of no use any more. */
  readonly lost: boolean;
  /** Kernels that the case used. */
  readonly used: readonly string[];
  readonly ms: number;
  /** Processor time of all threads: on a busy machine less than `ms`. */
  readonly cpuMs: number;
}

class ChangingPipelines extends PipelineCache {
  readonly used = new Set<string>();
  broken = false;
  #change: KernelChange | undefined;
  #original = "";
  #own = new Map<string, ReturnType<PipelineCache["get"]>>();

  override get(kernel: string, variant: string): ReturnType<PipelineCache["get"]> {
    this.used.add(kernel);
    if (kernel !== this.#change?.kernel) return super.get(kernel, variant);
    const key = `${kernel}/${variant}`;
    let pending = this.#own.get(key);
    if (!pending) {
      pending = new PipelineCache(this.gpu).get(kernel, variant);
      pending.catch(() => {
        this.broken = true;
      });
      this.#own.set(key, pending);
    }
    return pending;
  }

  /** From here on; the same change again keeps its pipelines. */
  change(change: KernelChange | undefined): void {
    this.used.clear();
    if (change?.kernel === this.#change?.kernel && change?.source === this.#change?.source) return;
    const manifestOf = (name: string): { source: string } | undefined =>
      (kernels as Readonly<Record<string, Kernel>>)[name]?.manifest;
    const before = this.#change && manifestOf(this.#change.kernel);
    if (before) before.source = this.#original;
    this.#own = new Map();
    this.broken = false;
    this.#change = change;
    const target = change && manifestOf(change.kernel);
    if (!target) return;
    this.#original = target.source;
    target.source = change.source;
  }
}

const device = await openDevice();
const pipelines = new ChangingPipelines(device.gpu);
Object.defineProperty(device, "pipelines", { value: pipelines });
makeAwkward(device);
const zones = GuardZones.watch(device);

async function obey(order: Order): Promise<Answer> {
  const start = performance.now();
  const cpu = process.cpuUsage();
  pipelines.change(order.change);
  let why: string | undefined;
  try {
    const found = cases.find(({ name }) => name === order.case);
    if (!found) throw new Error(`there is no case ${order.case}`);
    await found.run({ device, host: "node" });
    await zones.check();
  } catch (error) {
    why = (error instanceof Error ? error.message : String(error)).slice(0, 300);
    await zones.check().catch(() => {});
  }
  let lost = false;
  try {
    device.check();
  } catch {
    lost = true;
  }
  const { used, broken } = pipelines;
  const { user, system } = process.cpuUsage(cpu);
  const spent = { ms: performance.now() - start, cpuMs: (user + system) / 1000 };
  return { ...(why === undefined ? {} : { why }), broken, lost, used: [...used], ...spent };
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(`${messageMark}${JSON.stringify(await obey(JSON.parse(line)))}`);
}
process.exit(0);
