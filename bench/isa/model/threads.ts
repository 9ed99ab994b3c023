// How many threads a kernel's workgroups have, by its text.
import { kernels } from "../../../src/kernels/generated/all.ts";
import type { Kernel } from "../../../src/kernels/kernel.ts";
import { specialize } from "../../../src/kernels/specialize.ts";

/** Threads of a kernel's workgroup: its WORKGROUP_SIZE, from constants that are sums and products of others. */
export function threadsOf(name: string, variant: string): number {
  const { manifest } = Object.values(kernels as Record<string, Kernel>).find(
    (kernel) => kernel.name === name,
  ) as Kernel;
  const { code, constants } = specialize(manifest, variant);
  const known = new Map<string, number>(Object.entries(constants));
  const sizes =
    /@workgroup_size\(([^)]*)\)/
      .exec(code)?.[1]
      ?.split(",")
      .filter((size) => size.trim()) ?? [];
  const declared = new Map(
    [...code.matchAll(/^(?:const|override) (\w+)(?:: \w+)? = (.*?);/gm)].map(([, name, text]) => [
      name as string,
      text as string,
    ]),
  );
  const numberOf = (text: string): number => {
    const plain = text.replace(/(\d)u\b/g, "$1").replace(/[A-Za-z_]\w*/g, (word) => {
      if (word === "select" || word === "true" || word === "false" || word === "min" || word === "max") return word;
      if (!known.has(word)) known.set(word, numberOf(declared.get(word) ?? "NaN"));
      return String(known.get(word));
    });
    // of this project's own kernels alone
    const run = new Function("select", "min", "max", `return Number(${plain})`);
    return Math.floor(run((no: number, yes: number, is: boolean) => (is ? yes : no), Math.min, Math.max));
  };
  return sizes.reduce((product, size) => product * numberOf(size), 1);
}
