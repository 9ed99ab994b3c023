// What a caller may pass by mistake, and the ways to put it into a valid call.
import { Value } from "../../src/index.ts";
import { input } from "../plan/support.ts";

/** By what it is, for messages. Fresh ones each time: nothing may be changed by a call before. */
export const hostileValues = (): Readonly<Record<string, unknown>> => ({
  undefined: undefined,
  null: null,
  NaN: Number.NaN,
  "-1": -1,
  "0": 0,
  "1.5": 1.5,
  "1e9": 1e9,
  Infinity: Number.POSITIVE_INFINITY,
  "1n": 1n,
  '"abc"': "abc",
  '"__proto__"': "__proto__",
  "a symbol": Symbol("hostile"),
  "{}": {},
  "no prototype": Object.create(null),
  __proto__: JSON.parse('{"__proto__": {"dropout": 2}}'),
  "[]": [],
  "[1.5]": [1.5],
  "[0]": [0],
  "[-3]": [-3],
  "[null]": [null],
  "nested too deep": nest(20_000),
  "a function": () => 1,
  "an async function": async () => 1,
  "a promise": Promise.resolve(1),
  "a Date": new Date(0),
  "a Float32Array": Float32Array.of(1, Number.NaN),
  "an Int32Array": Int32Array.of(-1, 2 ** 31 - 1),
  "a scalar": input([]),
  "int32 [2]": input([2], "int32"),
  "float32 [1, 1, 1, 1, 1]": input([1, 1, 1, 1, 1]),
  "float32 [3, 7]": input([3, 7]),
  "an array of values": [input([2]), input([3])],
});

function nest(depth: number): unknown {
  let nested: unknown = [1];
  for (let i = 0; i < depth; i++) nested = [nested];
  return nested;
}

export interface Mistake {
  /** `argument 1.dropout` */
  readonly place: string;
  readonly what: string;
  readonly args: readonly unknown[];
}

/** The arguments with one of them, or one field of one that is an options object, replaced by each of `values`. */
export function* mistakes(args: readonly unknown[], values = hostileValues): Generator<Mistake> {
  for (const [i, own] of args.entries()) {
    const place = `argument ${i}`;
    for (const [what, value] of Object.entries(values())) yield { place, what, args: args.with(i, value) };
    if (!isOptions(own)) continue;
    yield { place, what: "an unknown option", args: args.with(i, { ...own, nonsense: 1 }) };
    for (const key of Object.keys(own)) {
      for (const [what, value] of Object.entries(values())) {
        yield { place: `${place}.${key}`, what, args: args.with(i, { ...own, [key]: value }) };
      }
    }
  }
  yield { place: "arguments", what: "none", args: [] };
  yield { place: "arguments", what: "some to spare", args: [...args, 1, "abc"] };
}

export const isOptions = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" &&
  value !== null &&
  !(value instanceof Value) &&
  [Object.prototype, null].includes(Object.getPrototypeOf(value));
