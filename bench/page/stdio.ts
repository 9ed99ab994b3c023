// For hosts that are processes: the job comes on stdin, messages go to stdout.
import process from "node:process";
import { text } from "node:stream/consumers";
import { messageMark } from "../../harness/hosts/protocol.ts";
import type { Device } from "../../src/index.ts";
import { runJob } from "./run-case.ts";

export async function runOverStdio(open: () => Promise<Device>): Promise<void> {
  const job = JSON.parse(await text(process.stdin));
  await runJob(job, open, (message) => console.log(`${messageMark}${JSON.stringify(message)}`));
  process.stdout.write("", () => process.exit(0));
}
