// What the model takes of the table: a kernel's loop, by Tint, in place of the card's own. Weights of 16 bits are turned into 32 before
// they are multiplied on NVIDIA's cards, as on vega10, and not as on navi31.
import { kernels } from "../../../src/kernels/generated/all.ts";
import type { Gpu } from "../measure.ts";
import { readTable } from "../table.ts";
import type { Instructions, InstructionsOf } from "./predict.ts";
import { threadsOf } from "./threads.ts";

/** By kernel and variant, `lstm_lanes_fours_forward default`. */
export type InstructionTable = Readonly<Record<string, Instructions & { readonly threads: number }>>;

export const instructionsOf = (gpu: Gpu = "navi31"): InstructionsOf => {
  const rows = new Map(rowsOf(gpu).map((row) => [`${row.kernel} ${row.variant}`, row]));
  return (kernel, variant) => rows.get(`${kernel} ${variant}`);
};

/** As data, for a machine without the table: of kernels that have a file. */
export const instructionTable = (): InstructionTable =>
  Object.fromEntries(
    [...rowsOf("navi31").filter(isWhole), ...rowsOf("vega10").filter((row) => !isWhole(row))]
      .filter(({ kernel }) => kernel in kernels)
      .map(({ kernel, variant, issued, multiplyAdds, vgprs }) => [
        `${kernel} ${variant}`,
        { issued, multiplyAdds, vgprs, threads: threadsOf(kernel, variant) },
      ]),
  );

const isWhole = ({ variant }: { readonly variant: string }): boolean => !variant.endsWith("float16");

const rowsOf = (wanted: Gpu) =>
  [...readTable().values()].flat().filter(({ gpu, compiler }) => gpu === wanted && compiler === "tint");
