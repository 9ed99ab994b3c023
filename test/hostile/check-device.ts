// A row of a function that needs a device, and what is wrong with its outcomes.
import { ArgumentError, type Device, nn, OutOfMemoryError, SeqgradError } from "../../src/index.ts";
import { assertSame } from "../cases/support/assert.ts";
import { callable } from "./call.ts";
import { deviceOptions } from "./options.ts";
import type { DeviceRow } from "./rows-device.ts";
import { hostileValues, mistakes } from "./values.ts";
import { doubling } from "./world.ts";

const MAX_MS = 90_000;
const MAX_MESSAGE = 2000;

/** Waits for what was returned, takes a generator's first value, and frees it. */
async function settle(device: Device, returned: unknown): Promise<void> {
  const result = await returned;
  if (result === device || typeof result !== "object" || result === null) return;
  if (Symbol.asyncIterator in result) for await (const _ of result as AsyncIterable<unknown>) break;
  release(device, result);
}

function release(device: Device, thing: unknown): void {
  if (thing instanceof nn.Module) thing.dispose(device);
  else if (thing !== device) (thing as { dispose?(): void } | null)?.dispose?.();
}

async function problemOf(device: Device, call: () => unknown): Promise<string> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took more than ${MAX_MS} ms`)), MAX_MS);
  });
  const { buffers, bytes } = device.counters;
  try {
    await Promise.race([(async () => settle(device, await call()))(), late]);
  } catch (error) {
    if (!(error instanceof SeqgradError)) return `${error}`.slice(0, 200);
    if (error.message.length > MAX_MESSAGE) return `a message of ${error.message.length} characters`;
    if (!(error instanceof OutOfMemoryError) && device.counters.buffers !== buffers)
      return `${error.name} when there were new buffers already: ${error.message}`;
    if (device.counters.bytes > bytes) return `${device.counters.bytes - bytes} bytes are left of ${error.message}`;
  } finally {
    clearTimeout(timer);
  }
  return "";
}

/** What a call is refused with. */
async function refusal(device: Device, call: () => unknown): Promise<unknown> {
  try {
    await settle(device, await call());
  } catch (error) {
    return error;
  }
  return "taken";
}

/** The device computes what it should. */
export async function works(device: Device): Promise<void> {
  device.check();
  using program = await doubling(device);
  assertSame("device", await (await program.run({ x: [1, 2] })).y.read(), Float32Array.of(2, 4));
}

/** What is wrong with the outcomes of a row's mistakes: with those of the table, and with `strange` values. */
export async function checkRow(
  device: Device,
  name: string,
  row: DeviceRow,
  strange: Readonly<Record<string, unknown>>,
): Promise<string[]> {
  const call = callable(name);
  const first = name.includes("#") ? 1 : 0;
  const given = await row(device);
  const [self, args] = [given.slice(0, first), given.slice(first)];
  const problems: string[] = [];
  const note = async (where: string, attempt: () => unknown) => {
    const problem = await problemOf(device, attempt);
    if (problem) problems.push(`${name}: ${where}: ${problem}`);
  };
  // a valid call gives no error, not even one of ours
  await settle(device, await call(await row(device)));
  for (const { place, what, args: wrong } of mistakes(args, () => ({ ...hostileValues(), ...strange }))) {
    // that is none where any device would do
    if (what === "another device" && args.some((arg, i) => arg === device && wrong[i] !== device)) continue;
    await note(`${place}, ${what}`, () => call([...self, ...wrong]));
  }
  for (const place of deviceOptions[name] ?? []) {
    const options = { ...(args[place] as object), nonsense: 1 };
    const outcome = await refusal(device, () => call([...self, ...args.with(place, options)]));
    if (!(outcome instanceof ArgumentError)) problems.push(`${name}: an unknown option: ${outcome}`);
  }
  for (const thing of given) release(device, thing);
  if (first) await note("disposed", () => call([...self, ...args]));
  return problems;
}
