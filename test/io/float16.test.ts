import { expect, test } from "vitest";
import { floatsToHalves, halfToNumber, halvesToFloats } from "../../src/float16.ts";

/** Every finite half, the positive ones in the order of their bits. */
const finite = Array.from({ length: 0x7c00 }, (_, bits) => bits);

test("every half is itself again, with either sign", () => {
  const bits = Uint16Array.from([...finite, 0x7c00, ...finite.map((each) => 0x8000 | each), 0xfc00]);
  expect(floatsToHalves(halvesToFloats(bits)).slice(0, bits.length)).toEqual(bits);
  expect(halvesToFloats(floatsToHalves(Float32Array.of(Number.NaN)))[0]).toBeNaN();
});

test("what lies between two halves becomes the nearer one, or of two alike the even one", () => {
  const lower = finite.slice(0, -1);
  const between = (share: number) =>
    Float32Array.from(lower, (bits) => (1 - share) * halfToNumber(bits) + share * halfToNumber(bits + 1));
  const expected = (rounded: (bits: number) => number) => lower.map(rounded);
  const found = (share: number) => [...floatsToHalves(between(share)).slice(0, lower.length)];
  expect(found(0.25)).toEqual(expected((bits) => bits));
  expect(found(0.75)).toEqual(expected((bits) => bits + 1));
  expect(found(0.5)).toEqual(expected((bits) => bits + (bits % 2)));
  expect(found(0.5 - 2 ** -12)).toEqual(expected((bits) => bits));
  expect(found(0.5 + 2 ** -12)).toEqual(expected((bits) => bits + 1));
});

test("from half a step beyond the largest on a number is infinite", () => {
  expect([...floatsToHalves(Float32Array.of(65504, 65519, 65520, -1e9))]).toEqual([0x7bff, 0x7bff, 0x7c00, 0xfc00]);
});

test("an odd number of halves fills whole words", () => {
  expect([...floatsToHalves(Float32Array.of(1, 2, 3))]).toEqual([0x3c00, 0x4000, 0x4200, 0]);
});
