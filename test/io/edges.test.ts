// Exact boundaries of safetensors files: sizes, places, numbers at the ends of their types.
import { describe, expect, test } from "vitest";
import { DataError } from "../../src/errors.ts";
import { decodeSafetensors, encodeSafetensors, fromKeras, type KerasTensor, toKeras } from "../../src/io/index.ts";
import { entry, file, one } from "./support.ts";

const errorOf = (bytes: Uint8Array, name?: string): string => {
  try {
    for (const tensor of decodeSafetensors(bytes, name).tensors.values()) tensor.data;
  } catch (error) {
    if (error instanceof DataError) return error.message;
    throw error;
  }
  return "";
};

const orders = <T>(items: readonly T[]): T[][] =>
  items.length === 0
    ? [[]]
    : items.flatMap((item, k) => orders(items.toSpliced(k, 1)).map((others) => [item, ...others]));

describe("header", () => {
  test("eight bytes are a length, and a header of two is a file", () => {
    expect(errorOf(new Uint8Array(7))).toContain("at byte 7: the file ends inside the header length");
    expect(errorOf(new Uint8Array(8))).toContain('at byte 8: the header does not begin with "{"');
    expect(decodeSafetensors(file("{}")).tensors.size).toBe(0);
  });

  test("may have 100,000,000 bytes and no more", () => {
    expect(errorOf(file("{}", [], 100_000_000n))).toMatch(/at byte 10: .* expected 100000000 bytes, got 2$/);
    expect(errorOf(file("{}", [], 100_000_001n))).toMatch(/at byte 0: .* is 100000001, expected at most 100000000/);
    expect(errorOf(file("{}", [], 3n))).toContain(
      "at byte 10: the file ends inside the header, expected 3 bytes, got 2",
    );
  });

  test("a mark of byte order is no brace, and bytes are counted, not characters", () => {
    expect(errorOf(file("\ufeff{}"))).toContain('does not begin with "{"');
    expect(errorOf(file('{"ü😀":1}'))).toContain('at byte 9: tensor "ü😀"');
    const two = `{"ü😀":${entry("F32", "[0]", "[0,0]")},"b":1}`;
    const at = 8 + new TextEncoder().encode(two.slice(0, two.indexOf('"b"'))).length;
    expect(errorOf(file(two))).toContain(`at byte ${at}: tensor "b"`);
    expect(errorOf(file('{"__metadata__":{"a":"b","c":null}}'), "m")).toBe(
      'm: damaged at byte 9: "__metadata__" has for "c" something that is not a string',
    );
  });

  test.each(["null", "[]", '"x"', "1"])("a tensor described by %s", (described) => {
    expect(errorOf(file(`{"x":${described}}`))).toContain("is not described by an object");
  });

  test.each(["[0]", "[]", "[0,4,4]", '"04"', "[-4,0]", "[0,4.5]", "[0,null]"])("offsets %s", (offsets) => {
    expect(errorOf(file(`{"x":${entry("F32", "[1]", offsets)}}`, [0, 0, 0, 0]))).toContain("expected two non-negative");
  });
});

