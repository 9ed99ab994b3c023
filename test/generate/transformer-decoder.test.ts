// What decoders do around their programs: pieces of prompts, moves, resets, checks. The programs are lists of tokens.
import { beforeEach, describe, expect, it, vi } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import { createTransformerDecoder } from "../../src/generate/transformer-decoder.ts";
import type { Value } from "../../src/graph/value.ts";
import { float32, int32, zeros } from "../../src/index.ts";
import { TransformerLM } from "../../src/nn/transformer/lm.ts";
import { standIn } from "../support/stand-in.ts";
import {
  BATCH,
  exercise,
  expectLogits,
  logitsOf,
  refusals,
  takesTurns,
  tokensOf,
  VOCABULARY,
} from "./decoder-support.ts";
import { type FakeDevice, fakeDevice, held, rowsOf } from "./fake-programs.ts";

vi.mock("../../src/nn/compile.ts", async () => ({ compile: (await import("./fake-programs.ts")).fakeCompile }));
vi.mock("../../src/run/state.ts", async () => ({ State: (await import("./decoder-support.ts")).FakeState }));

describe("a Transformer's decoder", () => {
  const CAPACITY = 300;
  let device: FakeDevice;
  beforeEach(() => {
    device = fakeDevice({
      programs: [],
      run(inputs, { tokens, parents }, state) {
        const cache = state as { rows: number[][] };
        const before = cache.rows;
        if (inputs.includes("parents")) {
          cache.rows = Array.from(parents as Int32Array, (parent) => [...(before[parent] as number[])]);
          return {};
        }
        cache.rows = rowsOf(tokens as Int32Array, BATCH).map((row, i) => [...(before[i] as number[]), ...row]);
        for (const row of cache.rows) expect(row.length).toBeLessThanOrEqual(CAPACITY);
        return { logits: held(logitsOf(cache.rows)) };
      },
    });
  });
  const model = standIn(TransformerLM, {
    vocabulary: VOCABULARY,
    maxLength: CAPACITY,
    cacheSpec: ({ batch, capacity }: { batch: number; capacity: number }) => ({
      length: int32([batch]),
      layers: [0, 1].map(() => ({
        key: float32([batch, 1, capacity, 4]),
        value: float32([batch, 1, capacity, 8]),
      })),
    }),
    decode: (_: Value, cache: unknown, { last }: { last: boolean }) => {
      expect(last).toBe(true);
      return [zeros([BATCH, 1, VOCABULARY]), cache];
    },
  });
  const make = (options: object = {}) =>
    createTransformerDecoder(device as never, model as never, { batch: BATCH, ...options });

  it("gives what lies behind all tokens, whatever the pieces", async () => {
    const decoder = await make();
    expect([decoder.batch, decoder.vocabulary, decoder.capacity]).toEqual([BATCH, VOCABULARY, CAPACITY]);
    expect([decoder.length, decoder.cacheBytes]).toEqual([0, 123]);
    await exercise(decoder, [1, 2, 127, 129]);
    expect(decoder.length).toBe(2);
    await refusals(decoder, device);
    expect(decoder.length).toBe(2);
    expect(device.programs.map(({ inputs }) => inputs.tokens?.[1]).filter((n) => n !== undefined)).toEqual([
      1, 2, 64, 32, 16, 8, 4, 128,
    ]);
    expect(device.programs.at(0)?.outputs["0.logits"]).toEqual([BATCH, VOCABULARY]);
  });

  it("has room for exactly its capacity", async () => {
    const decoder = await make({ capacity: 4 });
    await expect((async () => decoder.prefill(tokensOf(BATCH, 5)))()).rejects.toThrow(
      "prefill: 5 more tokens after 0, expected at most capacity 4",
    );
    await decoder.prefill(tokensOf(BATCH, 3));
    await decoder.step(tokensOf(BATCH, 1));
    expect(decoder.length).toBe(4);
    await expect(decoder.step(tokensOf(BATCH, 1))).rejects.toThrow("step: 1 more tokens after 4");
    const [first] = [rowsOf(tokensOf(BATCH, 3), BATCH)];
    decoder.trim(4);
    for (const wrong of [5, -1, 1.5]) expect(() => decoder.trim(wrong)).toThrow(`trim: length is ${wrong}`);
    decoder.trim(2);
    expect(decoder.length).toBe(2);
    const next = tokensOf(BATCH, 1, 1);
    const rows = first.map((row, i) => [...row.slice(0, 2), next[i] as number]);
    expectLogits(await decoder.step(next), rows);
  });

  it("has calls run in their order, with what they were given", async () => {
    const decoder = await make();
    await takesTurns(decoder, device, logitsOf);
    expect(decoder.length).toBe(1);
    const want = rowsOf(tokensOf(BATCH, 4), BATCH);
    decoder.reset();
    const first = decoder.prefill(tokensOf(BATCH, 4));
    decoder.trim(2);
    const last = decoder.step(tokensOf(BATCH, 1));
    expectLogits(await first, want);
    expectLogits(
      await last,
      want.map((row, i) => [...row.slice(0, 2), tokensOf(BATCH, 1)[i] as number]),
    );
    // a cut of what fails cuts nothing, and what is there is counted
    device.failsAt = 2;
    const failing = decoder.prefill(tokensOf(BATCH, 3));
    decoder.trim(5);
    expect(decoder.length).toBe(5);
    await expect(failing).rejects.toThrow("running fails");
    await decoder.step(tokensOf(BATCH, 1));
    expect(decoder.length).toBe(4);
  });

  it("compiles again what failed to", async () => {
    const decoder = await make();
    for (const call of [() => decoder.prefill(tokensOf(BATCH, 2)), () => decoder.reorder(Int32Array.of(0, 1, 2))]) {
      device.failures = 1;
      await expect(call()).rejects.toThrow("compiling fails");
      await call();
    }
    expect(decoder.length).toBe(2);
  });

  it("refuses tokens that are none, by their place", async () => {
    const decoder = await make();
    for (const wrong of [-1, VOCABULARY]) {
      await expect(decoder.step(Int32Array.of(0, VOCABULARY - 1, wrong))).rejects.toThrow(
        `step: token ${wrong} at place 2, expected 0 to 4`,
      );
      await expect(decoder.prefill(Int32Array.of(wrong, 0, 0))).rejects.toThrow(`prefill: token ${wrong} at place 0`);
    }
    expect(decoder.length).toBe(0);
    await expect(
      (async () => createTransformerDecoder(device as never, model as never, { batch: 0 }))(),
    ).rejects.toThrow(ArgumentError);
    await expect(make({ capacity: 0 })).rejects.toThrow("capacity is 0");
  });

  it("frees its programs once, and itself where the first one fails", async () => {
    const decoder = await make();
    await decoder.prefill(tokensOf(BATCH, 2));
    await decoder.reorder(Int32Array.of(0, 0, 0));
    decoder.dispose();
    decoder[Symbol.dispose]();
    await Promise.resolve();
    expect(device.programs.map(({ disposed }) => disposed)).toEqual([true, true, true]);
    device.failures = 1;
    await expect(make()).rejects.toThrow("compiling fails");
  });
});
