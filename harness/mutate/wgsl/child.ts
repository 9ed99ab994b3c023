// Runs cases with a changed kernel on one device: all pipelines but the changed kernel's stay.
import process from "node:process";
import { createInterface } from "node:readline";
import { PipelineCache } from "../../../src/gpu/pipeline.ts";
import { originOf } from "../../../src/kernels/join.ts";
import { kernelNamed } from "../../../src/kernels/kernel.ts";
import type { KernelManifest } from "../../../src/kernels/manifest.ts";
import { openDevice } from "../../../src/node.ts";
import { cases } from "../../../test/cases/index.ts";
import { makeAwkward } from "../../hosts/inside/awkward.ts";
import { GuardZones } from "../../hosts/inside/guard-zones.ts";
import { messageMark } from "../../hosts/protocol.ts";
import { isOf } from "../../uses/made.ts";

/** A kernel as it is from here on, until another order says otherwise. */
export interface KernelChange {
  readonly kernel: string;
  readonly source: string;
  /** Of a loop's template: the lines that differ. Kernels that programs make of it get them, too. */
  readonly edits?: readonly Edit[];
}

/** A line, from 1, as it shall be. */
export interface Edit {
  readonly file: string;
  readonly line: number;
  readonly text: string;
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
  /** Of kernels as they are changed. */
  readonly #originals = new Map<string, string>();
  #own = new Map<string, ReturnType<PipelineCache["get"]>>();

  override get(kernel: string, variant: string): ReturnType<PipelineCache["get"]> {
    this.used.add(kernel);
    if (!this.#change || !isOf(this.#change.kernel, kernel)) return super.get(kernel, variant);
    this.#apply(kernel, this.#change);
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
    for (const [kernel, source] of this.#originals) manifestOf(kernel).source = source;
    this.#originals.clear();
    this.#own = new Map();
    this.broken = false;
    this.#change = change;
  }

  #apply(kernel: string, { kernel: changed, source, edits = [] }: KernelChange): void {
    if (this.#originals.has(kernel)) return;
    const manifest = manifestOf(kernel);
    this.#originals.set(kernel, manifest.source);
    manifest.source = kernel === changed ? source : edited(manifest, edits);
  }
}

const manifestOf = (kernel: string) => kernelNamed(kernel) as { source: string } & KernelManifest;

function edited({ source, lines }: KernelManifest, edits: readonly Edit[]): string {
  return source
    .split("\n")
    .map((text, i) => {
      const { file, line } = originOf(lines, i + 1);
      return edits.find((edit) => edit.file === file && edit.line === line)?.text ?? text;
    })
    .join("\n");
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
