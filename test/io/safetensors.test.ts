import { describe, expect, it } from "vitest";
import { DataError } from "../../src/errors.ts";
import { decodeSafetensors, encodeSafetensors, type HostTensor } from "../../src/io/safetensors.ts";

const sample: ReadonlyMap<string, HostTensor> = new Map<string, HostTensor>([
  ["rnn.weight_ih_l0", { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, Number.NaN, Number.POSITIVE_INFINITY) }],
  ["7", { shape: [], data: Float32Array.of(-0) }],
  ["none", { shape: [0, 4], data: new Float32Array(0) }],
  ["counts", { shape: [3], data: Int32Array.of(-1, 2147483647, -2147483648) }],
]);
const metadata = { format: "pt", vocabulary: 'a "ü" 😀\n' };

/** A file with this header text and data, whether or not they fit. */
function file(header: string, data: ArrayLike<number> = [], declared?: bigint): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, declared ?? BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

const entry = (dtype: string, shape: string, offsets: string) =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;
const one = (dtype: string, shape: string, data: ArrayBufferView) =>
  file(
    `{"x":${entry(dtype, shape, `[0,${data.byteLength}]`)}}`,
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  );

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

  it("refuses to write what does not fit its shape, and a tensor named like the metadata", () => {
    const data = new Float32Array(5);
    expect(() => encodeSafetensors(new Map([["x", { shape: [2, 3], data }]]))).toThrow(
      'safetensors: "x" has shape [2, 3], expected 6 elements, got 5',
    );
    expect(() => encodeSafetensors(new Map([["__metadata__", { shape: [5], data }]]))).toThrow(DataError);
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
    const decode = () => decodeSafetensors(one(dtype, `[ ${stored.length}]`, stored), "m.safetensors");
    expect(decode).toThrow(
      new RegExp(`m.safetensors: damaged at ${place.replace(/\d+/, "\\d+")}: .*${value.replace("+", "\\+")}`),
    );
  });
});

describe("damage", () => {
  const ok = entry("F32", "[1]", "[0,4]");
  const four = [0, 0, 0, 0];
  const cases: [what: string, bytes: Uint8Array, message: string][] = [
    ["empty file", new Uint8Array(0), "at byte 0: the file ends inside the header length"],
    ["seven bytes", new Uint8Array(7), "at byte 7: the file ends inside the header length"],
    [
      "header length beyond the file",
      file("{}", [], 1000n),
      "at byte 10: the file ends inside the header, expected 1000",
    ],
    ["absurd header length", file("{}", [], 2n ** 63n), "at byte 0: the header length is 9223372036854775808"],
    ["header of no bytes", file(""), 'at byte 8: the header does not begin with "{"'],
    ["header with a leading space", file(" {}"), 'at byte 8: the header does not begin with "{"'],
    ["header not UTF-8", one("F32", "[0]", new Float32Array(0)).map((b, i) => (i === 10 ? 0xff : b)), "not UTF-8"],
    ["header not JSON", file('{"x":'), "the header is not valid JSON"],
    ["entry not an object", file('{"x":3}'), 'at byte 9: tensor "x" is not described by an object'],
    [
      "unknown dtype",
      file(`{"x":${entry("F8_E4M3", "[1]", "[0,1]")}}`, [0]),
      'has dtype "F8_E4M3", expected one of F64',
    ],
    ["dtype named like a method", file(`{"x":${entry("toString", "[1]", "[0,4]")}}`, four), 'has dtype "toString"'],
    ["no dtype", file('{"x":{"shape":[1],"data_offsets":[0,4]}}', four), "has dtype undefined"],
    ["negative size", file(`{"x":${entry("F32", "[-1]", "[0,4]")}}`, four), "has shape [-1]"],
    ["fractional size", file(`{"x":${entry("F32", "[1.5]", "[0,6]")}}`, four), "has shape [1.5]"],
    ["shape not a list", file(`{"x":${entry("F32", "1", "[0,4]")}}`, four), "has shape 1"],
    ["three offsets", file(`{"x":${entry("F32", "[1]", "[0,4,8]")}}`, four), "has data_offsets [0,4,8]"],
    ["offsets backwards", file(`{"x":${entry("F32", "[1]", "[4,0]")}}`, four), "ends at 0 before it begins at 4"],
    ["size unlike shape", file(`{"x":${entry("F32", "[2]", "[0,4]")}}`, four), "shape [2], expected 8 bytes, got 4"],
    [
      "product past all integers",
      file(`{"x":${entry("F32", "[9007199254740991,9007199254740991]", "[0,4]")}}`, four),
      "bytes, got 4",
    ],
    ["truncated data", file(`{"x":${ok}}`, [0, 0, 0]), "ends at byte 4 of the data, but the file has only 3"],
    ["bytes left over", file(`{"x":${ok}}`, [...four, 0]), "1 bytes after the last tensor belong to none"],
    ["data but no tensors", file("{}", four), "4 bytes after the last tensor"],
    [
      "gap",
      file(`{"x":${ok},"y":${entry("F32", "[1]", "[8,12]")}}`, new Array(12).fill(0)),
      'tensor "y" leaves 4 bytes unused',
    ],
    [
      "overlap",
      file(`{"x":${entry("F32", "[2]", "[0,8]")},"y":${entry("F32", "[1]", "[4,8]")}}`, new Array(8).fill(0)),
      'tensor "y" overlaps',
    ],
    [
      "duplicate name",
      file(`{"x":${ok},"x" :${ok}}`, four),
      `at byte ${8 + 7 + ok.length - 1}: the header names "x" twice`,
    ],
    ["duplicate name in disguise", file(`{"x":${ok},"\\u0078":${ok}}`, four), 'the header names "x" twice'],
    [
      "duplicate field",
      file('{"x":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', four),
      'names "dtype" twice',
    ],
    ["metadata not an object", file('{"__metadata__":[]}'), '"__metadata__" is not an object'],
    ["metadata with a number", file('{"__metadata__":{"epoch":3}}'), 'has for "epoch" something that is not a string'],
  ];

  it.each(cases)("%s", (_, bytes, message) => {
    const decode = () => decodeSafetensors(bytes, "model.safetensors");
    expect(decode).toThrow(DataError);
    expect(decode).toThrow(message);
    expect(decode).toThrow(/^model\.safetensors: damaged at byte \d+: /);
  });

  it("finds every truncation and every extension of a whole file", () => {
    const bytes = encodeSafetensors(sample, metadata);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeSafetensors(bytes.subarray(0, length))).toThrow(DataError);
    }
    const longer = new Uint8Array(bytes.length + 1);
    longer.set(bytes);
    expect(() => decodeSafetensors(longer)).toThrow(DataError);
  });

  it("raises nothing but DataError whatever byte of the header is changed", () => {
    const bytes = encodeSafetensors(sample, metadata);
    for (let at = 0; at < 400; at++) {
      for (const value of [0x00, 0x20, 0x22, 0x39, 0x5b, 0x7d, 0xff]) {
        const changed = bytes.slice();
        changed[at] = value;
        try {
          decodeSafetensors(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
        }
      }
    }
  });

  it("does not take strings in metadata for keys", () => {
    const text =
      '{"__metadata__":{"a":"\\"x\\":1, {[","b":"x"},"x":' +
      ok +
      ',"__proto__":' +
      entry("F32", "[0]", "[4,4]") +
      "}   ";
    const { tensors, metadata: read } = decodeSafetensors(file(text, four));
    expect([...tensors.keys()]).toEqual(["x", "__proto__"]);
    expect(read).toEqual({ a: '"x":1, {[', b: "x" });
  });
});
