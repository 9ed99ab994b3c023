import type { HostReport } from "../case.ts";
import type { Collector } from "./collect.ts";
import type { Job } from "./protocol.ts";

/** How a host does a job. Fails, with what the host printed, where it cannot start or does not come to an end. */
export type HostRun = (job: Job, timeoutMs: number, collector: Collector) => Promise<HostReport>;
