// What decoders do around their programs: pieces of prompts, moves, resets, checks. The programs are lists of tokens.
import { beforeEach, describe, expect, it, vi } from "vitest";
import { createSeq2SeqDecoder } from "../../src/generate/seq2seq-decoder.ts";
import { float32, zeros } from "../../src/index.ts";
import { Seq2Seq } from "../../src/nn/seq2seq/seq2seq.ts";
import { standIn } from "../support/stand-in.ts";
import { BATCH, expectLogits, logitsOf, takesTurns, tokensOf, VOCABULARY } from "./decoder-support.ts";
import { type FakeDevice, fakeDevice, held, rowsOf } from "./fake-programs.ts";

vi.mock("../../src/nn/compile.ts", async () => ({ compile: (await import("./fake-programs.ts")).fakeCompile }));
vi.mock("../../src/run/state.ts", async () => ({ State: (await import("./decoder-support.ts")).FakeState }));

describe("a decoder with attention", () => {
  const [SOURCE] = [4];
  let device: FakeDevice;
  /** What a sequence has read and written, as the oracle of its logits and weights. */
  const code = (source: readonly number[], length: number, tokens: readonly number[]) => [
    ...source.slice(0, length),
    length % VOCABULARY,
    ...tokens,
  ];
  const weightsOf = (source: readonly number[], step: number) => source.map((token) => 10 * step + token);
  beforeEach(() => {
    device = fakeDevice({
      programs: [],
      run(inputs, { source, lengths, tokens, parents, memory, keys, state }) {
        const move = (rows: unknown) => Array.from(parents as Int32Array, (parent) => (rows as unknown[])[parent]);
        if (inputs.includes("source")) {
          const rows = rowsOf(source as Int32Array, BATCH * 2);
          return { memory: rows, keys: rows.map((row) => [...row]), state: rows.map(() => []) };
        }
        if (inputs.includes("tokens")) {
          const next = (state as number[][]).map((row, i) => [...row, (tokens as Int32Array)[i] as number]);
          expect(keys).toEqual(memory);
          const rows = memory as number[][];
          return {
            logits: held(
              logitsOf(next.map((row, i) => code(rows[i] as number[], (lengths as Int32Array)[i] as number, row))),
            ),
            weights: held(rows.flatMap((row, i) => weightsOf(row, (next[i] as number[]).length))),
            state: next,
          };
        }
        return inputs.includes("state") ? { state: move(state) } : { memory: move(memory), keys: move(keys) };
      },
    });
  });
  const size = BATCH * 2;
  const state = () => ({ h: [zeros([size, 4])], c: [], feed: [] });
  const model = standIn(Seq2Seq, {
    targetVocabulary: VOCABULARY,
    stateSpec: (batch: number) => ({ h: [float32([batch, 4])], c: [], feed: [] }),
    encode: () => ({
      memory: { memory: zeros([size, SOURCE, 6]), keys: zeros([size, SOURCE, 2]) },
      state: state(),
    }),
    target_embedding: { forward: () => zeros([size, 3]) },
    decoder: { forward: () => ({ readout: zeros([size, 4]), weights: zeros([size, SOURCE]), state: state() }) },
    output: { forward: () => zeros([size, VOCABULARY]) },
  });
  const make = (options: object = {}) =>
    createSeq2SeqDecoder(device as never, model as never, {
      batch: size,
      sourceLength: SOURCE,
      attention: true,
      ...options,
    });
  const sources = tokensOf(2, SOURCE, 1);
  const [a, b] = rowsOf(sources, 2) as [number[], number[]];

  it("lets each source stand for as many sequences, through moves inside and between sources", async () => {
    const decoder = await make();
    expect([decoder.batch, decoder.vocabulary]).toEqual([size, VOCABULARY]);
    expect(device.programs.map(({ inputs }) => Object.keys(inputs).length)).toEqual([2, 5, 2, 3]);
    expect(device.programs[1]?.inputs).toMatchObject({ memory: [size, SOURCE, 6], keys: [size, SOURCE, 2] });
    expect(device.programs[3]?.outputs).toEqual({ memory: [size, SOURCE, 6], keys: [size, SOURCE, 2] });
    await decoder.encode(sources, Int32Array.of(4, 2));
    const begin = () =>
      [a, a, a, b, b, b].map((source) => ({ source, length: source === a ? 4 : 2, tokens: [] as number[] }));
    let rows = begin();
    const steps = async (count: number, shift: number) => {
      const tokens = tokensOf(size, count, shift);
      rows = rows.map((row, i) => ({ ...row, tokens: [...row.tokens, ...(rowsOf(tokens, size)[i] as number[])] }));
      const got = count === 1 ? await decoder.step(tokens) : await decoder.prefill(tokens);
      expectLogits(
        got,
        rows.map(({ source, length, tokens }) => code(source, length, tokens)),
      );
      expect(decoder.attention().map(({ steps, weights }) => [steps, [...weights]])).toEqual(
        rows.map(({ source, tokens }) => [tokens.length, tokens.flatMap((_, t) => weightsOf(source, t + 1))]),
      );
    };
    const moveMemory = device.programs[3];
    const reorder = async (...parents: number[]) => {
      await decoder.reorder(Int32Array.from(parents));
      rows = parents.map((parent) => ({ ...(rows[parent] as (typeof rows)[number]) }));
    };
    await steps(3, 0);
    await reorder(2, 0, 0, 5, 5, 3);
    // the beams of one source share what was read of it
    expect(moveMemory?.runs).toHaveLength(0);
    await steps(1, 1);
    await reorder(0, 1, 4, 3, 2, 5);
    expect(moveMemory?.runs).toHaveLength(1);
    await steps(1, 2);
    await reorder(2, 2, 2, 2, 2, 2);
    await steps(2, 3);
    decoder.reset();
    // reset goes back to what was read, wherever it was moved
    await decoder.encode(sources, Int32Array.of(4, 2));
    rows = begin();
    await steps(1, 4);
    await reorder(5, 1, 2, 3, 4, 0);
    decoder.reset();
    rows = begin();
    await steps(2, 1);
    await decoder.encode(sources.subarray(0, SOURCE));
    rows = begin().map((row) => ({ ...row, source: a, length: 4 }));
    await steps(1, 1);
  });

  it("refuses what does not fit, without a run", async () => {
    const decoder = await make();
    await expect(decoder.step(tokensOf(size, 1))).rejects.toThrow("step: no source was read, expected encode(source)");
    await decoder.reorder(Int32Array.of(0, 0, 0, 0, 0, 0));
    for (const [tokens, text] of [
      [tokensOf(1, SOURCE + 1), "got 5 tokens, expected count · sourceLength 4 of them"],
      [new Int32Array(0), "got 0 tokens"],
      [tokensOf(4, SOURCE), "got 16 tokens"],
      [tokensOf(2 * size, SOURCE), "got 48 tokens"],
    ] as const) {
      await expect(decoder.encode(tokens)).rejects.toThrow(`encode: ${text}`);
    }
    await expect(decoder.encode(sources, Int32Array.of(1))).rejects.toThrow(
      "got 1 lengths, expected one for each of the 2",
    );
    await decoder.encode(sources);
    for (const wrong of [-1, size]) {
      await expect(decoder.reorder(Int32Array.of(0, 1, 2, 3, wrong, 5))).rejects.toThrow("integers from 0 to 5");
    }
    await expect(decoder.reorder(Int32Array.of(0))).rejects.toThrow("reorder: got parents [0]");
    await expect(decoder.step(new Int32Array(5))).rejects.toThrow("step: got 5 tokens");
    await expect(decoder.prefill(new Int32Array(0))).rejects.toThrow("prefill: got 0 tokens");
    await expect(decoder.prefill(new Int32Array(7))).rejects.toThrow("prefill: got 7 tokens");
    expect(device.programs.map(({ runs }) => runs.length)).toEqual([1, 0, 0, 0]);
    await expect(make({ batch: 0 })).rejects.toThrow("batch is 0");
    await expect(make({ sourceLength: 0 })).rejects.toThrow("sourceLength is 0");
    decoder.dispose();
    expect(device.programs.slice(0, 4).every(({ disposed }) => disposed)).toBe(true);
    device.most = 6;
    await expect(make()).rejects.toThrow("compiling fails");
    expect(device.programs.map(({ disposed }) => disposed)).toEqual(new Array(6).fill(true));
  });

  it("has calls run in their order, and what fails leaves all as it was", async () => {
    const decoder = await make();
    await decoder.encode(sources.subarray(0, SOURCE));
    const behind = (rows: readonly (readonly number[])[]) => logitsOf(rows.map((tokens) => code(a, SOURCE, tokens)));
    await takesTurns(decoder, device, behind);
    expect(decoder.attention().map(({ steps }) => steps)).toEqual(new Array(size).fill(1));

    // another source that cannot be read: the first one stays
    device.failsAt = 1;
    const failing = decoder.encode(sources.subarray(SOURCE));
    const step = decoder.step(tokensOf(size, 1));
    await expect(failing).rejects.toThrow("running fails");
    await expect(step).rejects.toThrow("step: a call before it failed");
    decoder.reset();
    expect([...(await decoder.step(tokensOf(size, 1)))]).toEqual(behind(rowsOf(tokensOf(size, 1), size)));

    // sources that are moved, where that fails halfway
    await decoder.encode(sources);
    device.failsAt = 2;
    await expect(decoder.reorder(Int32Array.of(3, 1, 2, 0, 4, 5))).rejects.toThrow("running fails");
    const tokens = tokensOf(size, 1, 3);
    expectLogits(
      await decoder.step(tokens),
      [a, a, a, b, b, b].map((source, i) => code(source, SOURCE, [tokens[i] as number])),
    );
    // a reset goes back to the sources that a reorder dropped
    await decoder.reorder(Int32Array.of(0, 0, 0, 0, 0, 0));
    decoder.reset();
    expectLogits(
      await decoder.step(tokens),
      [a, a, a, b, b, b].map((source, i) => code(source, SOURCE, [tokens[i] as number])),
    );
  });

  it("keeps weights only where it is told to", async () => {
    const decoder = await make({ attention: undefined });
    await decoder.encode(sources);
    const tokens = tokensOf(size, 1);
    expectLogits(
      await decoder.step(tokens),
      [a, a, a, b, b, b].map((source, i) => code(source, 4, [tokens[i] as number])),
    );
    expect(() => decoder.attention()).toThrow("attention: the weights were not kept");
  });
});
