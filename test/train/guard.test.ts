// What the trainer's guard is on both sides, what its words say, and what it dispatches. Without a GPU.
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Slot } from "../../src/graph/lowering.ts";
import { LoweringContext } from "../../src/plan/lowering.ts";
import { FOUND, Guard, POWERS, WORD, WORDS } from "../../src/train/guard.ts";
import type { OnNonFinite } from "../../src/train/options.ts";
import { adapterOf, hyper } from "../plan/support.ts";
import { fakeDevice } from "../support/fake-device.ts";

beforeAll(() => {
  vi.stubGlobal("GPUBufferUsage", { STORAGE: 1, COPY_SRC: 2, COPY_DST: 4 });
});

test("host and kernels agree on the guard's words", () => {
  const source = readFileSync(new URL("../../kernels/lib/guard.wgsl", import.meta.url), "utf8");
  const constants: Record<string, number> = Object.fromEntries(
    [...source.matchAll(/^const (\w+) = (\d+)u;/gm)].map(([, k, v]) => [k, Number(v)]),
  );
  const words = Object.fromEntries(Object.entries(WORD).map(([name, word]) => [`GUARD_${name}`, word]));
  expect(constants).toEqual({
    ...words,
    GUARD_CORRECTION1: 8,
    GUARD_CORRECTION2: 9,
    GUARD_POWERS1: POWERS[0],
    GUARD_POWERS2: POWERS[1],
    GUARD_POWERS3: POWERS[2],
    GUARD_SHARE: 11,
    GUARD_IDLE: 109,
    ...Object.fromEntries(FOUND.map(([name, bit]) => [`NOT_FINITE_${name.toUpperCase()}`, bit])),
  });
  expect(WORDS).toBe(Math.max(...Object.values(constants)) + 1);
});

describe("guard", () => {
  const verdictOf = (words: Partial<Record<keyof typeof WORD, number>>, floats: [number, number] = [0.5, 2]) => {
    const { device } = fakeDevice();
    const bytes = new ArrayBuffer(4 * WORDS);
    for (const [name, value] of Object.entries(words)) new Uint32Array(bytes)[WORD[name as keyof typeof WORD]] = value;
    new Float32Array(bytes).set(floats, WORD.LOSS);
    return new Guard(device, "throw", []).verdict(bytes);
  };

  test("its words are a verdict", () => {
    expect(verdictOf({})).toEqual({ loss: 0.5, gradNorm: 2, held: false, heldCount: 0, latch: null });
    expect(verdictOf({ HOLD: 1, HELD: 7 })).toMatchObject({ held: true, heldCount: 7, latch: null });
    expect(verdictOf({ LATCH_FOUND: 1 }).latch).toBeNull();
    const latched = (bits: number) => verdictOf({ LATCH: 12, LATCH_FOUND: bits }).latch;
    expect([0, 1, 2, 3, 4, 6, 7].map(latched)).toEqual(
      ["loss", "loss", "gradient", "loss", "carry", "gradient", "loss"].map((what) => ({ step: 12, what })),
    );
  });

  test("holds 1 - β^2^k of the averages, and is released by its latch alone", () => {
    const { device, writes, made } = fakeDevice();
    const guard = new Guard(device, "throw", [0.9, 0.5]);
    expect(made).toMatchObject([{ label: "guard", bytes: 4 * WORDS }]);
    expect(writes.map(({ offset, data }) => [offset, data.length])).toEqual([
      [4 * POWERS[0], 32],
      [4 * POWERS[1], 32],
    ]);
    const half = [...Array.from(writes[1]?.data ?? [])];
    expect(half.slice(0, 4)).toEqual([0.5, 0.75, 1 - 2 ** -4, 1 - 2 ** -8]);
    expect(writes[0]?.data[1]).toBe(Math.fround(1 - Math.fround(0.9) ** 2));
    guard.release();
    expect(writes[2]).toEqual({ offset: 4 * WORD.LATCH, data: Uint32Array.of(0, 0) });
    expect(guard.bytes).toBe(4 * (WORD.HELD + 1));
    guard.dispose();
    expect(made[0]?.freed).toBe(true);
  });

  test.each<[OnNonFinite, number, string[]]>([
    ["continue", 0, ["norm_finish"]],
    ["skip", 1, ["norm_finish", "copy_unless_held", "copy_unless_held"]],
    ["throw", 2, ["norm_finish", "copy_unless_held", "copy_unless_held"]],
  ])("%s", (mode, number, kernels) => {
    const { device } = fakeDevice();
    const to = new LoweringContext(adapterOf(), hyper);
    const buffer = (size: number) => to.temporary([size], "float32", "state");
    const moves = [8, 6].map((size) => [buffer(size), buffer(size)] as const);
    let plain = 0;
    const state = {
      values: () => [],
      write(copy?: (from: Slot, target: Slot) => void) {
        if (copy) for (const [from, target] of moves) copy(from, target);
        else plain++;
      },
    };
    const guard = new Guard(device, mode, []);
    const verdict = guard.lower(to, buffer(1), buffer(5), state);
    expect(verdict).toMatchObject({ shape: [WORDS], dtype: "uint32", offset: 0 });
    expect(to.dispatches.map(({ kernel }) => kernel)).toEqual(kernels);
    expect(to.dispatches[0]?.params).toMatchObject({ count: 5, on_bad: number, every: 1, average_start: 0 });
    expect(plain).toBe(mode === "continue" ? 1 : 0);
    // eight elements go by fours, six do not
    expect(to.dispatches.slice(1).map(({ variant, params }) => [variant, params.size])).toEqual(
      mode === "continue"
        ? []
        : [
            ["vec4", 8],
            ["default", 6],
          ],
    );
  });
});

test("the guard looks at a carry's numbers, not at its integers, where it may hold a step back", () => {
  for (const mode of ["continue", "skip", "throw"] as const) {
    const to = new LoweringContext(adapterOf(), hyper);
    const [numbers, integers] = (["float32", "int32"] as const).map((dtype) => to.temporary([6], dtype, "next"));
    const next = [integers, numbers] as [Slot, Slot];
    const guard = new Guard(fakeDevice().device, mode, []);
    guard.lower(to, to.temporary([], "float32", "loss"), to.temporary([3], "float32", "squares"), {
      values: () => next,
      write() {},
    });
    const looks = to.dispatches.filter(({ kernel }) => kernel === "non_finite");
    expect(looks).toHaveLength(mode === "continue" ? 0 : 1);
    if (mode === "continue") continue;
    const sizes = [0, 1, 2, 3].map((k) => looks[0]?.params[`size${k}`]);
    expect([sizes, looks[0]?.params.bits, looks[0]?.params.flag_offset]).toEqual([[6, 0, 0, 0], 4, WORD.CARRY]);
    expect(looks[0]?.buffers).toContain(numbers?.buffer);
    expect(looks[0]?.buffers).not.toContain(integers?.buffer);
    // before the verdict, which needs it
    expect(to.dispatches.findIndex(({ kernel }) => kernel === "norm_finish")).toBe(1);
  }
});
