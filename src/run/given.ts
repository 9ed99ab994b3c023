import { DataError } from "../errors.ts";
import { Tensor, type TensorData } from "../gpu/tensor.ts";
import type { DType } from "../graph/shape.ts";
import { nearestName, show } from "../options.ts";
import { requireDepth } from "./inputs.ts";

/** Who is given data, and what that is called there. */
export interface Receiver {
  readonly op: string;
  readonly what: "input" | "tensor";
}

/**
 * What is given for each of `names` (paths such as `state.h`), by name; null and undefined count as not given. Throws
 * DataError for what belongs to none of them.
 */
export function givenData(
  { op, what }: Receiver,
  names: ReadonlyMap<string, unknown>,
  data: unknown,
): Map<string, TensorData> {
  const all = [...names.keys()];
  const given = new Map<string, TensorData>();
  const visit = (tree: unknown, path: string, depth: number): void => {
    if (tree === undefined || tree === null) return;
    if (names.has(path)) {
      given.set(path, tree as TensorData);
      return;
    }
    const below = path === "" ? all : all.filter((name) => name.startsWith(`${path}.`));
    if (isOpened(tree) && Object.keys(tree).length === 0) return;
    if (path !== "" && below.length === 0) throw unknown(op, what, path, all);
    if (!isOpened(tree)) {
      const where = path ? `${what} ${path}` : "what is given";
      throw new DataError(`${op}: ${where} is ${show(tree)}, expected an object with ${below.join(", ") || "nothing"}`);
    }
    requireDepth(op, depth);
    for (const [key, sub] of Object.entries(tree)) visit(sub, path ? `${path}.${key}` : key, depth + 1);
  };
  visit(data, "", 0);
  return given;
}

/**
 * Data for each input of a program, in its order; undefined where the input's default stands for it. `kept` are those that
 * keep what they hold when they are not given. Throws DataError for an input that is missing, and for what is none.
 */
export function givenInputs(
  op: string,
  inputs: ReadonlyMap<string, { readonly dtype: DType; readonly default?: number }>,
  data: unknown,
  kept: ReadonlySet<string> = new Set(),
): Map<string, TensorData | undefined> {
  const given = givenData({ op, what: "input" }, inputs, data);
  const complete = new Map<string, TensorData | undefined>();
  for (const [name, port] of inputs) {
    if (!given.has(name) && kept.has(name)) continue;
    complete.set(name, given.get(name));
    if (!given.has(name) && port.default === undefined) {
      throw new DataError(
        `${op}: input ${name} is missing, expected one for each of ${[...inputs.keys()].join(", ")}; where one may be left out, its spec declares what stands for it, as float32(shape, { default: 0 }) does`,
      );
    }
  }
  return complete;
}

const isOpened = (tree: unknown): tree is object =>
  typeof tree === "object" && !(tree instanceof Tensor) && !ArrayBuffer.isView(tree);

function unknown(op: string, what: string, name: string, all: readonly string[]): DataError {
  const nearest = nearestName(name, all);
  return new DataError(
    `${op}: there is no ${what} ${name}, expected ${all.join(", ") || "none"}${nearest ? `; is it ${nearest}?` : ""}`,
  );
}
