// npm run hosts: runs cases in hosts and prints what comes of them.
import { parseArgs } from "node:util";
import { cases } from "../../test/cases/index.ts";
import { type HostName, hostNames } from "../case.ts";
import { useAdapter } from "../setup/adapter.mjs";
import { getMesa } from "../setup/mesa.ts";
import { SetupError } from "../setup/say.mjs";
import { type RunOptions, runCases } from "./index.ts";

export async function main(args: readonly string[]): Promise<number> {
  const { hosts, parts, as, driver } = optionsOf(args);
  const unknown = parts.find((part) => !cases.some(({ name }) => name.includes(part)));
  if (unknown !== undefined) throw new SetupError(`no case's name has "${unknown}" in it`);
  if (driver === "llvmpipe") {
    useAdapter({ kind: "software", environment: { ...(await getMesa()).llvmpipe }, packaged: false });
  }
  let ok = true;
  for (const host of hosts) ok = (await runHost(host, parts, as)) && ok;
  return ok ? 0 : 1;
}

async function runHost(host: HostName, parts: readonly string[], as: RunOptions["as"]): Promise<boolean> {
  const { adapter, results, ...rest } = await runCases(host, {
    filter: (name) => parts.length === 0 || parts.some((part) => name.includes(part)),
    ...(as === undefined ? {} : { as }),
    timeoutMs: 3 * 3_600_000,
    onResult: ({ name, ok, error, ms }) =>
      console.log(`${ok ? "ok" : "FAILED"} ${name} (${ms} ms)${error ? `\n${error}` : ""}`),
  });
  for (const line of [...rest.console, ...rest.pageErrors]) console.log(`  ${line}`);
  const chosen = as === undefined ? "" : `, as ${as}`;
  console.log(`${host}, ${adapter}${chosen}: ${results.filter(({ ok }) => ok).length} of ${results.length} ok`);
  return results.every(({ ok }) => ok) && rest.pageErrors.length === 0;
}

function optionsOf(args: readonly string[]) {
  const { values, positionals } = parse(args);
  const as = oneOf("--as", values.as, ["software", "hardware"]);
  const driver = oneOf("--driver", values.driver, ["llvmpipe"]);
  const known: readonly HostName[] = [...hostNames, "firefox"];
  const named = known.filter((name) => name === positionals[0]);
  // Chromium has the packaged driver
  const takes = (name: HostName) => driver === undefined || name !== "chromium";
  if (!named.every(takes)) throw new SetupError(`--driver ${driver}: node, deno and firefox take it`);
  return {
    hosts: named.length > 0 ? named : hostNames.filter(takes),
    parts: positionals.slice(named.length),
    as,
    driver,
  };
}

function oneOf<Name extends string>(
  option: string,
  text: string | undefined,
  known: readonly Name[],
): Name | undefined {
  const found = known.find((name) => name === text);
  if (text !== undefined && !found) throw new SetupError(`${option}: expected ${known.join(" or ")}, got "${text}"`);
  return found;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { as: { type: "string" }, driver: { type: "string" } },
    });
  } catch (error) {
    throw new SetupError(`${error instanceof Error ? error.message.split("\n")[0] : error}; see --help`);
  }
}
