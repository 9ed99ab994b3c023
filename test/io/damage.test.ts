// Safetensors files that are damaged: each is refused with the byte where it is, in a short message.
import { describe, expect, it } from "vitest";
import { DataError, DtypeError } from "../../src/errors.ts";
import { Device } from "../../src/gpu/device.ts";
import { decodeSafetensors, encodeSafetensors, toKeras } from "../../src/io/index.ts";
import * as nn from "../../src/nn/index.ts";
import { standIn } from "../support/stand-in.ts";
import { entry, file, metadata, one, sample } from "./support.ts";

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
    ["dtype that is no text", file(`{"x":{"dtype":["F32"],"shape":[1],"data_offsets":[0,4]}}`, four), "has dtype ["],
    ["no dtype", file('{"x":{"shape":[1],"data_offsets":[0,4]}}', four), "has dtype undefined"],
    ["negative size", file(`{"x":${entry("F32", "[-1]", "[0,4]")}}`, four), "has shape [-1]"],
    ["fractional size", file(`{"x":${entry("F32", "[1.5]", "[0,6]")}}`, four), "has shape [1.5]"],
    ["shape not a list", file(`{"x":${entry("F32", "1", "[0,4]")}}`, four), "has shape 1"],
    ["three offsets", file(`{"x":${entry("F32", "[1]", "[0,4,8]")}}`, four), "has data_offsets [0, 4, 8]"],
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
          for (const { data } of decodeSafetensors(changed).tensors.values()) expect(data).toBeDefined();
        } catch (error) {
          expect(error instanceof DataError || error instanceof DtypeError).toBe(true);
        }
      }
    }
  });

  const deep = (open: string, close: string) => `${open.repeat(200_000)}0${close.repeat(200_000)}`;
  const long = "n".repeat(3_000_000);
  const quoted = JSON.stringify(long);
  it.each<[what: string, header: string]>([
    ["arrays 200,000 deep", `{"x":{"dtype":${deep("[", "]")},"shape":[1],"data_offsets":[0,4]}}`],
    ["objects 200,000 deep", `{"x":${deep('{"a":', "}")}}`],
    ["arrays that never end", `{"x":${"[".repeat(200_000)}`],
    ["metadata 200,000 deep", `{"__metadata__":{"a":${deep("[", "]")}}}`],
    ["a name of 3 MB", `{${quoted}:{}}`],
    ["a name of 3 MB twice", `{${quoted}:${ok},${quoted}:${ok}}`],
    ["a name of 3 MB of another size", `{${quoted}:${entry("F32", "[2]", "[0,4]")}}`],
    ["a name of 3 MB behind a gap", `{${quoted}:${entry("F32", "[0]", "[4,4]")}}`],
    ["a dtype of 3 MB", `{"x":${entry(long, "[1]", "[0,8]")}}`],
    ["a shape of a million", `{"x":${entry("F32", `[${"1,".repeat(1_000_000)}2]`, "[0,4]")}}`],
    ["offsets of a million", `{"x":${entry("F32", "[1]", `[${"1,".repeat(1_000_000)}2]`)}}`],
    ["a metadata key of 3 MB", `{"__metadata__":{${quoted}:1}}`],
    ["a string that never ends", `{"x":"${long}`],
  ])("%s: the message is short", (_, header) => {
    const decode = () => decodeSafetensors(file(header, four), "model.safetensors");
    expect(decode).toThrow(DataError);
    expect(decode).toThrow(/^model\.safetensors: damaged at byte \d+: .{1,500}$/);
  });

  it("names of 3 MB in what is said when a tensor is asked for", () => {
    for (const dtype of ["I64", long]) {
      const header = `{${quoted}:${entry(dtype, "[1]", "[0,8]")}}`;
      const [tensor] = decodeSafetensors(file(header, new Array(8).fill(127))).tensors.values();
      expect(() => tensor?.data).toThrow(/^safetensors: .{1,500}$/);
    }
  });

  it("what does not fit a model is told in a short message, too", () => {
    const device = standIn(Device, { check: () => undefined });
    const model = new nn.Linear(1, 1, { bias: false });
    const load = (header: string) => () => model.loadStateDict(device, decodeSafetensors(file(header, four)).tensors);
    expect(load(`{${quoted}:${ok}}`)).toThrow(/^loadStateDict: the model has no parameter n{60}…, expected weight; /);
    const ones = `[${"1,".repeat(1_000_000)}1]`;
    expect(load(`{"weight":${entry("F32", ones, "[0,4]")}}`)).toThrow(
      /^loadStateDict: weight has shape \[1, .{1,500}$/,
    );
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`part${i}`, new nn.Linear(1, 1)]));
    const dict = new Map([[long, { shape: [1], data: new Float32Array(1) }]]);
    expect(() => toKeras("LSTM", dict)).toThrow(/^toKeras: there is no weight_ih_l0, expected it among n{60}…; /);
    class Model extends nn.Module {
      parts = many;
    }
    expect(() => new Model().loadStateDict(device, dict)).toThrow(
      /expected parts\.part0\.weight, .{1,500}, … \(200 in all\); /,
    );
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
