// The inputs of steps in flight. Without a GPU.
import { describe, expect, test } from "vitest";
import { KeptInputs } from "../../src/train/kept-inputs.ts";

test("inputs of eight steps are kept, no more", () => {
  const kept = new KeptInputs();
  for (let step = 1; step <= 9; step++) {
    kept.begin(step);
    kept.keep("x", Int32Array.of(step));
  }
  expect([1, 2, 9].map((step) => kept.get(step, "x")?.[0])).toEqual([undefined, 2, 9]);
  kept.release(4);
  expect([4, 5].map((step) => kept.get(step, "x")?.[0])).toEqual([undefined, 5]);
  kept.release(4);
  expect(kept.get(5, "x")?.[0]).toBe(5);
  expect(kept.get(5, "y")).toBeUndefined();
});

describe("inputs that are kept", () => {
  test("are copies, of as many steps as are in flight, in memory that is used again", () => {
    const kept = new KeptInputs();
    const data = Float32Array.of(1, 2);
    kept.begin(1);
    kept.keep("x", data);
    data.fill(0);
    kept.begin(2);
    kept.keep("y", data);
    expect(kept.get(1, "x")).toEqual(Float32Array.of(1, 2));
    expect(kept.get(2, "x")).toBeUndefined();
    expect(kept.get(3, "x")).toBeUndefined();
    const first = kept.get(1, "x");
    kept.release(1);
    expect(kept.get(1, "x")).toBeUndefined();
    kept.begin(3);
    expect(kept.get(3, "x")).toBeUndefined();
    kept.keep("x", Float32Array.of(5, 6));
    expect(kept.get(3, "x")).toEqual(Float32Array.of(5, 6));
    expect(kept.get(3, "x")?.buffer).toBe(first?.buffer);
    for (let step = 4; step < 20; step++) kept.begin(step);
    expect(kept.get(3, "x")).toBeUndefined();
    kept.release(100);
    expect(kept.get(19, "x")).toBeUndefined();
  });
});
