// For hosts that are processes: the job comes on stdin, messages go to stdout.
import process from "node:process";
import { text } from "node:stream/consumers";
import type { CaseContext, HostName } from "../../case.ts";
import { type Message, messageMark } from "../protocol.ts";
import { describeError, runInside } from "./run.ts";

const send = (message: Message) => console.log(`${messageMark}${JSON.stringify(message)}`);

export async function runOverStdio(host: HostName, open: () => Promise<CaseContext["device"]>): Promise<void> {
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error: unknown) => send({ type: "error", error: describeError(error) }));
  }
  await runInside(host, open, JSON.parse(await text(process.stdin)), send);
  // An open device would keep the process alive. Nothing may be lost on the way out, so stdout is emptied first.
  process.stdout.write("", () => process.exit(0));
}
