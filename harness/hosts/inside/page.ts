// Entry in a browser page. The harness exposes a function for messages and serves the job beside the page.
import { openDevice } from "../../../src/index.ts";
import type { Message } from "../protocol.ts";
import { runInside } from "./run.ts";

declare global {
  var seqgradSend: (message: Message) => Promise<void>;
}

const { host, job } = await (await fetch("/job.json")).json();
await runInside(
  host,
  () => openDevice(),
  job,
  (message) => void seqgradSend(message),
);
