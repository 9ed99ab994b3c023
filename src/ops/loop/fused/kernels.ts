/** The kernels of fused loops: templates of `kernels/recurrent/` around a step that was written from a graph. */
import * as lib from "../../../kernels/generated/texts-lib.ts";
import * as recurrent from "../../../kernels/generated/texts-recurrent.ts";
import * as recurrentLib from "../../../kernels/generated/texts-recurrent-lib.ts";
import * as lanes from "../../../kernels/generated/texts-recurrent-lib-lanes.ts";
import * as persistent from "../../../kernels/generated/texts-recurrent-lib-persistent.ts";
import * as sums from "../../../kernels/generated/texts-recurrent-lib-sums.ts";
import type { KernelText } from "../../../kernels/join.ts";
import { Kernel } from "../../../kernels/kernel.ts";
import { type KernelHandle, LaterModule } from "../../../kernels/later.ts";
import type { ChosenKernel } from "../../recurrent/dispatches.ts";
import { withoutNames } from "./labels.ts";
import { BOUND } from "./text.ts";

type OfRows = "whole_rows_serial" | "whole_rows_parallel";
type Together = Exclude<ChosenKernel["technique"], "sequence_tiles" | OfRows>;

export type Technique = Together | `apart_${Exclude<Together, "quads">}` | OfRows;

const shared: readonly KernelText[] = [
  lib.lib_by_thread,
  lib.lib_by_workgroup,
  lib.lib_linear,
  lib.lib_numbers,
  lib.lib_math,
  lib.lib_linear_units,
  lib.lib_real,
  lib.lib_binary_slopes,
  lib.lib_unary_slopes,
  lib.lib_rows_parallel,
  lib.lib_rows_serial,
  lib.lib_tree,
  recurrentLib.recurrent_lib_slots,
  recurrentLib.recurrent_lib_fours,
  recurrentLib.recurrent_lib_apart_numbers,
  recurrentLib.recurrent_lib_sixteens,
  ...Object.values(persistent),
  ...Object.values(sums),
  ...Object.values(lanes),
];

type Software = Readonly<Record<"quads" | "rows" | "sequence" | "apart_rows" | "apart_sequence", KernelText>> & {
  readonly shared: readonly KernelText[];
};

/** What software adapters alone run is fetched when one does. */
const software = new LaterModule(async (): Promise<Software> => {
  const [own, ownLib, blocks, more] = await Promise.all([
    import("../../../kernels/generated/texts-recurrent-software.ts"),
    import("../../../kernels/generated/texts-recurrent-lib-software.ts"),
    import("../../../kernels/generated/texts-recurrent-lib-blocks-software.ts"),
    import("../../../kernels/generated/texts-lib-software.ts"),
  ]);
  return {
    quads: own.recurrent_quads,
    rows: own.recurrent_rows,
    sequence: own.recurrent_sequence,
    apart_rows: own.recurrent_apart_rows,
    apart_sequence: own.recurrent_apart_sequence,
    shared: [more.lib_quads, ownLib.recurrent_lib_apart_fours, ownLib.recurrent_lib_rows, ...Object.values(blocks)],
  };
});

const made = new Map<string, Kernel>();

/** The kernel of a technique around a step; the same step gives the same kernel. */
export function kernelOf(technique: Technique, step: readonly KernelText[]): KernelHandle {
  const name = `loop_${technique}_${hashOf(step)}`;
  const known = made.get(name);
  if (known) return known;
  const template = templateOf(technique);
  if (!template) return software.handle(name);
  const width = technique.endsWith("fours") ? "fours" : "numbers";
  const texts = [template, ...step, ...shared, ...(software.loaded?.shared ?? [])] as const;
  const rows = technique.endsWith("serial") ? "serial" : "parallel";
  const kernel = new Kernel(name, texts, { ...BOUND, width, rows });
  made.set(name, kernel);
  return kernel;
}

function templateOf(technique: Technique): KernelText | undefined {
  switch (technique) {
    case "naive":
      return recurrent.recurrent_naive;
    case "apart_naive":
      return recurrent.recurrent_apart_naive;
    case "whole_rows_serial":
    case "whole_rows_parallel":
      return recurrent.recurrent_whole_rows;
    case "persistent":
      return recurrent.recurrent_persistent;
    case "apart_persistent":
      return recurrent.recurrent_apart_persistent;
    case "lanes_fours":
    case "lanes_numbers":
      return recurrent.recurrent_lanes;
    case "apart_lanes_fours":
    case "apart_lanes_numbers":
      return recurrent.recurrent_apart_lanes;
    default:
      return software.loaded?.[technique];
  }
}

const hashes = new WeakMap<readonly KernelText[], string>();

/** 64 bits of what texts say, for names of kernels: FNV-1a (Fowler, Noll and Vo), and the same with another factor. */
export function hashOf(texts: readonly KernelText[]): string {
  const known = hashes.get(texts);
  if (known !== undefined) return known;
  let [first, second] = [0x811c9dc5, 0x050c5d1f];
  for (const text of texts.map((each) => withoutNames(each.text))) {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      first = Math.imul(first ^ code, 0x01000193);
      second = Math.imul(second ^ code, 0x9e3779b1);
    }
  }
  const hash = (first >>> 0).toString(36) + (second >>> 0).toString(36);
  hashes.set(texts, hash);
  return hash;
}
