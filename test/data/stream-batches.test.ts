import { describe, expect, it } from "vitest";
import { StreamBatches } from "../../src/data/batches/stream-batches.ts";
import { ArgumentError } from "../../src/errors.ts";

const count = (length: number) => Int32Array.from({ length }, (_, i) => i);

it("cuts the text into streams that go on from step to step", () => {
  const batches = new StreamBatches(count(13), { batch: 2, seqLen: 3 });
  expect(batches.length).toBe(2);
  expect(batches.startsEpoch).toBe(true);
  expect(batches.next()).toEqual({
    tokens: Int32Array.of(0, 1, 2, 6, 7, 8),
    targets: Int32Array.of(1, 2, 3, 7, 8, 9),
  });
  expect(batches.startsEpoch).toBe(false);
  expect(batches.next()).toEqual({
    tokens: Int32Array.of(3, 4, 5, 9, 10, 11),
    targets: Int32Array.of(4, 5, 6, 10, 11, 12),
  });
  expect(batches.startsEpoch).toBe(true);
  expect(batches.next()).toMatchObject({ tokens: Int32Array.of(0, 1, 2, 6, 7, 8) });
});

it("a loop takes what is left of an epoch", () => {
  const batches = new StreamBatches(count(13), { batch: 2, seqLen: 3 });
  batches.next();
  expect([...batches]).toMatchObject([{ tokens: Int32Array.of(3, 4, 5, 9, 10, 11) }]);
  expect(batches.epoch).toBe(1);
  expect([...batches]).toHaveLength(2);
});

it("goes on from a saved position, of the same text and options alone", () => {
  const options = { batch: 2, seqLen: 3 };
  const batches = new StreamBatches(count(13), options);
  batches.next();
  const state = JSON.parse(JSON.stringify(batches.state()));
  expect(state).toEqual({ step: 1, tokens: 13, ...options });
  const again = new StreamBatches(count(13), options);
  again.restore(state);
  expect([again.next(), again.next()]).toEqual([batches.next(), batches.next()]);
  for (const [key, other] of Object.entries({ tokens: 14, batch: 1, seqLen: 2 })) {
    const wrong = () => again.restore({ ...state, [key]: other });
    expect(wrong).toThrow(`the position was saved with ${key} ${other}, expected ${state[key]}; restore`);
  }
  expect(again.state().step).toBe(3);
});

it("sees every token within two passes", () => {
  const batches = new StreamBatches(count(2 * 8 + 1), { batch: 2, seqLen: 3 });
  const seen = new Set<number>();
  for (let step = 0; step < 2 * batches.length; step++) for (const token of batches.next().tokens) seen.add(token);
  expect([...seen].sort((a, b) => a - b)).toEqual([...count(16)]);
});

it("passes are by turns at the beginning and at the end of each stream, the third as the first", () => {
  const batches = new StreamBatches(count(2 * 8 + 1), { batch: 2, seqLen: 3 });
  const passes = Array.from({ length: 5 }, () =>
    Array.from({ length: batches.length }, () => [...batches.next().tokens]),
  );
  const [even, odd] = [
    [
      [0, 1, 2, 8, 9, 10],
      [3, 4, 5, 11, 12, 13],
    ],
    [
      [2, 3, 4, 10, 11, 12],
      [5, 6, 7, 13, 14, 15],
    ],
  ];
  expect(passes).toEqual([even, odd, even, odd, even]);
});

describe.each([
  { batch: 1, seqLen: 1 },
  { batch: 1, seqLen: 7 },
  { batch: 5, seqLen: 1 },
  { batch: 4, seqLen: 6 },
])("batch $batch, seqLen $seqLen", ({ batch, seqLen }) => {
  const needed = batch * seqLen + 1;

  it.each([0, 1, 2, 3, 5, 11])("targets are the next tokens, %i tokens over the least", (extra) => {
    const length = needed + extra;
    const batches = new StreamBatches(count(length), { batch, seqLen });
    let last = new Int32Array(batch).fill(-1);
    for (let step = 0; step < 3 * batches.length; step++) {
      const { startsEpoch } = batches;
      const { tokens, targets } = batches.next();
      expect(targets).toEqual(tokens.map((token) => token + 1));
      expect(targets.every((target) => target < length)).toBe(true);
      expect(startsEpoch).toBe(step % batches.length === 0);
      if (!startsEpoch)
        expect(last.map((token) => token + 1)).toEqual(last.map((_, row) => tokens[row * seqLen] ?? -1));
      last = last.map((_, row) => tokens[(row + 1) * seqLen - 1] ?? -1);
    }
  });

  it("takes one window per stream and no less", () => {
    expect(new StreamBatches(count(needed), { batch, seqLen }).length).toBe(1);
    expect(() => new StreamBatches(count(needed - 1), { batch, seqLen })).toThrow(
      `the text has ${needed - 1} tokens, expected at least batch · seqLen + 1 = ${batch} · ${seqLen} + 1 = ${needed}; take`,
    );
  });
});

it.each([0, -1, 1.5, Number.NaN])("refuses a batch or sequence length of %d", (value) => {
  expect(() => new StreamBatches(count(100), { batch: value, seqLen: 2 })).toThrow(ArgumentError);
  expect(() => new StreamBatches(count(100), { batch: 2, seqLen: value })).toThrow(ArgumentError);
});
