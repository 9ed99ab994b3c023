import { DataError } from "../errors.ts";
import { reachableLeaves } from "../graph/order.ts";
import { Parameter } from "../graph/parameter.ts";
import { formatShape } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { type Model, namedParameters } from "./module.ts";

/**
 * The model's parameters, in their order. Throws DataError where the results depend on one that is not among them: it would
 * be used, or trained, and never be saved.
 */
export function parametersOf(op: string, model: Model | null, results: readonly Value[]): Parameter[] {
  const parameters = [...namedParameters(model).values()];
  const named = new Set<Value>(parameters);
  const foreign = reachableLeaves(results).filter((leaf) => leaf instanceof Parameter && !named.has(leaf));
  if (foreign.length === 0) return parameters;
  const shapes = foreign.slice(0, 3).map(({ shape }) => formatShape(shape));
  const found = `${foreign.length === 1 ? "a parameter" : `${foreign.length} parameters`} of shape ${shapes.join(", ")}${foreign.length > shapes.length ? ", …" : ""}`;
  throw new DataError(
    model === null
      ? `${op}: the function uses ${found}, expected none because the model is null; give the module they belong to, or a record or array of modules, in its place`
      : `${op}: the function uses ${found} that the model does not name, expected each in its fields; private fields (#name), closures and objects that are no modules are not searched: make the modules public fields, or give them as well, { model, other }`,
  );
}
