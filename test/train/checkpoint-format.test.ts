// Checkpoints as bytes: plain data come back as they were, and what is no checkpoint is refused. Without a GPU.
import { describe, expect, test } from "vitest";
import { DataError } from "../../src/errors.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src/index.ts";
import { type CheckpointFields, decodeCheckpoint, encodeCheckpoint } from "../../src/train/checkpoint/format.ts";
import { formatPlain, parsePlain } from "../../src/train/checkpoint/plain-data.ts";

/** A record in a record, and so on. */
const nested = (depth: number): unknown => (depth === 0 ? 1 : { in: nested(depth - 1) });
const arrays = (depth: number): unknown => (depth === 0 ? 1 : [arrays(depth - 1)]);

describe("plain data", () => {
  test.each([
    [[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 1e-300, 2 ** 53]],
    [{ a: [null, true, "NaN", { b: [] }], c: {} }],
    [null],
    ["$number"],
    [-0],
    [nested(100)],
    [arrays(100)],
  ])("%o there and back", (data) => {
    expect(parsePlain(formatPlain("test", data))).toEqual(data);
  });

  test("without what is undefined, and of records that inherit nothing", () => {
    const bare = Object.assign(Object.create(null), { a: 1 });
    expect(parsePlain(formatPlain("test", { a: undefined, b: bare }))).toEqual({ b: { a: 1 } });
    // what nobody wrote as a number stays as it is
    expect(parsePlain('{ "$number": 3 }')).toEqual({ $number: 3 });
  });

  test.each<readonly [unknown, string]>([
    [undefined, "test: the state is undefined, expected plain data"],
    [{ a: [1, new Date(0)] }, "the state.a.1 is a Date"],
    [new Array(1), "the state.0 is undefined"],
    [{ a: new Map() }, "the state.a is a Map"],
    [{ a: Float32Array.of(1) }, "the state.a is"],
    [{ a: () => 1 }, "the state.a is a function"],
    [[1n], "the state.0 is"],
    [{ $number: "1" }, "the state is an object"],
    [{ a: { $number: 1 } }, "the state.a is an object"],
    [nested(101), "expected plain data"],
    [arrays(101), "expected plain data"],
  ])("%o is refused", (data, text) => {
    expect(() => formatPlain("test", data)).toThrow(DataError);
    expect(() => formatPlain("test", data)).toThrow(text);
  });
});

const fields: CheckpointFields = {
  ...{ step: 3, skipped: 0, seed: -1, rate: null, learningRate: 0.1, machine: "a", choices: { matmul: "tiles" } },
  ...{ parts: { guard: null }, attached: {} },
};
const tensors = new Map([["model/w", { shape: [2], data: Float32Array.of(1, Number.NaN) }]]);
const written = () => encodeCheckpoint({ fields, tensors });

/** The checkpoint with other metadata. */
function edited(change: Record<string, string>): Uint8Array {
  const { tensors: own, metadata } = decodeSafetensors(written());
  return encodeSafetensors(own, { ...metadata, ...change });
}

describe("a checkpoint", () => {
  test("there and back", () => {
    const found = decodeCheckpoint(written(), "x");
    expect(found.fields).toEqual(fields);
    expect(found.tensors.get("model/w")).toMatchObject({ shape: [2], data: Float32Array.of(1, Number.NaN) });
    for (const change of [{ step: 0 }, { rate: 0 }, { rate: 2.5 }, { skipped: 2 }, { choices: {} }]) {
      expect(decodeCheckpoint(encodeCheckpoint({ fields: { ...fields, ...change }, tensors }), "x").fields).toEqual({
        ...fields,
        ...change,
      });
    }
  });

  test.each<Record<string, unknown>>([
    { step: -1 },
    { step: 0.5 },
    { step: "3" },
    { skipped: 0.5 },
    { seed: 2 ** 53 },
    { seed: undefined },
    { rate: -1 },
    { rate: Number.NaN },
    { rate: "0.1" },
    { machine: 3 },
    { choices: [] },
    { choices: null },
    { choices: { matmul: 1 } },
    { parts: "x" },
    { parts: undefined },
    { attached: [] },
  ])("whose %o is not as it is written", (change) => {
    const wrong = encodeCheckpoint({ fields: { ...fields, ...change } as never, tensors });
    expect(() => decodeCheckpoint(wrong, "run.safetensors")).toThrow(DataError);
    expect(() => decodeCheckpoint(wrong, "run.safetensors")).toThrow(
      "Trainer: resume: run.safetensors is damaged: its state is not as it is written, expected seqgrad checkpoint version 1",
    );
  });

  test.each<readonly [Record<string, string>, string]>([
    [{ format: "pt" }, "is a safetensors file, but no checkpoint"],
    [{ version: "2" }, 'has version "2", expected seqgrad checkpoint version 1; resume it with the version of seqgrad'],
    [{ state: "{" }, "is damaged: its state is no JSON"],
    [{ state: "[]" }, "its state is not as it is written"],
    [{ state: "null" }, "its state is not as it is written"],
  ])("%o is refused", (change, text) => {
    expect(() => decodeCheckpoint(edited(change), "x")).toThrow(DataError);
    expect(() => decodeCheckpoint(edited(change), "x")).toThrow(text);
  });
});