describe("places", () => {
  const zeros = (count: number) => new Array<number>(count).fill(0);
  const two = (x: [number, number], y: [number, number], data: number) => {
    const described = (name: string, [begin, end]: [number, number]) =>
      `"${name}":${entry("F32", `[${(end - begin) / 4}]`, `[${begin},${end}]`)}`;
    return file(`{${described("x", x)},${described("y", y)}}`, zeros(data));
  };

  test("are in any order, empty ones between and at others' offsets", () => {
    for (const [x, y] of [
      [
        [0, 4],
        [4, 8],
      ],
      [
        [4, 8],
        [0, 4],
      ],
      [
        [0, 0],
        [0, 8],
      ],
      [
        [0, 8],
        [0, 0],
      ],
      [
        [0, 8],
        [8, 8],
      ],
      [
        [8, 8],
        [0, 8],
      ],
    ] as [[number, number], [number, number]][]) {
      expect(errorOf(two(x, y, 8))).toBe("");
    }
  });

  test("of empty ones begin where others do, in every order of the header", () => {
    const parts: [name: string, described: string, values: readonly number[]][] = [
      ["front", entry("F32", "[1]", "[0,4]"), [2]],
      ["none", entry("F32", "[3,0]", "[4,4]"), []],
      ["none either", entry("I64", "[0]", "[4,4]"), []],
      ["back", entry("F32", "[1]", "[4,8]"), [3]],
    ];
    const data = new Uint8Array(Float32Array.of(2, 3).buffer);
    for (const order of orders(parts)) {
      const { tensors } = decodeSafetensors(file(`{${order.map(([name, text]) => `"${name}":${text}`)}}`, data));
      expect([...tensors].map(([name, tensor]) => [name, [...tensor.data]])).toEqual(
        order.map(([name, , values]) => [name, values]),
      );
    }
    // inside another's bytes an empty one is none of the format's, in whichever order
    for (const [x, y] of [
      [
        [0, 8],
        [4, 4],
      ],
      [
        [4, 4],
        [0, 8],
      ],
    ] as [[number, number], [number, number]][]) {
      expect(errorOf(two(x, y, 8))).toMatch(/overlaps the one before it/);
    }
  });

  test("have no gap and no overlap, and are told where", () => {
    const start = two([0, 4], [4, 8], 8).length - 8;
    expect(errorOf(two([0, 4], [8, 12], 12))).toMatch(/tensor "y" leaves 4 bytes unused before it/);
    expect(errorOf(two([4, 8], [8, 12], 12))).toContain(`at byte ${start + 1}: tensor "x" leaves 4 bytes unused`);
    expect(errorOf(two([0, 8], [4, 8], 8))).toContain(`at byte ${start}`.slice(0, 8));
    expect(errorOf(two([0, 8], [4, 8], 8))).toMatch(/tensor "y" overlaps the one before it/);
    expect(errorOf(two([0, 8], [4, 4], 8))).toMatch(/tensor "y" overlaps the one before it/);
    expect(errorOf(two([0, 4], [4, 8], 9))).toContain(`at byte ${start + 8}: 1 bytes after the last tensor`);
    expect(errorOf(two([0, 4], [4, 8], 7))).toContain("ends at byte 8 of the data, but the file has only 7");
    expect(errorOf(file(`{"x":${entry("F32", "[0]", "[4,0]")}}`, zeros(4)))).toContain(
      "ends at 0 before it begins at 4",
    );
  });

  test("the byte of a gap and of an overlap is the first that is wrong", () => {
    const header = `{"x":${entry("F32", "[1]", "[0,4]")},"y":${entry("F32", "[1]", "[8,12]")}}`;
    expect(errorOf(file(header, zeros(12)))).toContain(`at byte ${8 + header.length + 4}: `);
    const overlap = `{"x":${entry("F32", "[2]", "[0,8]")},"y":${entry("F32", "[1]", "[4,8]")}}`;
    expect(errorOf(file(overlap, zeros(8)))).toContain(`at byte ${8 + overlap.length + 4}: `);
  });
});

describe("numbers", () => {
  const read = (dtype: string, data: ArrayBufferView, count: number) => [
    ...(decodeSafetensors(one(dtype, `[${count}]`, data)).tensors.get("x")?.data ?? []),
  ];

  test("at the ends of 32 bits are read, beyond them refused at their byte", () => {
    expect(read("I64", BigInt64Array.of(-(2n ** 31n), 2n ** 31n - 1n), 2)).toEqual([-(2 ** 31), 2 ** 31 - 1]);
    expect(read("U64", BigUint64Array.of(0n, 2n ** 31n - 1n), 2)).toEqual([0, 2 ** 31 - 1]);
    expect(read("U32", Uint32Array.of(2 ** 31 - 1), 1)).toEqual([2 ** 31 - 1]);
    const wide = one("I64", "[3]", BigInt64Array.of(0n, -(2n ** 31n) - 1n, 0n));
    expect(errorOf(wide)).toContain(`at byte ${wide.length - 16}: tensor "x" has -2147483649`);
    expect(errorOf(one("U32", "[1]", Uint32Array.of(2 ** 31)))).toContain("2147483648, which does not fit 32 bits");
    expect(errorOf(one("U64", "[1]", BigUint64Array.of(2n ** 63n)))).toContain("does not fit");
  });

  test("float64 is rounded, but finite stays finite; NaN and infinities stay", () => {
    const largest = Math.fround(3.4028234663852886e38);
    const kept = read("F64", Float64Array.of(largest, -largest, Number.NaN, Infinity, -Infinity, 0.1, 1e-300), 7);
    expect(kept).toEqual([largest, -largest, Number.NaN, Infinity, -Infinity, Math.fround(0.1), 0]);
    expect(errorOf(one("F64", "[1]", Float64Array.of(3.5e38)))).toContain("does not fit 32 bits");
    expect(errorOf(one("F64", "[1]", Float64Array.of(-3.5e38)))).toContain("does not fit 32 bits");
    expect(read("BF16", Uint16Array.of(0xff80, 0x8000, 0x7f7f), 3)).toEqual([-Infinity, -0, 3.3895313892515355e38]);
  });

  test("a scalar and an extent of 0", () => {
    expect(read("F32", Float32Array.of(), 0)).toEqual([]);
    const scalar = decodeSafetensors(one("F32", "[]", Float32Array.of(2))).tensors.get("x");
    expect([scalar?.shape, [...(scalar?.data ?? [])]]).toEqual([[], [2]]);
    expect(errorOf(one("F32", "[]", Float32Array.of(2, 3)))).toContain("of shape [], expected 4 bytes, got 8");
  });
});

