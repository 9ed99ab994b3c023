// Which parameters a pattern means, and groups of them with rates of their own. Without a GPU.
import { describe, expect, test } from "vitest";
import { optim } from "../../src/index.ts";
import { checkGroupsUsed, groupOf, isFrozen, ratesOf } from "../../src/train/optim/groups.ts";
import { isMeant, type NamePattern } from "../../src/train/optim/pattern.ts";
import { parameter } from "../plan/support.ts";

test("what names a pattern means", () => {
  const names = ["rnn.weight_ih_l0", "rnn.bias_ih_l0", "head.weight", "head.bias", "a", "aa"];
  const meant = (pattern: NamePattern) => names.filter((name) => isMeant(pattern, name));
  expect(meant("rnn.*")).toEqual(names.slice(0, 2));
  expect(meant("*.weight*")).toEqual([names[0], names[2]]);
  expect(meant("*i*a*")).toEqual([names[1], names[3]].filter((name) => /i.*a/.test(name ?? "")));
  expect(meant("*")).toEqual(names);
  expect(meant("head")).toEqual([]);
  expect(meant("a*a")).toEqual(["aa"]);
  expect(meant("h*.*bias")).toEqual(["head.bias"]);
  // what stands between stars lies behind the part before it and ahead of the last, without a share in either
  for (const [pattern, name, fits] of [
    ["x*a*b", "xab", true],
    ["x*ab*b", "xab", false],
    ["*a*a*", "a", false],
    ["*ab*ab*", "abxab", true],
    ["ab*ba", "aba", false],
  ] as const) {
    expect(isMeant(pattern, name), `${pattern} of ${name}`).toBe(fits);
  }
  expect(meant(/bias/g)).toEqual([names[1], names[3]]);
  expect(meant((name) => name.length < 3)).toEqual(["a", "aa"]);
});

describe("groups", () => {
  const { sgd } = optim;
  const named = ["a.weight", "a.bias", "b.weight"].map((name) => Object.assign(parameter([2]), { name }));

  test("rates of a step: the optimizer's, then those of the groups", () => {
    const groups = [
      { parameters: "a.*", rateFactor: 0.5 },
      { parameters: "b.*", learningRate: (step: number) => step, rateFactor: 3 },
    ];
    expect(ratesOf(sgd({ groups }), 0.25, 4)).toEqual([0.25, 0.125, 12]);
    expect(ratesOf(sgd(), 0.25, 4)).toEqual([0.25]);
    const wrong = sgd({ groups: [{ parameters: "a.*", learningRate: () => Number.NaN }] });
    expect(() => ratesOf(wrong, 1, 2)).toThrow("step 2: the schedule gives the learning rate NaN");
  });

  test("a parameter is in the first group that means it, and no group is idle", () => {
    const optimizer = sgd({ groups: [{ parameters: "*.bias", frozen: true }, { parameters: "a.*" }] });
    expect(named.map(({ name }) => groupOf(optimizer, name))).toEqual([1, 0, -1]);
    expect(named.map((each) => isFrozen(optimizer, each))).toEqual([false, true, false]);
    expect(() => checkGroupsUsed(optimizer, named)).not.toThrow();
    const idle = sgd({ groups: [{ parameters: /a/ }, { parameters: "a.bias" }] });
    expect(() => checkGroupsUsed(idle, named)).toThrow(
      'sgd: groups[1] ("a.bias") has no parameter of the model that no group before it has, expected at least one of a.weight, a.bias, b.weight',
    );
  });

  test("as many as there is room for, and bounds that are one number", () => {
    expect(sgd({ groups: new Array(59).fill({ parameters: "*" }) }).groups).toHaveLength(59);
    for (const constraint of [{ minNorm: 1, maxNorm: 1 }, { minNorm: 0 }, { maxNorm: 2, rate: 1, axis: [-1, 0] }]) {
      expect(() => sgd({ groups: [{ parameters: "a", constraint }] })).not.toThrow();
    }
    expect(() => sgd({ groups: [{ parameters: "a", frozen: true, l2: undefined }] as never })).not.toThrow();
    expect(() => sgd({ groups: [{ parameters: "a", frozen: false, l2: 0.1 }] })).not.toThrow();
  });

  test.each<[readonly object[], string]>([
    [[{ parameters: "a", constraint: { rate: 0.5 } }], "constraint has no bound"],
    [[{ parameters: "a", constraint: { maxNorm: 0 } }], "groups[0]: constraint.maxNorm is 0"],
    [[{ parameters: "a", constraint: { maxNorm: 1, rate: 1.5 } }], "constraint.rate is 1.5"],
    [[{ parameters: "a", constraint: { maxNorm: 1, axis: 0.5 } }], "constraint.axis is 0.5"],
    [[{}], "sgd: groups[0]: parameters is undefined"],
    [[{ parameters: "" }], 'groups[0]: parameters is ""'],
    [[{ parameters: "a" }, { parameters: "b", lr: 1 }], "groups[1]: there is no option lr"],
    [[{ parameters: "a", rateFactor: -1 }], "groups[0]: rateFactor is -1"],
    [
      [{ parameters: "a", frozen: true, l2: 0.1, constraint: { maxNorm: 1 } }],
      "sgd: groups[0]: frozen is true and l2, constraint would do nothing, expected parameters alone",
    ],
    [[{ parameters: "a", frozen: true, learningRate: 0 }], "learningRate would do nothing"],
    [new Array(60).fill({ parameters: "*" }), "60 groups, expected at most 59"],
    [{} as never, "sgd: groups is an object"],
  ])("%j is refused", (groups, text) => {
    expect(() => sgd({ groups: groups as never })).toThrow(text);
  });
});
