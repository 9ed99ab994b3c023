import type { AdapterProfile } from "../graph/lowering.ts";
import { checkOptions, type KindsOf, oneOf } from "../options.ts";
import { describeProgram } from "../plan/describe.ts";
import type { SizedProgram } from "./programs.ts";

/** Kind of an adapter. */
export type AdapterKind = AdapterProfile["kind"];

/** Options of `describe`. */
export interface DescribeOptions {
  /**
   * Kind of adapter whose plan is wanted: `hardware` (a GPU) or `software` (one that is emulated); by default this device's. For another
   * kind the function is traced once more, and planned by the rules for that kind, with this device's limits and features and
   * without what was measured on it.
   */
  readonly adapter?: AdapterKind;
}

const kinds: KindsOf<DescribeOptions> = { adapter: oneOf("hardware", "software") };

/** @internal What a program does, on this adapter or on one of another kind. */
export function describeFor(
  where: string,
  { executable, planFor }: SizedProgram,
  options: DescribeOptions | undefined,
): string | Promise<string> {
  const own = () => describeProgram(executable.replay.program);
  if (options === undefined) return own();
  return (async () => {
    checkOptions<DescribeOptions>(where, options, kinds);
    const { adapter } = options;
    const isOwn = adapter === undefined || adapter === executable.device.profile.kind;
    if (isOwn || !planFor) return own();
    executable.replay.checkUsable();
    return describeProgram(await planFor(adapter));
  })();
}
