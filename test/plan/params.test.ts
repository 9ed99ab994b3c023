import { describe, expect, test } from "vitest";
import type { KernelManifest } from "../../src/kernels/manifest.ts";
import { packParams, UniformArena } from "../../src/plan/params.ts";

const kernel = {
  file: "some.wgsl",
  paramsSize: 16,
  params: [
    { name: "size", type: "u32", offset: 0 },
    { name: "shift", type: "i32", offset: 4 },
    { name: "scale", type: "f32", offset: 8 },
  ],
} as unknown as KernelManifest;

describe("packParams", () => {
  test("writes each type at its offset, little-endian", () => {
    const bytes = packParams(kernel, { size: 2 ** 32 - 1, shift: -2, scale: 0.5 });
    const view = new DataView(bytes.buffer);
    expect([view.getUint32(0, true), view.getInt32(4, true), view.getFloat32(8, true)]).toEqual([2 ** 32 - 1, -2, 0.5]);
    expect(bytes.length).toBe(16);
    expect([...packParams(kernel, { size: 1, shift: 1, scale: 1 })]).toEqual([
      ...[1, 0, 0, 0],
      ...[1, 0, 0, 0],
      ...[0, 0, 128, 63],
      ...[0, 0, 0, 0],
    ]);
  });

  test.each([
    [{ size: 1, shift: 1 }, "some.wgsl: parameter scale is undefined"],
    [{ size: Number.NaN, shift: 1, scale: 1 }, "some.wgsl: parameter size is NaN"],
    [{ size: 1, shift: 1, scale: 1, other: 1 }, "some.wgsl: no parameter other"],
  ])("refuses %o", (values, message) => {
    expect(() => packParams(kernel, values as Record<string, number>)).toThrow(message);
  });
});

describe("UniformArena", () => {
  test("shares equal blocks and aligns the others", () => {
    const arena = new UniformArena(256);
    const blocks = [
      Uint8Array.of(1, 2),
      Uint8Array.of(3),
      Uint8Array.of(1, 2),
      new Uint8Array(300).fill(7),
      Uint8Array.of(4),
    ];
    expect(blocks.map((block) => arena.add(block))).toEqual([0, 256, 0, 512, 1024]);
    const packed = arena.pack();
    expect(packed.length).toBe(1280);
    expect([packed[0], packed[1], packed[2], packed[256], packed[512], packed[811], packed[812], packed[1024]]).toEqual(
      [1, 2, 0, 3, 7, 7, 0, 4],
    );
  });

  test("tells blocks of different lengths apart", () => {
    const arena = new UniformArena(32);
    expect([arena.add(Uint8Array.of(1)), arena.add(Uint8Array.of(1, 0))]).toEqual([0, 32]);
  });
});
