import { checkExtents, type NamedSpec, type Spec } from "../../graph/shape.ts";
import { isSpec, pathOf, requireDepth } from "../inputs.ts";
import type { Sizes } from "./types.ts";

/** A spec of an input, whose extents may have names. */
export type InputSpec = NamedSpec & { readonly default?: number };

/** Specs by their path (`state.h`), with their names not yet replaced. */
export function namedSpecs(specs: unknown): Map<string, InputSpec> {
  const found = new Map<string, InputSpec>();
  const visit = (tree: unknown, path: string, depth: number): void => {
    if (isSpec(tree)) {
      checkExtents(`inputs: ${path || "the input"}`, tree.shape);
      found.set(path, tree);
      return;
    }
    // what is no spec is told of where inputs are made
    if (typeof tree !== "object" || tree === null) return;
    requireDepth("inputs", depth);
    for (const [key, sub] of Object.entries(tree)) visit(sub, pathOf(path, key), depth + 1);
  };
  visit(specs, "", 0);
  return found;
}

/** Names of extents in the order in which they come first. */
export function namesIn(specs: Iterable<InputSpec>): string[] {
  const names = [...specs].flatMap(({ shape }) => shape.filter((extent) => typeof extent === "string"));
  return [...new Set(names)];
}

/** The same specs in their records and arrays, with numbers in place of names. */
export function sizedSpecs<S>(specs: S, sizes: Sizes): S {
  if (isSpec(specs)) return sizedSpec(specs, sizes) as S;
  if (Array.isArray(specs)) return specs.map((sub) => sizedSpecs(sub, sizes)) as S;
  if (typeof specs !== "object" || specs === null) return specs;
  return Object.fromEntries(Object.entries(specs).map(([key, sub]) => [key, sizedSpecs(sub, sizes)])) as S;
}

export function sizedSpec<T extends NamedSpec>(spec: T, sizes: Sizes): T & Spec {
  const shape = spec.shape.map((extent) => (typeof extent === "string" ? (sizes[extent] as number) : extent));
  return { ...spec, shape };
}
