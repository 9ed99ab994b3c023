// What decoders do around their programs: pieces of prompts, moves, resets, checks. The programs are lists of tokens.
import { beforeEach, describe, expect, it, vi } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { createRecurrentDecoder } from "../../src/generate/recurrent-decoder.ts";
import type { Value } from "../../src/graph/value.ts";
import { float32, zeros } from "../../src/index.ts";
import {
  BATCH,
  exercise,
  expectLogits,
  logitsOf,
  refusals,
  takesTurns,
  tokensOf,
  VOCABULARY,
  wrongParents,
} from "./decoder-support.ts";
import { type FakeDevice, fakeDevice, held, rowsOf } from "./fake-programs.ts";

vi.mock("../../src/nn/compile.ts", async () => ({ compile: (await import("./fake-programs.ts")).fakeCompile }));
vi.mock("../../src/run/state.ts", async () => ({ State: (await import("./decoder-support.ts")).FakeState }));

describe("a recurrent decoder", () => {
  let device: FakeDevice;
  beforeEach(() => {
    device = fakeDevice({
      programs: [],
      run(inputs, { tokens, parents, state }) {
        const before = (state as { rows: number[][] } | undefined)?.rows;
        if (inputs.includes("parents"))
          return { state: { rows: Array.from(parents as Int32Array, (parent) => before?.[parent]) } };
        // a program for beginnings has no state, the other has one
        expect(before !== undefined).toBe(inputs.includes("state"));
        const fed = rowsOf(tokens as Int32Array, BATCH);
        const rows = fed.map((row, i) => [...(before?.[i] ?? []), ...row]);
        return { logits: held(logitsOf(rows)), state: { rows } };
      },
    });
  });
  const make = (options: object = {}) =>
    createRecurrentDecoder(device as never, null, {
      batch: BATCH,
      state: { h: float32([2, BATCH, 4]), c: float32([BATCH, 6]) },
      forward: (tokens: Value, state: unknown) => [
        zeros([BATCH, tokens.shape[1] as number, VOCABULARY]),
        (state ?? { h: zeros([2, BATCH, 4]), c: zeros([BATCH, 6]) }) as never,
      ],
      ...options,
    } as never);

  it("gives what lies behind all tokens, whatever the pieces", async () => {
    const decoder = await make();
    expect([decoder.batch, decoder.vocabulary]).toEqual([BATCH, VOCABULARY]);
    await exercise(decoder, [1, 2, 3, 64, 7, 65, 63, 128, 131]);
    await refusals(decoder, device);
    await wrongParents(decoder);
    expect(device.programs.every(({ outputs }) => outputs["state.h"]?.join() === "2,3,4")).toBe(true);
    expect(device.programs.every(({ outputs }) => outputs["state.c"]?.join() === "3,6")).toBe(true);
  });

  it("feeds pieces of 64, 32, … 1, each by one program, and compiles none twice", async () => {
    const decoder = await make();
    // a step is compiled at first: it tells the vocabulary
    expect(device.programs.map(({ inputs }) => inputs)).toEqual([
      { tokens: [BATCH, 1], "state.h": [2, BATCH, 4], "state.c": [BATCH, 6] },
    ]);
    await decoder.prefill(tokensOf(BATCH, 64 + 64 + 32 + 4 + 1));
    const lengths = () => device.programs.flatMap(({ inputs, runs }) => runs.map(() => inputs.tokens?.[1]));
    expect(lengths().sort()).toEqual([1, 32, 4, 64, 64]);
    expect(device.programs).toHaveLength(5);
    expect(device.programs.map(({ outputs }) => outputs.logits)).toEqual(new Array(5).fill([BATCH, 1, VOCABULARY]));
    // nothing to move: no program
    decoder.reset();
    await decoder.reorder(Int32Array.of(2, 1, 0));
    expect(device.programs).toHaveLength(5);
    await decoder.step(tokensOf(BATCH, 1));
    await decoder.reorder(Int32Array.of(2, 1, 0));
    await decoder.reorder(Int32Array.of(2, 1, 0));
    expect(device.programs).toHaveLength(7);
  });

  it("frees its programs, also those that are compiled by then, and runs no more", async () => {
    const decoder = await make();
    await decoder.step(tokensOf(BATCH, 1));
    const late = decoder.prefill(tokensOf(BATCH, 8));
    decoder.dispose();
    await late.catch(() => {});
    expect(device.programs.map(({ disposed }) => disposed)).toEqual([true, true, true]);
    await expect(decoder.step(tokensOf(BATCH, 1))).rejects.toThrow("step: the decoder was disposed of");
  });

  it("compiles again what failed to", async () => {
    const decoder = await make();
    device.failures = 1;
    await expect(decoder.step(tokensOf(BATCH, 1))).rejects.toThrow("compiling fails");
    expectLogits(await decoder.step(tokensOf(BATCH, 1)), rowsOf(tokensOf(BATCH, 1), BATCH));
    device.failures = 1;
    await expect(decoder.reorder(Int32Array.of(0, 1, 2))).rejects.toThrow("compiling fails");
    await decoder.reorder(Int32Array.of(0, 1, 2));
  });

  it("has calls run in their order, with what they were given", async () => {
    await takesTurns(await make(), device, logitsOf);
  });

  it("counts sequences along the axis that is said, else along 1 where there are three and 0 where not", async () => {
    const state = (...shapes: number[][]) => ({ state: shapes.map((shape) => float32(shape)), forward: () => [] });
    const refused = async (options: object, text: string) => {
      await expect(make(options)).rejects.toThrow(ShapeError);
      await expect(make(options)).rejects.toThrow(text);
    };
    await refused(state([BATCH, 2, 4]), "state.0 has shape [3, 2, 4], expected batch 3 along axis 1");
    await refused(state([BATCH, 1], [2, BATCH]), "state.1 has shape [2, 3], expected batch 3 along axis 0");
    await refused({ ...state([BATCH, 2]), batchAxis: 1 }, "[3, 2], expected batch 3 along axis 1");
    const last = { state: float32([2, BATCH]), batchAxis: 1 };
    const forward = (tokens: Value) => [zeros([BATCH, tokens.shape[1] as number, 2]), zeros([2, BATCH])];
    await expect(make({ ...last, forward })).resolves.toMatchObject({ vocabulary: 2 });
  });

  it.each<[number[], number[], string]>([
    [[BATCH, VOCABULARY], [BATCH, 4], "logits of shape [3, 5], expected [3, 1, vocabulary]"],
    [[2, 1, VOCABULARY], [BATCH, 4], "logits of shape [2, 1, 5]"],
    [[BATCH, 2, VOCABULARY], [BATCH, 4], "logits of shape [3, 2, 5]"],
    [[BATCH, 1, VOCABULARY, 1], [BATCH, 4], "logits of shape [3, 1, 5, 1]"],
    [[BATCH, 1, VOCABULARY], [BATCH, 5], "gives state of shape [3, 5], expected [3, 4] as its spec says"],
  ])("refuses a model that gives logits %j and a state %j", async (shape, next, text) => {
    const made = make({ state: { state: float32([BATCH, 4]) }.state, forward: () => [zeros(shape), zeros(next)] });
    await expect(made).rejects.toThrow(text);
  });

  it("refuses a model that leaves out a part of its state", async () => {
    const forward = () => [zeros([BATCH, 1, VOCABULARY]), { h: zeros([2, BATCH, 4]) }];
    await expect(make({ forward })).rejects.toThrow("forward gives state.c nowhere, expected [3, 6]");
  });
});
