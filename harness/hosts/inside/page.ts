// Entry in a browser page. The harness exposes a function for messages and serves the job beside the page.
import { openDevice } from "../../../src/index.ts";
import type { Message } from "../protocol.ts";
import { runInside } from "./run.ts";

declare global {
  var seqgradSend: (message: Message) => Promise<void>;
}

const response = await fetch("/job.json");
await runInside(
  "chromium",
  () => openDevice(),
  await response.json(),
  (message) => void seqgradSend(message),
);
