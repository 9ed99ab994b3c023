/** Values by name, as operations take and give them. */
import type { Each, Named, Value } from "./value.ts";

/** By name: one, several in a row, or one that is not there. */
type Places<T> = Readonly<Record<string, T | undefined | readonly T[]>>;

/** What `make` makes of each of them, and of what stands in its place in `others`. */
export function forEachNamed<Values, T>(values: Values, make: (value: Value) => T): Each<Values, T>;
export function forEachNamed<Values, T, Other>(
  values: Values,
  make: (value: Value, other: Other) => T,
  others: Each<Values, Other>,
): Each<Values, T>;
export function forEachNamed<Values>(values: Values, make: (value: Value, other: unknown) => unknown, others = {}) {
  return inPlaces(values as Places<Value>, make, others);
}

export function inPlaces<From, To, Other>(
  values: Places<From>,
  make: (value: From, other: Other | undefined) => To,
  others: Places<Other> = {},
): Places<To> {
  const inPlace = (name: string, given: From | undefined | readonly From[]) => {
    const other = others[name];
    if (Array.isArray(given)) return given.map((value, i) => make(value, (other as readonly Other[] | undefined)?.[i]));
    return given === undefined ? undefined : make(given as From, other as Other | undefined);
  };
  return Object.fromEntries(Object.entries(values).map(([name, given]) => [name, inPlace(name, given)])) as Places<To>;
}

/** The values that there are, in order. */
export const listOf = (values: Named): Value[] => Object.values(values).flatMap((given) => given ?? []);

/** The values that there are, in order, with what stands in their places elsewhere. */
export function pairsOf<T>(values: Named, others: Places<T>): [Value, T | undefined][] {
  const pairs: [Value, T | undefined][] = [];
  inPlaces(values, (value: Value, other: T | undefined) => pairs.push([value, other]), others);
  return pairs;
}
