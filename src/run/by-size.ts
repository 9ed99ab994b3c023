import type { MakePrograms } from "./programs.ts";
import { namedSpecs, namesIn } from "./sizes/specs.ts";
import type { SizedSpecs } from "./sizes/types.ts";

/** Whether an extent has a name, or there are sizes to be checked. Most programs do without, and do not load what they need. */
export const isSized = ({ inputs, carry, sizes }: SizedSpecs): boolean =>
  namesIn([...namedSpecs(inputs).values(), ...namedSpecs(carry).values()]).length > 0 || Boolean(sizes);

/** Checks extents with names; gives what makes the programs by size, or undefined where no input has one. */
export async function programsBySize(
  where: string,
  specs: SizedSpecs,
  isPartial?: boolean,
): Promise<MakePrograms | undefined> {
  const { programsOf } = await import("./sizes/index.ts");
  return programsOf(where, specs, isPartial);
}
