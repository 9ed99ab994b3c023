import type { Device } from "../../../src/index.ts";

/** The adapter in one line, for reports. */
export function describeAdapter({ adapter }: Device): string {
  return `${adapter.name} (${adapter.kind})`;
}
