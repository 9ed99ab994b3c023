// What a checkpoint holds of a fit comes back as it was, and what fit asks of data sets. Without a GPU.
import { expect, test } from "vitest";
import { DataError } from "../../src/errors.ts";
import { formatPlain, parsePlain } from "../../src/train/checkpoint/plain-data.ts";
import { knowsPosition, positionOf, restorePosition } from "../../src/train/fit/data.ts";
import { namedCallbacks, parseState, toPlain } from "../../src/train/fit/saved.ts";

const metrics = {
  confusion: [Float64Array.of(1.5, -0), Int32Array.of(2, 3)],
  table: { rows: [{ of: Float32Array.of(0.25) }, "x", null], shape: [2, 2] },
  plain: 0.5,
};
const event = {
  ...{ epoch: 1, step: 2, loss: 3, trainingMetrics: {}, validationLoss: 4, metrics, learningRate: 5 },
  seconds: 6,
};
const state = { history: [toPlain(event)], started: [], callbacks: {}, delivering: null, steps: 3 };

test("metrics of numbers, arrays and records of them", () => {
  const saved = parsePlain(formatPlain("test", { ...state, history: [toPlain(event)] }));
  const parsed = parseState("fit", saved);
  expect(parsed.history).toEqual([event]);
  expect(parsed.steps).toBe(3);
  const views = new Uint8Array(2);
  expect(toPlain(views)).toBe(views);
});

test("logs have an epoch's numbers in one order, also without validation, and where callbacks are being told", () => {
  const { validationLoss: _, ...unvalidated } = event;
  const delivering = { kind: "epoch", event: toPlain(unvalidated), from: 1 };
  const parsed = parseState("fit", { ...state, history: [toPlain(unvalidated)], delivering });
  for (const each of [parsed.history[0], parsed.delivering?.event]) {
    expect(Object.keys(each as object)).toEqual(Object.keys(event));
  }
  expect(parsed.delivering?.from).toBe(1);
  const step = { kind: "step", event: { step: 1 }, from: 0 };
  expect(parseState("fit", { ...state, delivering: step }).delivering).toEqual(step);
});

test.each([
  [null],
  ["state"],
  [{ ...state, history: {} }],
  [{ ...state, started: undefined }],
  [{ ...state, callbacks: 3 }],
])("%j is no state of a fit", (saved) => {
  expect(() => parseState("own", saved)).toThrow(DataError);
  expect(() => parseState("own", saved)).toThrow('under the name "own" is not of fit');
});

test("callbacks of the same name are numbered, and those that remember nothing have none", () => {
  const remembering = (name?: string) => ({ state: () => null, ...(name && { name }) });
  const [a, b, c, d] = [remembering("log"), remembering("log"), remembering("log"), remembering()];
  const named = namedCallbacks([a, { name: "log" }, b, d, c]);
  expect([...named]).toEqual([
    ["log", a],
    ["log 2", b],
    ["callback", d],
    ["log 3", c],
  ]);
});

test("data know where they stand only where they can be told, too", () => {
  const at: unknown[] = [];
  const batches = { *[Symbol.iterator]() {} };
  const restore = (position: unknown) => void at.push(position);
  const known = { ...batches, state: 7, restore };
  const called = { ...batches, state: () => ({ at: 7 }), restore };
  for (const unknown of [
    { ...batches, restore },
    { ...batches, state: 7 },
    batches,
    { ...known, restore: 3 },
  ] as const) {
    expect(knowsPosition(unknown as never)).toBe(false);
    expect(positionOf(unknown as never)).toBeNull();
    restorePosition(unknown as never, 7);
  }
  expect([positionOf(known), positionOf(called)]).toEqual([7, { at: 7 }]);
  expect(at).toEqual([]);
  restorePosition(known, 8);
  // what was saved of data that did not know
  restorePosition(known, null);
  expect(at).toEqual([8]);
});
