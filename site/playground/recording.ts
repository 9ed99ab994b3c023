/** A run as it was trained elsewhere: what its worker told, with the times. */
import type { Engine } from "./engine.ts";
import type { Report } from "./protocol.ts";
import type { Settings } from "./settings.ts";

export interface Recording {
  readonly settings: Settings;
  readonly reports: readonly { readonly at: number; readonly report: unknown }[];
}

/** How much faster it is played than it was trained. */
const haste = 4;

/** Typed arrays are lists in JSON, marked by what they were. */
export const replacer = (_: string, value: unknown): unknown =>
  value instanceof Float32Array ? { float32: Array.from(value, (each) => Number(each.toPrecision(4))) } : value;

function reviver(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reviver);
  if (typeof value !== "object" || value === null) return value;
  const { float32 } = value as { float32?: number[] };
  if (float32) return Float32Array.from(float32);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, reviver(each)]));
}

/** Shows a recording as if it were trained here. */
export async function play({ settings, reports }: Recording, engine: Engine): Promise<void> {
  engine.replay(settings);
  const began = performance.now();
  for (const { at, report } of reports) {
    const wait = at / haste - (performance.now() - began);
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    engine.receive(reviver(report) as Report);
  }
}
