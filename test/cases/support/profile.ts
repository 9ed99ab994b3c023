import type { CaseContext } from "../../../harness/case.ts";
import type { Device } from "../../../src/index.ts";

export const adapterKinds = ["software", "hardware"] as const;
export type AdapterKind = (typeof adapterKinds)[number];

/** The ways that a recurrence's lowering chooses between; each must be right wherever it is valid. */
export const recurrentWays = ["steps", "sequence"] as const;

/** Further ways of software adapters with subgroups, by the batch rows that four threads share; elsewhere the rule's is taken. */
export const quadWays = ["quads of 8", "quads of 16", "quads of 32"] as const;

/** Those of the GRU that resets before the matmul, by the rows that four threads own whole. */
export const wholeRowWays = ["sequence of 8", "sequence of 16"] as const;

/** Those of GPUs for 65 to 128 units, whose weights lie in many registers: a workgroup for each row, or for two. */
export const wideWays = ["wide sequence by row", "wide sequence"] as const;

/** T, B, H for them: around the most units of each, sixteens of a thread, and a workgroup's two rows. */
export const wideSizes: readonly (readonly [steps: number, batch: number, hidden: number])[] = [
  [2, 1, 65],
  [3, 5, 80],
  [2, 3, 96],
  [300, 2, 68], // more than one dispatch
];

/** The same where weights have 16 bits, or a cell one gate. */
export const widestSizes: typeof wideSizes = [...wideSizes, [2, 3, 97], [3, 1, 127], [2, 5, 128]];

/** T, B, H for quads: multiples of 4 around their blocks of 16 and 32 units; batches around their 8, 16 and 32 rows. */
export const quadSizes: readonly (readonly [steps: number, batch: number, hidden: number])[] = [
  [2, 1, 4],
  [3, 5, 12],
  [2, 8, 16],
  [3, 9, 36],
  [2, 15, 8],
  [1, 16, 28],
  [2, 17, 44],
  [2, 31, 4],
  [2, 32, 32],
  [3, 33, 12],
  [2, 70, 20],
];

/** Ways that one kind of adapter alone has. */
const OWN_WAYS = {
  software: /^(row|(wide )?blocks|(low )?quads|quads of \d+|sequence of \d+)$/,
  hardware: /^(tiled|split|wide sequence.*)$/,
} as const;

/** Each kind of adapter with each way, and once with its rule's in place of all that it does not have. */
export function combinations(
  ways: readonly (string | undefined)[],
): (readonly [kind: AdapterKind, way: string | undefined])[] {
  return adapterKinds.flatMap((kind) => {
    const foreign = OWN_WAYS[kind === "software" ? "hardware" : "software"];
    const own = ways.map((way) => (way !== undefined && foreign.test(way) ? undefined : way));
    return [...new Set(own)].map((way) => [kind, way] as const);
  });
}

/** As if one way had been measured to be the fastest of every choice that has it. */
export class Always extends Map<string, string> {
  constructor(readonly way: string) {
    super();
  }

  override get(): string {
    return this.way;
  }
}

/**
 * Runs an action while the device gives itself out as another kind of adapter: kernels are chosen by that, and all of them
 * must be right on every adapter. A given way is taken wherever there is a choice with it.
 */
export async function withProfile<T>(
  device: Device,
  kind: AdapterKind,
  action: () => Promise<T>,
  way?: string,
): Promise<T> {
  const holder = device as { profile: Device["profile"] };
  const own = holder.profile;
  holder.profile = { ...own, kind, ...(way === undefined ? {} : { measured: new Always(way) }) };
  try {
    return await action();
  } finally {
    holder.profile = own;
  }
}

/** Runs an action that makes one program with each kind of adapter and each way. */
export async function eachWay(
  { device, ifReaching }: CaseContext,
  ways: readonly (string | undefined)[],
  action: (kind: AdapterKind, way: string | undefined) => Promise<void>,
): Promise<void> {
  for (const [kind, way] of combinations(ways)) {
    const run = () => withProfile(device, kind, () => action(kind, way), way);
    await (ifReaching ? ifReaching(run) : run());
  }
}
