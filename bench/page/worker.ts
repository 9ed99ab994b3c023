// Entry in a worker of a visitor's browser: one job, then the page ends it, and with it goes all that the engines hold.
import { openDevice } from "../../src/index.ts";
import type { SessionJob } from "../types.ts";
import { runJob } from "./run-case.ts";

addEventListener("message", ({ data }: MessageEvent<SessionJob>) => {
  void runJob(data, openDevice, (message) => postMessage(message));
});
