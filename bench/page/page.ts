// Entry in a browser page. The job is served beside it; messages go to a function that the harness exposes.
import { openDevice } from "../../src/index.ts";
import type { BenchMessage } from "../types.ts";
import { runJob } from "./run-case.ts";

declare global {
  var benchSend: (message: BenchMessage) => Promise<void>;
}

const response = await fetch("/job.json");
await runJob(await response.json(), openDevice, (message) => void benchSend(message));
