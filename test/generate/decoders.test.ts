// What decoders do around their programs: pieces of prompts, moves, resets, checks. The programs are lists of tokens.
import { beforeEach, describe, expect, it, vi } from "vitest";
import { ArgumentError, ShapeError } from "../../src/errors.ts";
import type { Decoder } from "../../src/generate/decoder.ts";
import { createRecurrentDecoder } from "../../src/generate/recurrent.ts";
import { createSeq2SeqDecoder } from "../../src/generate/seq2seq.ts";
import { createTransformerDecoder } from "../../src/generate/transformer.ts";
import { makeInputs } from "../../src/gpu/inputs.ts";
import type { Value } from "../../src/graph/value.ts";
import { float32, int32, zeros } from "../../src/index.ts";
import { Seq2Seq } from "../../src/nn/seq2seq.ts";
import { TransformerLM } from "../../src/nn/transformer-lm.ts";
import { standIn } from "../stand-in.ts";
import { type FakeDevice, fakeDevice, held, rowsOf } from "./fake-programs.ts";
import { historyLogits } from "./markov.ts";

vi.mock("../../src/nn/compile.ts", async () => ({ compile: (await import("./fake-programs.ts")).fakeCompile }));
vi.mock("../../src/gpu/state.ts", () => ({
  /** Holds a list of tokens for each sequence. */
  State: class {
    readonly values: { readonly length: Value };
    readonly bytes = 123;
    disposed = false;
    rows: number[][];

    constructor(_: unknown, specs: object) {
      this.values = makeInputs(specs).values as { readonly length: Value };
      this.rows = Array.from({ length: this.values.length.shape[0] as number }, () => []);
    }

    write({ length }: { readonly length: Int32Array }) {
      this.rows = this.rows.map((row, i) => row.slice(0, length[i] as number));
    }

    dispose() {
      this.disposed = true;
    }
  },
}));

const [BATCH, VOCABULARY] = [3, 5];
const logits = historyLogits(VOCABULARY, 1);
const logitsOf = (rows: readonly (readonly number[])[]) => rows.flatMap((row) => logits(row));
const expectLogits = (got: ArrayLike<number>, rows: readonly (readonly number[])[]) =>
  expect([...Array.from(got)]).toEqual(logitsOf(rows));

/** Tokens [rows, count], others for each `shift`. */
const tokensOf = (rows: number, count: number, shift = 0) =>
  Int32Array.from({ length: rows * count }, (_, i) => (i * i + 3 * i + shift) % VOCABULARY);

/** Feeds, moves and resets of any decoder that begins empty, against lists of tokens. */
async function exercise(decoder: Decoder, lengths: readonly number[]): Promise<void> {
  let rows: number[][] = Array.from({ length: BATCH }, () => []);
  for (const [round, length] of lengths.entries()) {
    const prompt = tokensOf(BATCH, length, round);
    rows = rows.map((row, i) => [...row, ...(rowsOf(prompt, BATCH)[i] as number[])]);
    expectLogits(await decoder.prefill(prompt), rows);
    for (const parents of [
      [2, 0, 0],
      [1, 1, 2],
    ]) {
      await decoder.reorder(Int32Array.from(parents));
      const next = tokensOf(BATCH, 1, round + 2);
      rows = parents.map((parent, i) => [...(rows[parent] as number[]), next[i] as number]);
      expectLogits(await decoder.step(next), rows);
    }
  }
  decoder.reset();
  const anew = tokensOf(BATCH, 2, 4);
  expectLogits(await decoder.prefill(anew), rowsOf(anew, BATCH));
}

/** Calls that each decoder refuses, without a run of any program. */
async function refusals(decoder: Decoder, { programs }: FakeDevice): Promise<void> {
  const runs = () => programs.reduce((sum, { runs }) => sum + runs.length, 0);
  const before = runs();
  const refuse = async (call: () => Promise<unknown>, text: string) => {
    await expect((async () => call())(), text).rejects.toThrow(text);
  };
  await refuse(() => decoder.step(new Int32Array(BATCH - 1)), `step: got ${BATCH - 1} tokens, expected one for each`);
  await refuse(() => decoder.step(new Int32Array(2 * BATCH)), `step: got ${2 * BATCH} tokens`);
  await refuse(() => decoder.prefill(new Int32Array(0)), "prefill: got 0 tokens");
  await refuse(() => decoder.prefill(new Int32Array(BATCH + 1)), `prefill: got ${BATCH + 1} tokens`);
  await refuse(() => decoder.reorder(Int32Array.of(0, 1)), "reorder: got ");
  await refuse(() => decoder.reorder(Int32Array.of(0, 1, 2, 0)), "reorder: got ");
  expect(runs()).toBe(before);
}

const wrongParents = async (decoder: Decoder) => {
  for (const wrong of [-1, BATCH]) {
    await expect(decoder.reorder(Int32Array.of(0, wrong, 1))).rejects.toThrow(
      `got parents [0, ${wrong}, 1], expected 3 integers from 0 to 2`,
    );
  }
  await decoder.reorder(Int32Array.of(0, BATCH - 1, 0));
};

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
    const [prompt, parents] = [tokensOf(BATCH, 3), Int32Array.of(1, 2, 0)];
    const want = rowsOf(prompt, BATCH);
    const first = decoder.prefill(prompt);
    prompt.fill(0);
    const moved = decoder.reorder(parents);
    parents.fill(0);
    decoder.trim(2);
    const last = decoder.step(tokensOf(BATCH, 1));
    expectLogits(await first, want);
    await moved;
    const rows = [1, 2, 0].map((parent, i) => [
      ...(want[parent] as number[]).slice(0, 2),
      tokensOf(BATCH, 1)[i] as number,
    ]);
    expectLogits(await last, rows);
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
