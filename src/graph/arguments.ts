/** What functions of values may be given. */
import { checkArgument, instanceOf, type Kind, listOf, object, required } from "../options.ts";
import { sizeOf } from "./shape.ts";
import { Value } from "./value.ts";

/** May be left out. */
export const optionalValue: Kind = instanceOf(Value, "a value: an input, a parameter, or what an operation gives");
export const aValue: Kind = required(optionalValue);
export const valueList: Kind = required(listOf(aValue, "values"));

/** Extents that are there, and that 53 bits can count the elements of. */
export const aShape: Kind = {
  expected: "an array of positive integers",
  required: true,
  fits: (shape) =>
    Array.isArray(shape) &&
    Array.from(shape).every((extent) => Number.isSafeInteger(extent) && extent > 0) &&
    sizeOf(shape) <= Number.MAX_SAFE_INTEGER,
};

/** Throws ArgumentError unless each of them, by name, is a value. */
export function requireValues(where: string, values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) checkArgument(where, name, value, aValue);
}

/** Throws ArgumentError unless each of them that is given is a value. */
export function allowValues(where: string, values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) checkArgument(where, name, value, optionalValue);
}

/** Throws ArgumentError unless `record` has these fields, each of its kind. It may have others: it is data, not options. */
export function requireFields(
  where: string,
  name: string,
  record: object,
  kinds: Readonly<Record<string, Kind>>,
): void {
  checkArgument(where, name, record, required(object));
  for (const [field, kind] of Object.entries(kinds)) {
    checkArgument(where, `${name}.${field}`, (record as Record<string, unknown>)[field], kind);
  }
}
