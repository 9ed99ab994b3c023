import { expect, test } from "vitest";
import { Collector } from "../../harness/hosts/collect.ts";
import { runProcess } from "../../harness/hosts/process.ts";
import { messageMark } from "../../harness/hosts/protocol.ts";
import { runStdioHost } from "../../harness/hosts/stdio-host.ts";

/** Runs a program that stands for a host. */
function runHost(program: string, timeoutMs = 10_000) {
  const collector = new Collector("node");
  return runStdioHost({}, timeoutMs, collector, (options) => runProcess(process.execPath, ["-e", program], options));
}

const send = (message: object) => `console.log(${JSON.stringify(messageMark + JSON.stringify(message))});`;
const adapter = send({ type: "adapter", adapter: "test" });
const start = send({ type: "start", name: "first" });
const result = { name: "first", ok: true, value: [1, 2], ms: 3 };

test("a host's results, prints and stray errors make its report", async () => {
  const stray = send({ type: "error", error: "stray" });
  const program = `${adapter}${start}console.log("hello");${send({ type: "result", result })}${stray}console.error("oh");`;
  expect(await runHost(program + send({ type: "done" }))).toEqual({
    host: "node",
    adapter: "test",
    results: [result],
    console: ["hello", "oh"],
    pageErrors: ["stray"],
  });
});

test("a host that cannot open a device fails with the reason", async () => {
  const program = send({ type: "error", error: "no adapter here" }) + send({ type: "done" });
  await expect(runHost(program)).rejects.toThrow(/^node did not finish: exit code 0\n {2}no adapter here$/);
});

test("a host that crashes fails with the case and what it printed", async () => {
  const program = `${adapter}${start}console.error("last words"); process.kill(process.pid, "SIGSEGV");`;
  await expect(runHost(program)).rejects.toThrow(
    /while the case "first" was running: exit code SIGSEGV\n {2}last words$/,
  );
});

test("a host that hangs is ended", async () => {
  await expect(runHost(`${adapter}${start}setTimeout(() => {}, 60_000);`, 500)).rejects.toThrow(/no end after 0.5 s/);
});
