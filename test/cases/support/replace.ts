import type { nn, Value } from "../../../src/index.ts";
import { type NdArray, uniform } from "../../reference/array.ts";

/** Puts values in the places of a module's parameters, nested ones too, so that they can be inputs like all others. */
export function replaceNested(module: nn.Module, values: readonly Value[]): void {
  [...module.namedParameters()].forEach(([name], i) => {
    const path = name.split(".");
    const last = path.pop() as string;
    const holder = path.reduce((at, key) => (at as Record<string, object>)[key] as object, module as object);
    Object.assign(holder, { [last]: values[i] });
  });
}

/** Numbers for all parameters by name, of the order that layers start with. */
export function numbersFor(module: nn.Module, seed = 50): Map<string, NdArray> {
  return new Map(
    [...module.namedParameters()].map(([name, { shape }], i) => {
      const bound = Math.min(1, 1.5 / Math.sqrt(shape.at(-1) as number));
      return [name, uniform(shape, seed + i, -bound, bound)];
    }),
  );
}
