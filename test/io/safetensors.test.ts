import { describe, expect, it } from "vitest";
import { DataError, DtypeError } from "../../src/errors.ts";
import { decodeSafetensors, encodeSafetensors, type HostTensor } from "../../src/io/index.ts";
import { entry, file, metadata, one, sample } from "./support.ts";

describe("round trip", () => {
  it("gives back names in order, shapes, bits and metadata", () => {
    const decoded = decodeSafetensors(encodeSafetensors(sample, metadata));
    expect([...decoded.tensors.keys()]).toEqual([...sample.keys()]);
    for (const [name, { shape, data }] of sample) {
      expect(decoded.tensors.get(name)).toEqual({ dtype: data instanceof Int32Array ? "I32" : "F32", shape, data });
    }
    expect(decoded.metadata).toEqual(metadata);
  });

  it("reads from the middle of a larger buffer, at any alignment", () => {
    const bytes = encodeSafetensors(sample, metadata);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(decodeSafetensors(shifted.subarray(3)).tensors.get("counts")?.data).toEqual(sample.get("counts")?.data);
  });

  it("writes only a view's own part of its buffer", () => {
    const data = new Float32Array([9, 1, 2, 9]).subarray(1, 3);
    const decoded = decodeSafetensors(encodeSafetensors(new Map([["x", { shape: [2], data }]])));
    expect(decoded.tensors.get("x")?.data).toEqual(Float32Array.of(1, 2));
  });

  it("writes a file with nothing in it", () => {
    expect(decodeSafetensors(encodeSafetensors(new Map()))).toEqual({ tensors: new Map(), metadata: {} });
  });

  it.each(["a", "ab", "abc", "abcdefgh", "ü", "😀"])("pads the header to 8 bytes with spaces (name %s)", (name) => {
    const bytes = encodeSafetensors(new Map([[name, { shape: [1], data: Float32Array.of(1) }]]));
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    expect(new TextDecoder().decode(bytes.subarray(8, 8 + length))).toMatch(/^\{.*\} {0,7}$/);
    expect(bytes.length).toBe(8 + length + 4);
  });

  it.each<[name: string, tensor: unknown, message: string]>([
    ["x", { shape: [2, 3], data: new Float32Array(5) }, '"x" has shape [2, 3], expected 6 elements, got 5'],
    ["x", { shape: [-1, -2], data: new Float32Array(2) }, '"x" has shape [-1, -2], expected integers from 0 on'],
    ["x", { shape: [0.5, 4], data: new Float32Array(2) }, '"x" has shape [0.5, 4], expected integers from 0 on'],
    ["x", { shape: 2, data: new Float32Array(2) }, '"x" has shape 2, expected integers from 0 on'],
    ["x", { shape: [2], data: new Float64Array(2) }, '"x" has as data a Float64Array, expected a Float32Array'],
    ["x", { shape: [2], data: [1, 2] }, '"x" has as data [1, 2], expected a Float32Array'],
    ["__metadata__", { shape: [5], data: new Float32Array(5) }, '"__metadata__" cannot be the name of a tensor'],
    ["y".repeat(3e6), { shape: [3], data: new Float32Array(5) }, "has shape [3], expected 3 elements, got 5"],
  ])("refuses to write what nobody could read again (%#)", (name, tensor, message) => {
    const encode = () => encodeSafetensors(new Map([[name, tensor as HostTensor]]));
    expect(encode).toThrow(DataError);
    expect(encode).toThrow(message);
    expect(encode).toThrow(/^encodeSafetensors: .{0,1000}$/);
  });

  it("refuses metadata that is no text", () => {
    const bad = { epoch: 3 } as unknown as Record<string, string>;
    expect(() => encodeSafetensors(new Map(), bad)).toThrow(
      'encodeSafetensors: metadata "epoch" is 3, expected a string; write it as text, say as JSON',
    );
  });

  it("reads from whatever holds bytes, and says what else it got", () => {
    const bytes = encodeSafetensors(sample, metadata);
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    for (const given of [bytes.buffer, Buffer.from(bytes), new DataView(bytes.buffer), shared]) {
      expect(decodeSafetensors(given as Uint8Array).tensors.get("counts")).toEqual({
        dtype: "I32",
        ...sample.get("counts"),
      });
    }
    for (const [given, said] of [
      [undefined, "undefined"],
      ["model.safetensors", '"model.safetensors"'],
      [Promise.resolve(bytes), "a Promise"],
      [[...bytes], "[56, "],
    ] as const) {
      const decode = () => decodeSafetensors(given as unknown as Uint8Array, "m.safetensors");
      expect(decode).toThrow(DataError);
      expect(decode).toThrow(`m.safetensors: got ${said}`);
    }
  });

  it("takes null metadata for none, as the reference implementation does", () => {
    expect(decodeSafetensors(file('{"__metadata__":null}'))).toEqual({ tensors: new Map(), metadata: {} });
  });
});