test("metadata is written only where there is any, and first", () => {
  const header = (bytes: Uint8Array) => new TextDecoder().decode(bytes.subarray(8)).trim();
  const tensors = new Map([["x", { shape: [0], data: new Int32Array(0) }]]);
  expect(header(encodeSafetensors(tensors))).toBe('{"x":{"dtype":"I32","shape":[0],"data_offsets":[0,0]}}');
  expect(header(encodeSafetensors(tensors, { a: "" }))).toMatch(/^\{"__metadata__":\{"a":""\},"x":/);
  expect(header(encodeSafetensors(new Map()))).toBe("{}");
});

describe("Keras", () => {
  const filled = (shape: number[], start = 1): KerasTensor => ({
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => start + i),
  });
  const [kernel, recurrent, bias] = [filled([3, 8]), filled([2, 8], 50), filled([8], 90)];
  const refused = (weights: KerasTensor[], options = {}) => {
    expect(() => fromKeras("LSTM", weights, options)).toThrow(DataError);
  };

  test("takes two or three tensors, or twice as many, and no other number", () => {
    const all = [kernel, recurrent, bias];
    for (const count of [0, 1, 4, 5, 6]) refused([...all, ...all].slice(0, count));
    for (const count of [0, 1, 2, 3, 5]) refused([...all, ...all].slice(0, count), { bidirectional: true });
    const twice = fromKeras("LSTM", [kernel, recurrent, recurrent, recurrent].with(2, kernel), { bidirectional: true });
    expect([...twice.keys()]).toEqual(["weight_ih_l0", "weight_hh_l0", "weight_ih_l0_reverse", "weight_hh_l0_reverse"]);
  });

  test("gives every tensor its shape", () => {
    const shapes = (...given: Parameters<typeof fromKeras>) =>
      [...fromKeras(...given).values()].map((each) => each.shape);
    const biases = [[8], [8]];
    expect(shapes("LSTM", [kernel, recurrent, bias])).toEqual([[8, 3], [8, 2], ...biases]);
    expect(shapes("GRU", [filled([3, 6]), filled([2, 6]), filled([2, 6])])).toEqual([[6, 3], [6, 2], [6], [6]]);
    expect(shapes("SimpleRNN", [filled([3, 2]), filled([2, 2]), filled([2])])).toEqual([[2, 3], [2, 2], [2], [2]]);
  });

  test("every tensor must have its rank, its extents and as many numbers", () => {
    refused([filled([24]), recurrent, bias]);
    refused([{ ...kernel, shape: [3, 7] }, recurrent, bias]);
    refused([kernel, { ...recurrent, shape: [8, 2] }, bias]);
    refused([kernel, { ...recurrent, data: new Float32Array(15) }, bias]);
    refused([kernel, recurrent, filled([7])]);
    refused([kernel, recurrent, filled([1, 8])]);
    refused([kernel, recurrent, { shape: [8], data: new Float32Array(9) }]);
    expect(() => fromKeras("GRU", [filled([3, 6]), filled([2, 6]), filled([3, 6])])).toThrow(/\[6\] or \[2, 6\]/);
  });

  test("two biases are one in Keras, except where the reset comes after", () => {
    const sum = (kind: "LSTM" | "SimpleRNN" | "GRU", columns: number, options = {}) => {
      const dict = new Map<string, KerasTensor>([
        ["weight_ih_l0", filled([columns, 3])],
        ["weight_hh_l0", filled([columns, 2])],
        ["bias_ih_l0", filled([columns], 1)],
        ["bias_hh_l0", filled([columns], 100)],
      ]);
      return toKeras(kind, dict, options)[2];
    };
    expect(sum("SimpleRNN", 2)).toEqual({ shape: [2], data: Float32Array.of(101, 103) });
    expect(sum("LSTM", 8)?.shape).toEqual([8]);
    expect(sum("GRU", 6)?.shape).toEqual([2, 6]);
    expect(sum("GRU", 6, { resetAfter: true })?.shape).toEqual([2, 6]);
    expect(sum("GRU", 6, { resetAfter: false })?.shape).toEqual([6]);
  });

  test.each(["weight_hr", "weight_peephole", "norm_ih_weight"])("a layer with %s is none of Keras's", (name) => {
    const dict = fromKeras("LSTM", [kernel, recurrent, bias]);
    expect(() => toKeras("LSTM", new Map([...dict, [`${name}_l0`, bias]]))).toThrow(`the layer has ${name}_l0`);
    // of another layer it is nobody's business here
    expect(toKeras("LSTM", new Map([...dict, [`${name}_l1`, bias]]))).toHaveLength(3);
  });
});
