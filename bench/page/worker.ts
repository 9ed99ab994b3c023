// Entry in a worker of a visitor's browser: one job, then the page ends it, and with it goes all that the engines hold.
import { openDevice } from "../../src/index.ts";
import type { WorkerJob, WorkerMessage } from "../types.ts";
import { measureDispatchCost } from "./dispatch-cost.ts";
import { measureAdapter, runJob } from "./run-case.ts";

const send = (message: WorkerMessage): void => postMessage(message);

async function runDispatches(): Promise<void> {
  try {
    const device = await openDevice();
    const { adapter, limits } = await measureAdapter(device);
    send({ type: "dispatch cost", adapter, limits, cost: await measureDispatchCost(device) });
  } catch (error) {
    send({ type: "error", error: error instanceof Error ? error.message : String(error) });
  }
}

addEventListener("message", ({ data }: MessageEvent<WorkerJob>) => {
  if (data === "dispatches") void runDispatches();
  else void runJob(data, openDevice, send);
});