describe("other element types", () => {
  it.each([
    ["F64", new Float64Array([1.5, -1e300 * 0, 3]), Float32Array.of(1.5, -0, 3)],
    [
      "F16",
      Uint16Array.of(0x3c00, 0xc000, 0x7c00, 0x0001, 0x7bff, 0x8000),
      Float32Array.of(1, -2, Infinity, 2 ** -24, 65504, -0),
    ],
    ["F16", Uint16Array.of(0x7e00, 0xfc00, 0x3555), Float32Array.of(NaN, -Infinity, 0.333251953125)],
    ["BF16", Uint16Array.of(0x3f80, 0xc000, 0x7f80, 0x3eab), Float32Array.of(1, -2, Infinity, 0.333984375)],
    ["I64", BigInt64Array.of(-5n, 2147483647n), Int32Array.of(-5, 2147483647)],
    ["I16", Int16Array.of(-5, 300), Int32Array.of(-5, 300)],
    ["I8", Int8Array.of(-5, 100), Int32Array.of(-5, 100)],
    ["U64", BigUint64Array.of(5n), Int32Array.of(5)],
    ["U32", Uint32Array.of(5), Int32Array.of(5)],
    ["U16", Uint16Array.of(65535), Int32Array.of(65535)],
    ["U8", Uint8Array.of(255), Int32Array.of(255)],
    ["BOOL", Uint8Array.of(0, 1), Int32Array.of(0, 1)],
  ])("reads %s", (dtype, stored, expected) => {
    const { tensors } = decodeSafetensors(one(dtype, `[${expected.length}]`, stored));
    expect(tensors.get("x")).toEqual({ dtype, shape: [expected.length], data: expected });
  });

  it.each([
    ["I64", BigInt64Array.of(0n, 2147483648n), "byte 72", "2147483648"],
    ["U32", Uint32Array.of(4294967295), "byte 64", "4294967295"],
    ["F64", Float64Array.of(0, 1e300), "byte 72", "1e+300"],
  ])("refuses %s values that 32 bits cannot hold", (dtype, stored, place, value) => {
    const { tensors } = decodeSafetensors(one(dtype, `[ ${stored.length}]`, stored), "m.safetensors");
    expect(() => tensors.get("x")?.data).toThrow(
      new RegExp(`m.safetensors: damaged at ${place.replace(/\d+/, "\\d+")}: .*${value.replace("+", "\\+")}`),
    );
  });

  it("a tensor that cannot be read is in nobody's way until it is asked for", () => {
    const header = `{"eighth":${entry("F8_E4M3", "[3]", "[0,3]")},"sixth":${entry("F6_E2M3", "[4]", "[3,6]")},"steps":${entry("I64", "[1]", "[6,14]")},"x":${entry("F32", "[1]", "[14,18]")}}`;
    const data = new DataView(new ArrayBuffer(18));
    data.setBigInt64(6, 2n ** 40n, true);
    data.setFloat32(14, 2.5, true);
    const bytes = file(header, new Uint8Array(data.buffer));
    const { tensors } = decodeSafetensors(bytes, "m.safetensors");
    expect([...tensors].map(([name, { dtype, shape }]) => [name, dtype, shape])).toEqual([
      ["eighth", "F8_E4M3", [3]],
      ["sixth", "F6_E2M3", [4]],
      ["steps", "I64", [1]],
      ["x", "F32", [1]],
    ]);
    expect(tensors.get("x")?.data).toEqual(Float32Array.of(2.5));
    // the same array each time, read once
    expect(tensors.get("x")?.data).toBe(tensors.get("x")?.data);
    bytes.fill(0);
    expect(tensors.get("x")?.data).toEqual(Float32Array.of(2.5));
    const wrong = (name: string) => () => tensors.get(name)?.data;
    expect(wrong("eighth")).toThrow(DtypeError);
    expect(wrong("eighth")).toThrow(
      /^m\.safetensors: tensor "eighth" has dtype "F8_E4M3", expected one of F64, .*; convert it in the program that wrote it$/,
    );
  });
});
