/** What the tests of decoders share: logits of lists of tokens, and calls that every decoder takes or refuses. */
import { expect } from "vitest";
import type { Decoder } from "../../src/generate/decoder.ts";
import type { Value } from "../../src/graph/value.ts";
import { makeInputs } from "../../src/run/inputs.ts";
import { type FakeDevice, rowsOf } from "./fake-programs.ts";
import { historyLogits } from "./markov.ts";

export const [BATCH, VOCABULARY] = [3, 5];
export const logits = historyLogits(VOCABULARY, 1);
export const logitsOf = (rows: readonly (readonly number[])[]) => rows.flatMap((row) => logits(row));
export const expectLogits = (got: ArrayLike<number>, rows: readonly (readonly number[])[]) =>
  expect([...Array.from(got)]).toEqual(logitsOf(rows));

/** Tokens [rows, count], others for each `shift`. */
export const tokensOf = (rows: number, count: number, shift = 0) =>
  Int32Array.from({ length: rows * count }, (_, i) => (i * i + 3 * i + shift) % VOCABULARY);

/** Feeds, moves and resets of any decoder that begins empty, against lists of tokens. */
export async function exercise(decoder: Decoder, lengths: readonly number[]): Promise<void> {
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
export async function refusals(decoder: Decoder, { programs }: FakeDevice): Promise<void> {
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

/**
 * Calls that are made before those before them have ended: each goes on from the one before it; where one fails, so do those
 * that were to go on from it, and the sequences stand as they were. `behind` gives the logits behind tokens of each sequence.
 */
export async function takesTurns(
  decoder: Decoder,
  device: FakeDevice,
  behind: (rows: readonly (readonly number[])[]) => readonly number[],
): Promise<void> {
  const { batch } = decoder;
  const none = () => Array.from({ length: batch }, (): number[] => []);
  const feed = (rows: readonly number[][], tokens: Int32Array) =>
    rows.map((row, i) => [...row, ...(rowsOf(tokens, batch)[i] as number[])]);
  const turned = Int32Array.from({ length: batch }, (_, i) => (i + 1) % batch);
  const [prompt, one, two] = [tokensOf(batch, 5), tokensOf(batch, 1, 1), tokensOf(batch, 1, 2)];
  const isBehind = async (got: Promise<Float32Array>, rows: readonly (readonly number[])[]) =>
    expect([...(await got)]).toEqual(behind(rows));

  decoder.reset();
  const given = [prompt.slice(), turned.slice(), one.slice()] as const;
  const calls = [decoder.prefill(given[0]), decoder.reorder(given[1]), decoder.step(given[2])] as const;
  for (const array of given) array.fill(0);
  await isBehind(calls[0], feed(none(), prompt));
  const fed = feed(none(), prompt);
  let rows = feed(
    Array.from(turned, (parent) => fed[parent] as number[]),
    one,
  );
  await calls[1];
  await isBehind(calls[2], rows);

  // the second piece of the prompt fails
  device.failsAt = 2;
  const failing = [decoder.prefill(prompt), decoder.step(one), decoder.reorder(turned)];
  const [prefill, ...behindIt] = await Promise.allSettled(failing);
  expect(prefill).toMatchObject({ reason: { message: "running fails" } });
  for (const each of behindIt) {
    expect(each).toMatchObject({
      reason: { message: expect.stringMatching(/^(step|reorder): a call before it failed/) },
    });
  }
  await isBehind(decoder.step(two), feed(rows, two));
  rows = feed(rows, two);

  // what begins anew does not go on from what failed
  device.failsAt = 1;
  const failed = decoder.step(one);
  decoder.reset();
  const anew = decoder.step(two);
  await expect(failed).rejects.toThrow("running fails");
  await isBehind(anew, feed(none(), two));
}

export const wrongParents = async (decoder: Decoder) => {
  for (const wrong of [-1, BATCH]) {
    await expect(decoder.reorder(Int32Array.of(0, wrong, 1))).rejects.toThrow(
      `got parents [0, ${wrong}, 1], expected 3 integers from 0 to 2`,
    );
  }
  await decoder.reorder(Int32Array.of(0, BATCH - 1, 0));
};

/** Holds a list of tokens for each sequence. */
export class FakeState {
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
}
