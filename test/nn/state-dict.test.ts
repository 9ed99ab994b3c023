// Names on the way to a file and back: tied parameters, and tensors that do not fit the model.
import { expect, test } from "vitest";
import { ArgumentError, DataError, Device, nn, Parameter, ShapeError } from "../../src/index.ts";
import { standIn } from "../support/stand-in.ts";

class Leaf extends nn.Module {
  weight = new Parameter([2], nn.initializers.zero);
}

class Tied extends nn.Module {
  embed = new Leaf();
  head = this.embed;
  alone = new Leaf();
  again = { weight: this.alone.weight };
  self: unknown = this;
}

/** A device that holds parameters on the host. */
function hostDevice() {
  const written = new Map<Parameter, Float32Array>();
  const device = standIn(Device, {
    check() {},
    parameters: {
      write: (parameter: Parameter, data: Float32Array) => written.set(parameter, data),
      read: async (list: Parameter[]) => list.map((each) => written.get(each) ?? new Float32Array(2)),
    },
  });
  return { written, device: device as unknown as Device };
}

const entry = (...data: number[]) => ({ shape: [data.length], data: Float32Array.from(data) });
const [A, B] = [entry(1, 2), entry(3, 4)];

test("a tied parameter has its first name, or all of its names", async () => {
  const [{ device }, model] = [hostDevice(), new Tied()];
  model.loadStateDict(
    device,
    new Map([
      ["embed.weight", A],
      ["alone.weight", B],
    ]),
  );
  expect([...(await model.stateDict(device))]).toEqual([
    ["embed.weight", A],
    ["alone.weight", B],
  ]);
  const all = await model.stateDict(device, { tied: "all" });
  expect(Object.fromEntries(all)).toEqual({
    "embed.weight": A,
    "alone.weight": B,
    "head.weight": A,
    "again.weight": B,
  });
  const other = hostDevice();
  expect(model.loadStateDict(other.device, all)).toEqual({ missing: [], unexpected: [] });
  expect(other.written.get(model.embed.weight)).toEqual(A.data);
  await expect(model.stateDict(device, { tied: "both" as never })).rejects.toThrow(ArgumentError);
});

test("a tied parameter is loaded by any of its names; names that differ are refused", () => {
  const [{ device, written }, model] = [hostDevice(), new Tied()];
  model.loadStateDict(
    device,
    new Map([
      ["head.weight", B],
      ["again.weight", A],
    ]),
  );
  expect([written.get(model.embed.weight), written.get(model.alone.weight)]).toEqual([B.data, A.data]);
  written.clear();
  const differing = new Map([
    ["embed.weight", A],
    ["head.weight", B],
    ["alone.weight", A],
  ]);
  expect(() => model.loadStateDict(device, differing)).toThrow(DataError);
  expect(() => model.loadStateDict(device, differing)).toThrow(
    /embed\.weight and head\.weight are both for embed\.weight/,
  );
  expect(written.size).toBe(0);
});

test("not strict: what fits is loaded, the rest is told", () => {
  const [{ device, written }, model] = [hostDevice(), new Tied()];
  const dict = new Map([
    ["head.weight", A],
    ["old.bias", B],
  ]);
  expect(() => model.loadStateDict(device, dict)).toThrow(/no parameter old\.bias.*strict: false/);
  expect(() => model.loadStateDict(device, new Map([["head.weight", A]]))).toThrow(
    /parameter alone\.weight is missing/,
  );
  expect(written.size).toBe(0);
  expect(model.loadStateDict(device, dict, { strict: false })).toEqual({
    missing: ["alone.weight"],
    unexpected: ["old.bias"],
  });
  expect([...written]).toEqual([[model.embed.weight, A.data]]);
  written.clear();
  const wrong = new Map([
    ["alone.weight", A],
    ["embed.weight", entry(1, 2, 3)],
  ]);
  expect(() => model.loadStateDict(device, wrong, { strict: false })).toThrow(ShapeError);
  expect(written.size).toBe(0);
});

test("names are changed, and tensors left out, by rename", () => {
  const [{ device, written }, model] = [hostDevice(), new Tied()];
  const dict = new Map([
    ["module.embed.weight", A],
    ["module.alone.weight", B],
    ["step", entry(1)],
  ]);
  const rename = (name: string) => (name === "step" ? null : name.replace("module.", ""));
  expect(model.loadStateDict(device, dict, { rename })).toEqual({ missing: [], unexpected: [] });
  expect([written.get(model.embed.weight), written.get(model.alone.weight)]).toEqual([A.data, B.data]);
  expect(() => model.loadStateDict(device, dict, { rename: () => "embed.weight" })).toThrow(
    /are both for embed\.weight/,
  );
  for (const options of [{ strict: "no" }, { rename: { a: "b" } }, { strikt: false }]) {
    expect(() => model.loadStateDict(device, dict, options as never)).toThrow(ArgumentError);
  }
});

test("what is no Map of tensors is refused; numbers that nobody asks for are not read", () => {
  const [{ device, written }, model] = [hostDevice(), new Leaf()];
  const load = (dict: unknown) => model.loadStateDict(device, dict as nn.LoadedTensors, { strict: false });
  for (const wrong of [{ weight: A }, [["weight", A]], null, new Map([[1, A]]), new Map([["weight", A.data]])]) {
    expect(() => load(wrong)).toThrow(DataError);
  }
  expect(() => load(new Map([["weight", { shape: [2], data: [1, 2] }]]))).toThrow(/data of weight is \[1, 2\]/);
  expect(written.size).toBe(0);
  const unread = {
    shape: [2],
    get data(): Float32Array {
      throw new Error("was read");
    },
  };
  expect(
    load(
      new Map([
        ["other", unread],
        ["weight", A],
      ] as never),
    ),
  ).toEqual({ missing: [], unexpected: ["other"] });
  expect(() => model.loadStateDict(device, new Map([["weight", A]]), { rename: (() => 3) as never })).toThrow(
    ArgumentError,
  );
});
