import { DataError, DtypeError } from "../errors.ts";
import type { Tensor, TensorData } from "../gpu/tensor.ts";
import { InputValue } from "../graph/leaves.ts";
import { checkShape, type NamedSpec, type Spec } from "../graph/shape.ts";
import { Value } from "../graph/value.ts";
import { checkArgument, finite, type Kind, oneOf, show } from "../options.ts";

/** Shapes and types of a program's inputs: specs in nested arrays and records (checked when inputs are made). */
export type SpecTree = object;

/** The symbolic values that stand for specs while a graph is traced. */
export type ValuesOf<S> = S extends NamedSpec ? Value : { [K in keyof S]: ValuesOf<S[K]> };

/**
 * The data that inputs of these specs take at run time. Specs that declare a default may be left out, and whole records and
 * arrays of such; a run throws for the others.
 */
export type DataOf<S> = S extends NamedSpec
  ? TensorData
  : S extends readonly unknown[]
    ? { [K in keyof S]: DataOf<S[K]> }
    : { [K in keyof S as S[K] extends Required ? K : never]: DataOf<S[K]> } & {
        [K in keyof S as S[K] extends Required ? never : K]?: DataOf<S[K]> | undefined;
      };

/** A spec without a default. */
type Required = NamedSpec & { readonly default?: never };

/** Names of the extents that have one. */
export type ExtentNames<S> = S extends { readonly shape: readonly (infer E)[]; readonly dtype: string }
  ? Extract<E, string>
  : S extends readonly (infer Each)[]
    ? ExtentNames<Each>
    : { [K in keyof S]: ExtentNames<S[K]> }[keyof S];

/** Data for any of these specs. */
export type PartialDataOf<S> = S extends NamedSpec ? TensorData : { [K in keyof S]?: PartialDataOf<S[K]> | undefined };

/** The tensors that outputs of these values become. */
export type TensorsOf<V> = V extends Value ? Tensor : { [K in keyof V]: TensorsOf<V[K]> };

/** @internal What an option for specs may be; `makeInputs` checks what is in it. */
export const specTree: Kind = {
  expected: "specs in a record or array",
  fits: (tree) => typeof tree === "object" && tree !== null,
};

/** @internal */
export const isSpec = (tree: unknown): tree is Spec =>
  typeof tree === "object" && tree !== null && "dtype" in tree && "shape" in tree;

/** @internal */
export const pathOf = (path: string, key: string): string => (path ? `${path}.${key}` : key);

/** @internal Makes an input for each spec, named by its path (`state.h`). */
export function makeInputs<S extends SpecTree>(specs: S): { values: ValuesOf<S>; inputs: InputValue[] } {
  const { values, inputs } = inputsAt(specs, "");
  return { values: values as ValuesOf<S>, inputs };
}

/** @internal Throws DataError where one of `inputs` declares a default other than zeros, with which it begins anyway. */
export function requireZeroDefaults(where: string, inputs: readonly InputValue[]): void {
  const other = inputs.find((input) => (input.default ?? 0) !== 0);
  if (other) {
    throw new DataError(
      `${where}: ${other.name || "the tensor"} declares the default ${other.default}, expected 0 or none, because it begins as zeros; leave the default out`,
    );
  }
}

function inputsAt(specs: unknown, path: string, depth = 0): { values: unknown; inputs: InputValue[] } {
  if (isSpec(specs)) {
    checkSpec(path, specs);
    if (specs.dtype === "float16") {
      throw new DtypeError(
        `inputs: ${path || "the input"} is float16, expected float32; store it in 16 bits inside by toFloat16`,
      );
    }
    const input = new InputValue(path, specs);
    return { values: input, inputs: [input] };
  }
  const inputs: InputValue[] = [];
  if (typeof specs !== "object" || specs === null) {
    throw new DataError(`inputs: ${path || "inputs"} is ${show(specs)}, expected a spec such as float32([32, 10])`);
  }
  requireDepth("inputs", depth);
  const build = (key: string, sub: unknown) => {
    const made = inputsAt(sub, pathOf(path, key), depth + 1);
    inputs.push(...made.inputs);
    return made.values;
  };
  const entries = Object.entries(specs).map(([key, sub]) => [key, build(key, sub)] as const);
  const values: unknown = Array.isArray(specs) ? entries.map(([, value]) => value) : Object.fromEntries(entries);
  return { values, inputs };
}

/** @internal Values of a tree by path. */
export function namedValues(
  tree: unknown,
  path = "",
  into: Record<string, Value> = Object.create(null),
  depth = 0,
): Record<string, Value> {
  if (tree instanceof Value) into[path || "output"] = tree;
  else if (tree && typeof tree === "object") {
    requireDepth("outputs", depth);
    for (const [key, sub] of Object.entries(tree)) namedValues(sub, pathOf(path, key), into, depth + 1);
  }
  return into;
}

/** Deeper than any inputs or outputs; what is, is most likely a circle. */
const DEEPEST = 64;

/** @internal Throws DataError for a tree of more levels than any has that is meant. */
export function requireDepth(what: string, depth: number): void {
  if (depth < DEEPEST) return;
  throw new DataError(`${what}: more than ${DEEPEST} levels deep, expected arrays and records without circles`);
}

/** A spec may be written by hand. */
function checkSpec(path: string, { shape, dtype, default: value }: Spec & { readonly default?: unknown }): void {
  const where = `inputs: ${path || "the input"}`;
  checkShape(where, shape);
  checkArgument(where, "dtype", dtype, oneOf("float32", "int32", "uint32", "float16"));
  checkArgument(where, "default", value, finite);
}

/** @internal The tree with each value replaced by what `make` gives for its path. */
export function mapValues<V, R>(tree: V, make: (path: string) => R, path = ""): unknown {
  if (tree instanceof Value) return make(path || "output");
  if (Array.isArray(tree)) return tree.map((sub, i) => mapValues(sub, make, pathOf(path, String(i))));
  if (tree && typeof tree === "object") {
    return Object.fromEntries(Object.entries(tree).map(([key, sub]) => [key, mapValues(sub, make, pathOf(path, key))]));
  }
  return tree;
}
