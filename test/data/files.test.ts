// .npy against NumPy's files (test/fixtures/files.py), CSV, and what is refused.
import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { decodeNpy, encodeNpy, readCsv } from "../../src/data/index.ts";
import { loadPeer } from "../../src/data/peers.ts";

const fixture = JSON.parse(readFileSync(new URL("../fixtures/files.json", import.meta.url), "utf8"));
const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));

describe(".npy", () => {
  it("is read as NumPy wrote it, in either order of bytes and axes", () => {
    for (const { dtype, file, shape, data } of fixture.npy) {
      const array = decodeNpy(bytes(file));
      expect([dtype, array.shape, Array.from(array as Iterable<number>, Number)]).toEqual([dtype, shape, data]);
    }
    expect(decodeNpy(bytes(fixture.npy[0].file))).toBeInstanceOf(Float32Array);
  });

  it("is written as NumPy writes it", () => {
    const byType = (dtype: string) => bytes(fixture.npy.find((each: { dtype: string }) => each.dtype === dtype).file);
    for (const dtype of ["<f4", "<f8", "|i1", "|u1", "<i2", "<u2", "<u4", "<i8"]) {
      const read = decodeNpy(byType(dtype));
      expect(encodeNpy(read), dtype).toEqual(byType(dtype));
    }
    expect(encodeNpy(Float64Array.of(2.5), [])).toEqual(byType("scalar"));
    const view = new Float32Array(Float32Array.of(0, 1, 2, 3).buffer, 4, 2);
    const flat = decodeNpy(encodeNpy(view));
    expect([[...flat], flat.shape]).toEqual([[1, 2], [2]]);
    expect(decodeNpy(encodeNpy(view, [1, 2, 1])).shape).toEqual([1, 2, 1]);
  });

  const whole = encodeNpy(Float32Array.of(1, 2));
  test.for<[string, () => unknown, RegExp]>([
    [
      "another file",
      () => decodeNpy(new TextEncoder().encode("PK\x03\x04 something"), "a.npz"),
      /decodeNpy: a\.npz is no \.npy file/,
    ],
    [
      "a header that is cut off",
      () => decodeNpy(whole.slice(0, 40)),
      /the header ends at byte 128, expected at most 40/,
    ],
    ["data that is cut off", () => decodeNpy(whole.slice(0, -1)), /has 7 bytes of data, expected 8 for \[2\] of f4/],
    ["complex numbers", () => decodeNpy(bytes(fixture.refused.complex)), /is of type '<c8'.*expected one of b1, i1/],
    ["records", () => decodeNpy(bytes(fixture.refused.record)), /is of type \[\('a'/],
    ["another shape", () => encodeNpy(Float32Array.of(1, 2), [3]), /data has 2 numbers, expected 3 for \[3\]/],
  ])("refuses %s", ([, make, message]) => expect(make).toThrow(message));
});

describe("readCsv", () => {
  it("finds types and missing fields, and gives columns as numbers and texts", async () => {
    const table = await readCsv(
      '\ufeffday, price ,"say ""hi"""\r\n2020-01-01,1.5,"a,b"\r\n\r\n2020-01-02,NA,\r\n2020-01-03,-2e3,"two\nlines"\r\n',
    );
    expect([table.names, table.rows]).toEqual([["day", "price", 'say "hi"'], 3]);
    expect(table.types).toEqual({ day: "text", price: "number", 'say "hi"': "text" });
    expect(table.missing).toEqual({ day: 0, price: 1, 'say "hi"': 1 });
    expect(table.column("price")).toEqual(Float64Array.of(1.5, Number.NaN, -2000));
    expect(table.text('say "hi"')).toEqual(["a,b", null, "two\nlines"]);
    expect(table.numbers().shape).toEqual([3, 1]);
  });

  it("takes delimiters, decimals, markers and bytes as told, and needs no header", async () => {
    const table = await readCsv(new TextEncoder().encode("1,5;x;3\n-;y;4,25\n"), {
      header: false,
      delimiter: ";",
      decimal: ",",
      missing: ["-"],
    });
    expect(table.names).toEqual(["0", "1", "2"]);
    expect(table.numbers("2", "0")).toEqual(Float64Array.of(3, 1.5, 4.25, Number.NaN));
    expect(table.numbers().shape).toEqual([2, 2]);
    expect((await readCsv("a\tb\n1\t2\n")).numbers().shape).toEqual([1, 2]);
    // text by order, where numbers would do
    expect((await readCsv("code\n007\n", { types: { code: "text" } })).types).toEqual({ code: "text" });
    // hexadecimal, grouped and empty numbers are none
    expect((await readCsv('a,b,c\n0x10,"1,000",1 2\n')).types).toEqual({ a: "text", b: "text", c: "text" });
  });

  test.for<[string, () => Promise<unknown>, RegExp]>([
    [
      "a line of too few fields",
      () => readCsv('a,b\n1,"x\ny"\n3\n', { name: "x.csv" }),
      /readCsv: x\.csv: line 4 has 1 fields, expected 2 \(a, b\)/,
    ],
    ["a line of too many fields", () => readCsv("a,b\r\n1,2\r\n3,4,5\r\n"), /line 3 has 3 fields, expected 2/],
    ["a quote that does not end", () => readCsv('a,b\n1,2\n"3,4\n5,6\n'), /line 3: .*[Qq]uote/],
    [
      "a field that is no number",
      () => readCsv("a,b\n1,2\n\n3,4x\n", { types: { b: "number" } }),
      /line 4, column b: "4x", expected a number/,
    ],
    ["numbers of a text column", async () => (await readCsv("a\n1\nx\n")).numbers("a"), /line 3, column a: "x"/],
    [
      "a column that there is not",
      async () => (await readCsv("price\n1\n")).numbers("prize"),
      /there is no column "prize", expected one of price; is it price\?/,
    ],
    [
      "types of a column that there is not",
      () => readCsv("a\n1\n", { types: { b: "text" } }),
      /types names the column "b"/,
    ],
    ["two columns of one name", () => readCsv("a,a\n1,2\n"), /line 1: two columns are called "a"/],
    ["no rows", () => readCsv("a,b\n"), /no rows behind the header/],
    ["bytes that are no UTF-8", () => readCsv(Uint8Array.of(97, 10, 0xe9, 10)), /no UTF-8.*latin1/],
    [
      "a package that is not there",
      () => loadPeer("readCsv", "papaparse", "papaparse", () => import("no-such-package" as string)),
      /the package papaparse does not load \(.*no-such-package.*\); install it beside seqgrad \(npm install papaparse\), or pass it as papaparse/,
    ],
  ])("refuses %s", async ([, run, message]) => {
    await expect(run()).rejects.toThrow(message);
  });
});
