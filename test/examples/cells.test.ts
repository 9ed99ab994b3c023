// The zoo of cells against float64 loops over the papers' formulas: outputs, states, and every gradient.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { papers } from "../../examples/cells/help.mjs";
import { zoo } from "../../examples/cells/zoo/index.ts";
import { root } from "../../harness/setup/paths.mjs";
import { add, compile, exp, float32, gradients, mul, sum, type Value } from "../../src/node.ts";
import { array, type NdArray, uniform } from "../reference/array.ts";
import { slopes } from "../reference/differences.ts";
import { device } from "../support/device.ts";
import { plus, type Tolerance, tolerance } from "../support/tolerance.ts";
import { references, type State, type Weights } from "./cells-reference.ts";

type Name = keyof typeof papers;
type Parts = Readonly<Record<string, Value>>;

const [steps, batch, inputs, units] = [5, 2, 3, 8];
const shape = [batch, units];

/** The names of what a state holds; of a state that is one value there is one. */
const states: Readonly<Partial<Record<Name, readonly string[]>>> = {
  cifg: ["h", "c"],
  mLstm: ["h", "c"],
  sLstm: ["h", "c", "n", "m"],
  coRnn: ["y", "z"],
  lem: ["y", "z"],
};
/** What of a state is compared, where that is not all: m alone says nothing, as c and n are by exp(m) smaller. */
const compared: Readonly<Partial<Record<Name, (end: Parts) => Value[]>>> = {
  sLstm: ({ h, c, n, m }) => [h, mul(c as Value, exp(m as Value)), mul(n as Value, exp(m as Value))] as Value[],
};

/** xs, the state and the weights → outputs [steps, batch, units], and the state after. */
function oracle(name: Name, keys: readonly string[], parameters: readonly string[]) {
  return ([xs, ...rest]: readonly NdArray[]): NdArray[] => {
    const weights = Object.fromEntries(parameters.map((key, i) => [key, rest[keys.length + i]])) as Weights;
    const rowOf = ({ data }: NdArray, row: number, size: number) => [...data.slice(row * size, (row + 1) * size)];
    const ys = new Float64Array(steps * batch * units);
    const ends = (name === "sLstm" ? keys.slice(0, 3) : keys).map((key) => ({
      key,
      data: new Float64Array(batch * units),
    }));
    for (let row = 0; row < batch; row++) {
      const step = references[name](weights, units);
      let state: State = Object.fromEntries(keys.map((key, i) => [key, rowOf(rest[i] as NdArray, row, units)]));
      for (let t = 0; t < steps; t++) {
        const { y, after } = step(rowOf(xs as NdArray, t * batch + row, inputs), state, t);
        ys.set(y, (t * batch + row) * units);
        state = after;
      }
      for (const { key, data } of ends) data.set(state[key] ?? [], row * units);
    }
    return [array([steps, batch, units], ys), ...ends.map(({ data }) => array(shape, data))];
  };
}

function expectClose(what: string, got: number, want: number, size: number, { relative, absolute }: Tolerance) {
  if (!(Math.abs(got - want) <= relative * Math.abs(want) + absolute * size)) expect.soft(got, what).toBe(want);
}

const specOf = ({ shape }: NdArray) => float32(shape);
const numbersOf = ({ data }: NdArray) => Float32Array.from(data);

describe.each(Object.keys(zoo) as Name[])("%s", (name) => {
  test("gives what its formula gives, and the gradients of that", async () => {
    const cell = new zoo[name](inputs, units);
    const keys = states[name] ?? ["h"];
    const named = [...cell.namedParameters()].filter(([, parameter]) => parameter.trainable);
    const parameters = named.map(([key]) => key);
    const given = [
      uniform([steps, batch, inputs], 1, -2, 2),
      // a normaliser is positive
      ...keys.map((key, i) => uniform(shape, 2 + i, key === "n" ? 0.5 : -1, key === "n" ? 1.5 : 1)),
      ...named.map(([, { shape }], i) => uniform(shape, 10 + i, -0.7, 0.7)),
    ];
    const run = oracle(name, keys, parameters);
    const wanted = run(given);
    const cotangents = wanted.map(({ shape }, i) => uniform(shape, 100 + i, 0.5, 1.5));

    const [xs, ...rest] = given as [NdArray, ...NdArray[]];
    const start = rest.slice(0, keys.length);
    using program = await compile(device, cell, {
      inputs: { xs: specOf(xs), start: start.map(specOf), cotangents: cotangents.map(specOf) },
      fn: (values) => {
        const form = states[name] ? Object.fromEntries(keys.map((key, i) => [key, values.start[i]])) : values.start[0];
        const [ys, end] = cell.forward(values.xs, form);
        const ends = compared[name]?.(end as Parts) ?? (states[name] ? keys.map((key) => (end as Parts)[key]) : [end]);
        const outputs = [ys, ...ends] as Value[];
        const total = outputs.map((y, i) => sum(mul(y, values.cotangents[i] as Value))).reduce((a, b) => add(a, b));
        const sources = [values.xs, ...values.start, ...named.map(([, parameter]) => parameter)];
        return { outputs, slopes: gradients(total, sources) };
      },
    });
    cell.loadStateDict(
      device,
      new Map(named.map(([key, { shape }], i) => [key, { shape, data: numbersOf(rest[keys.length + i] as NdArray) }])),
      { strict: false },
    );
    const found = await program.run({
      xs: numbersOf(xs),
      start: start.map(numbersOf),
      cotangents: cotangents.map(numbersOf),
    });

    const forward = tolerance.recurrent(steps, units);
    for (const [i, want] of wanted.entries()) {
      const got = await found.outputs[i]?.read();
      for (const [at, value] of want.data.entries()) {
        expectClose(`output ${i}, ${at}`, got?.[at] as number, value, 1, forward);
      }
    }
    const backward = plus(forward, tolerance.differences);
    const sources = ["xs", ...keys.map((key) => `start ${key}`), ...parameters];
    for (const [i, source] of sources.entries()) {
      const got = await found.slopes[i]?.read();
      // a step of the loss is the sum of as many terms as there are steps and rows
      for (const { what, indices, direction, value } of slopes(run, given, cotangents, i, 8)) {
        const slope = indices.reduce((total, at, k) => total + (direction[k] as number) * (got?.[at] as number), 0);
        const size = direction.reduce((total, part) => total + Math.abs(part), 0) * steps * batch;
        expectClose(`gradient of ${source}, ${what}`, slope, value, size, backward);
      }
    }
    cell.dispose(device);
  });
});

test("a cell takes 25 lines at most", () => {
  const files = readFileSync(join(root, "examples/cells/zoo/index.ts"), "utf8").matchAll(/from "\.\/(.+)";/g);
  const long = [...files].map(([, file]) => {
    const text = readFileSync(join(root, "examples/cells/zoo", file as string), "utf8");
    return { file, lines: text.slice(text.indexOf("export class")).trim().split("\n").length };
  });
  expect(long.length).toBe(Object.keys(zoo).length);
  expect(long.filter(({ lines }) => lines > 25)).toEqual([]);
});
