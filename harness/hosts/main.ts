// Runs cases in a host and prints what comes of them:
//   node harness/ts.mjs harness/hosts/main.ts <node|chromium|deno> [part of a case's name …]
import { hostNames } from "../case.ts";
import { runCases } from "./index.ts";

export async function main([hostName, ...parts]: readonly string[]): Promise<number> {
  const host = hostNames.find((name) => name === hostName);
  if (host === undefined) {
    console.error(`error: which host? expected ${hostNames.join(", ")}`);
    return 1;
  }
  const { adapter, results, ...rest } = await runCases(host, {
    filter: (name) => parts.length === 0 || parts.some((part) => name.includes(part)),
    timeoutMs: 3_600_000,
    onResult: ({ name, ok, error, ms }) =>
      console.log(`${ok ? "ok" : "FAILED"} ${name} (${ms} ms)${error ? `\n${error}` : ""}`),
  });
  for (const line of [...rest.console, ...rest.pageErrors]) console.log(`  ${line}`);
  console.log(`${host}, ${adapter}: ${results.filter(({ ok }) => ok).length} of ${results.length} ok`);
  return results.every(({ ok }) => ok) && rest.pageErrors.length === 0 ? 0 : 1;
}
