// Runs cases as hosts do, then times kernels on a device of its own. The work comes on stdin, messages go to stdout.
import process from "node:process";
import { text } from "node:stream/consumers";
import { openDevice } from "../../src/node.ts";
import { runInside } from "../hosts/inside/run.ts";
import { type Message, messageMark } from "../hosts/protocol.ts";
import { type Timing, timeKernels } from "./time.ts";

export interface Work {
  readonly cases: readonly string[];
  /** Kernels that the cases are run for; of cases that run by ways those that reach them. All ways without it. */
  readonly about?: readonly string[];
  /** Kernels to be timed. */
  readonly kernels: readonly string[];
}

export type Told = Message | { readonly type: "timing"; readonly timing: Timing };

const send = (message: Told) => console.log(`${messageMark}${JSON.stringify(message)}`);

const { cases, about, kernels }: Work = JSON.parse(await text(process.stdin));
await runInside(
  "node",
  () => openDevice(),
  { names: cases, ...(about && { about }) },
  (message) => message.type !== "done" && send(message),
);
if (kernels.length > 0) {
  // without what cases put around tensors and into counts of workgroups
  const device = await openDevice();
  for await (const timing of timeKernels(device, kernels)) send({ type: "timing", timing });
}
send({ type: "done" });
process.stdout.write("", () => process.exit(0));
