import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import {
  checkOptions,
  count,
  finite,
  flag,
  type KindsOf,
  listOf,
  nearestName,
  nested,
  oneOf,
  positive,
  rate,
  required,
  show,
} from "../../src/options.ts";

interface Options {
  readonly numLayers?: number;
  readonly dropout?: number;
  readonly clipNorm?: number | undefined;
  readonly bias?: boolean;
  readonly merge?: "concat" | "sum";
  readonly learningRate: number;
  readonly betas?: readonly number[];
  readonly zoneout?: { readonly h?: number };
}

const kinds: KindsOf<Options> = {
  numLayers: count,
  dropout: rate,
  clipNorm: positive,
  bias: flag,
  merge: oneOf("concat", "sum"),
  learningRate: required(finite),
  betas: listOf(finite, "numbers"),
  zoneout: nested<{ h?: number }>({ h: rate }),
};

const check = (given: unknown) => checkOptions("net", given as Options, kinds);
const ok = { learningRate: 1 };

describe("options", () => {
  it("pass where all are known and fit; undefined is absent", () => {
    check(ok);
    check({ ...ok, numLayers: 2, dropout: 0, bias: false, merge: "sum", betas: [0.9], zoneout: { h: 0.1 } });
    check({ ...ok, numLayers: undefined, clipNorm: undefined, zoneout: undefined });
    check(Object.assign(Object.create(null), ok));
    checkOptions("net", undefined, { bias: flag } as KindsOf<{ bias?: boolean }>);
  });

  it.each([
    ["optimiser", "optimizer"],
    ["num_layers", "numLayers"],
    ["NUMLAYERS", "numLayers"],
    ["lr", "learningRate"],
    ["clipValue", "clipNorm"],
    ["eps", "epsilon"],
    ["weight_decay", "weightDecay"],
    ["onnonfinite", "onNonFinite"],
    ["hiddenSize", undefined],
    ["__proto__", undefined],
    ["x".repeat(1e6), undefined],
  ])("the nearest to %.20s is %s", (name, nearest) => {
    const valid = ["optimizer", "numLayers", "learningRate", "clipNorm", "epsilon", "weightDecay", "onNonFinite"];
    expect(nearestName(name, valid)).toBe(nearest);
  });

  it.each<[unknown, string]>([
    [{ ...ok, num_layers: 2 }, "net: there is no option num_layers, expected one of numLayers, dropout"],
    [{ ...ok, num_layers: 2 }, "; use numLayers"],
    [{ ...ok, num_layers: undefined }, "there is no option num_layers"],
    [JSON.parse('{"learningRate": 1, "__proto__": {"dropout": 2}}'), "there is no option __proto__"],
    [Object.assign(Object.create({ dropout: 2 }), ok), "net: dropout is 2, expected a number from 0"],
    [{ ...ok, zoneout: { hidden: 1 } }, "there is no option zoneout.hidden, expected one of h"],
    [{ ...ok, zoneout: { h: 1 } }, "net: zoneout.h is 1, expected"],
    [{}, "net: learningRate is undefined, expected a finite number"],
    [{ learningRate: Number.NaN }, "net: learningRate is NaN, expected"],
    [{ learningRate: "0.1" }, 'net: learningRate is "0.1", expected'],
    [{ ...ok, numLayers: 1.5 }, "net: numLayers is 1.5, expected a positive integer"],
    [{ ...ok, numLayers: null }, "net: numLayers is null, expected"],
    [{ ...ok, dropout: 1 }, "net: dropout is 1, expected"],
    [{ ...ok, bias: 1 }, "net: bias is 1, expected true or false"],
    [{ ...ok, merge: "foo" }, 'net: merge is "foo", expected one of "concat", "sum"'],
    [{ ...ok, betas: [0.9, "x"] }, "net: betas is [0.9"],
    [{ ...ok, betas: new Array(3) }, "net: betas is [, , ]"],
    [null, "net: options is null, expected an object"],
    [2, "net: options is 2, expected an object"],
    [[], "net: options is [], expected an object"],
  ])("%j: %s", (given, message) => {
    expect(() => check(given)).toThrow(ArgumentError);
    expect(() => check(given)).toThrow(message);
  });

  it("any value can be shown", () => {
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error("no");
        },
      },
    );
    const values = [
      undefined,
      Symbol("s"),
      1n,
      () => 1,
      class {},
      Object.create(null),
      cyclic,
      hostile,
      "x".repeat(1e5),
    ];
    for (const value of values) expect(show(value).length).toBeLessThan(80);
  });
});
