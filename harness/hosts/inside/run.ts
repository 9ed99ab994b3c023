// Runs cases inside a host. Knows nothing of the host but how to open a device there and how to send a message.
import { cases } from "../../../test/cases/index.ts";
import type { Case, CaseContext, CaseResult, HostName } from "../../case.ts";
import { watchKernels } from "../../uses/watch.ts";
import type { Job, Message } from "../protocol.ts";
import { makeAwkward } from "./awkward.ts";
import { chooseAs } from "./choose-as.ts";
import { describeAdapter } from "./describe.ts";
import { GuardZones } from "./guard-zones.ts";
import { runsReaching } from "./reaching.ts";

type Open = () => Promise<CaseContext["device"]>;

/** Ends with the message "done", also where no device can be opened; only what escapes it entirely goes without. */
export async function runInside(host: HostName, open: Open, job: Job, send: (message: Message) => void): Promise<void> {
  const chosen = cases.filter(({ name }) => job.names?.includes(name) ?? true);
  try {
    const device = await open();
    if (job.as !== undefined) chooseAs(device, job.as);
    send({ type: "adapter", adapter: describeAdapter(device) });
    makeAwkward(device);
    const zones = GuardZones.watch(device);
    const used = watchKernels(device);
    const context: CaseContext = {
      device,
      host,
      ...(job.input === undefined ? {} : { input: job.input }),
      ...(job.about && { ifReaching: runsReaching(device, job.about) }),
    };
    for (const each of chosen) {
      send({ type: "start", name: each.name });
      send({ type: "result", result: await runCase(each, context, zones, used) });
    }
    device.dispose();
  } catch (error) {
    send({ type: "error", error: describeError(error) });
  }
  send({ type: "done" });
}

async function runCase(
  { name, run }: Case,
  context: CaseContext,
  zones: GuardZones,
  used: Set<string>,
): Promise<CaseResult> {
  used.clear();
  const start = performance.now();
  const ms = () => Math.round((performance.now() - start) * 10) / 10;
  try {
    const value = await run(context);
    await zones.check();
    return { name, ok: true, ...(value === undefined ? {} : { value: toJson(value) }), ms: ms(), kernels: [...used] };
  } catch (error) {
    // what it wrote besides is not the next one's
    await zones.check().catch(() => {});
    return { name, ok: false, error: describeError(error), ms: ms(), kernels: [...used] };
  }
}

/** Typed arrays become lists of numbers. What JSON has no number for (NaN, infinities) becomes its name. */
function toJson(value: unknown): unknown {
  const plain = (_: string, each: unknown) => {
    if (ArrayBuffer.isView(each) && Symbol.iterator in each) return [...(each as unknown as Iterable<unknown>)];
    return typeof each === "number" && !Number.isFinite(each) ? String(each) : each;
  };
  return JSON.parse(JSON.stringify(value, plain));
}

export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? "";
  // Some engines leave the message out of the stack.
  return stack.includes(error.message) ? stack : `${error.name}: ${error.message}\n${stack}`;
}
