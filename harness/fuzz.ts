// npm run fuzz: random programs against float64, until the time is over.
import { parseArgs } from "node:util";
import { FUZZ_CASE, type FuzzRequest } from "../test/cases/system/fuzz.ts";
import { type HostName, hostNames } from "./case.ts";
import { runCases } from "./hosts/index.ts";
import { generateKernels } from "./kernels/generate.ts";
import { SetupError } from "./setup/say.mjs";

const usage = `npm run fuzz -- [options]
  Compares random programs and their
  gradients with float64; prints the
  smallest that is wrong.
  --seconds N  how long (60)
  --from SEED  16 programs each (1)
  --cells      loops of random cells
  --host HOST  node, chromium or deno
  --help, -h`;

/** A host that is slow to start, or a program that is being shrunk when the time is over. */
const SPARE_MS = 240_000;

interface Outcome {
  readonly programs: number;
  readonly values: number;
  readonly gradients: number;
  readonly calls: Readonly<Record<string, number>>;
  readonly notes: Readonly<Record<string, number>>;
  readonly from: number;
  readonly next: number;
  readonly wrong: readonly string[];
}

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value >= 0)) throw new SetupError(`--${name}: expected an integer, got ${text}`);
  return value;
}

export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: "string", default: "60" },
      from: { type: "string", default: "1" },
      host: { type: "string", default: "node" },
      cells: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const host = hostNames.find((name): name is HostName => name === values.host);
  if (!host) throw new SetupError(`--host: expected one of ${hostNames.join(", ")}, got ${values.host}`);
  const request: FuzzRequest = {
    seconds: numberOf("seconds", values.seconds),
    from: numberOf("from", values.from),
    of: values.cells ? "cells" : "operations",
  };
  await generateKernels();
  const timeoutMs = 1000 * request.seconds + SPARE_MS;
  const { adapter, results } = await runCases(host, { filter: FUZZ_CASE, input: request, timeoutMs });
  const [result] = results;
  if (!result?.ok) throw new Error(result?.error ?? "fuzz: no result");
  const { programs, values: count, gradients, calls, notes, from, next, wrong } = result.value as Outcome;
  for (const problem of wrong) console.log(`${problem}\n`);
  const counted = (all: Outcome["calls"]) => Object.entries(all).sort(([, a], [, b]) => b - a);
  for (const [note, times] of counted(notes)) console.log(`${times} seeds: ${note}`);
  console.log(
    counted(calls)
      .map(([fn, times]) => `${fn} ${times}`)
      .join(", "),
  );
  console.log(
    `${host}, ${adapter}: seeds ${from} to ${next - 1}, ${programs} programs, ${count} values and ${gradients} gradients compared, ${wrong.length} seeds wrong`,
  );
  return wrong.length === 0 ? 0 : 1;
}
