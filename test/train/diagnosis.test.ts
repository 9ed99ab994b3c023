// Which module a failed step is put down to, given which of the values that are looked at are not finite. Without a GPU.
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Value } from "../../src/graph/value.ts";
import {
  add,
  float32,
  int32,
  linear,
  losses,
  matmul,
  mean,
  mul,
  nn,
  optim,
  scan,
  square,
  tanh,
} from "../../src/index.ts";
import type { ProgramRequest } from "../../src/plan/build.ts";
import { diagnose } from "../../src/train/diagnosis.ts";
import type { NonFinite } from "../../src/train/guard.ts";
import { traceStep } from "../../src/train/trace.ts";
import { adapterOf } from "../plan/support.ts";

const run = vi.hoisted(() => ({
  /** Values that are looked at, in order. */
  watched: [] as unknown[],
  streams: undefined as unknown,
  hyper: [] as unknown[][],
  copies: [] as unknown[][],
  disposed: [] as string[],
  error: undefined as Error | undefined,
}));

vi.mock("../../src/plan/build.ts", async (original) => {
  const actual = await original<typeof import("../../src/plan/build.ts")>();
  const buildProgram = (request: ProgramRequest) => {
    run.watched = (request.watch ?? []).map(([value]) => value);
    run.streams = request.streams;
    return actual.buildProgram(request);
  };
  return { ...actual, buildProgram };
});
vi.mock("../../src/gpu/arena.ts", async (original) => ({
  ...(await original<object>()),
  Arena: class {
    readonly buffer = "flags";
    constructor(
      _: unknown,
      readonly label: string,
      readonly elements: number,
    ) {}
    dispose = () => run.disposed.push(this.label);
  },
}));
vi.mock("../../src/run/hyper.ts", () => ({
  Hyper: class {
    readonly arena = { label: "hyper", elements: 64 };
    write = (...words: unknown[]) => run.hyper.push(words);
    dispose = () => run.disposed.push("hyper");
  },
}));
vi.mock("../../src/run/replay.ts", () => ({
  Replay: {
    async create() {
      if (run.error) throw run.error;
      const encoder = { copyBufferToBuffer: (...copy: unknown[]) => run.copies.push(copy) };
      return {
        inputPlace: () => ({ buffer: "target", byteOffset: 16 }),
        prepare: (name: string, data: unknown) => () => run.copies.push([name, data]),
        run: (before: (to: unknown) => void, after: (to: unknown) => void) => [before(encoder), after(encoder)],
        dispose: () => run.disposed.push("replay"),
      };
    },
  },
}));

beforeEach(() => {
  run.copies.length = 0;
  run.hyper.length = 0;
  run.disposed.length = 0;
  run.error = undefined;
});

class Body extends nn.Module {
  cell = new nn.Linear(4, 4, { bias: false });
  forward(x: Value): Value {
    return tanh(this.cell.forward(x));
  }
}

class Net extends nn.Module {
  embed = new nn.Embedding(5, 4);
  body = new Body();
  head = new nn.Linear(4, 2);
  /** Used without a call. */
  deep = { spare: new nn.Linear(4, 2, { bias: false }) };
  forward(tokens: Value, x: Value, h: Value) {
    const embedded = this.embed.forward(tokens);
    const body = this.body.forward(add(embedded, h));
    return { y: this.head.forward(body), other: linear(x, this.deep.spare.weight) };
  }
}

/** The graph of a step, and its values by name. */
function traced() {
  const model = new Net();
  const values: Record<string, Value> = {};
  const trace = traceStep(model, {
    inputs: { tokens: int32([3]), x: float32([3, 4]) },
    carry: { h: float32([3, 4]) },
    optimizer: optim.sgd(),
    loss: ({ tokens, x, h }) => {
      const { y, other } = model.forward(tokens, x, h);
      const next = mul(h, 0.5);
      const loss = add(mean(square(y)), mean(square(other)));
      Object.assign(values, { x, h, y, other, next, loss });
      return { loss, carry: { h: next } };
    },
  });
  for (const { kind, call } of trace.events) {
    if (kind === "end" && call.path !== "") values[call.path] = call.outputs[0] as Value;
  }
  for (const parameter of trace.parameters) values[parameter.name] = parameter;
  return { trace, values };
}

type Sources = (name: string) => unknown;
const data = { tokens: new Int32Array(3), x: new Float32Array(12), h: { buffer: "carry", byteOffset: 32 } } as Record<
  string,
  unknown
>;

function diagnosed(
  { trace }: Pick<ReturnType<typeof traced>, "trace">,
  what: NonFinite,
  isBad: (value: unknown, index: number) => boolean,
  inputOf: Sources = (name) => data[name],
  streams?: Map<object, number>,
) {
  const parameters = { label: "parameters", elements: 1 << 16 };
  const device = {
    profile: adapterOf(),
    parameters: {
      placeOf: (leaf: Value) => {
        const index = trace.parameters.indexOf(leaf as never);
        return index < 0 ? undefined : { external: parameters, offset: 1024 * index };
      },
    },
    staging: {
      take: () => "staging",
      read: async () => Uint32Array.from(run.watched, (value, i) => (isBad(value, i) ? 1 : 0)).buffer,
    },
  };
  return diagnose(device as never, trace, { step: 9, scalars: [], seed: 5, what, inputOf: inputOf as never, streams });
}

describe("forward", () => {
  const MODULES = "the first module whose output is not finite is";
  const NONE = "the outputs of all modules are finite: it arises in the loss function";
  test.each<[names: string[], module: string | null, text: string]>([
    [["loss", "y", "head"], "head", `${MODULES} head (Linear)`],
    [["loss", "head", "body", "body.cell"], "body.cell", `${MODULES} body.cell (Linear)`],
    [["loss", "head", "body"], "body", `${MODULES} body (Body)`],
    [["other"], "", `${MODULES} the model itself (Net)`],
    [["loss"], null, NONE],
    [["next"], null, NONE],
    [["head", "x"], "head", `${MODULES} head (Linear); input x is not finite`],
    [["head", "h"], "head", `${MODULES} head (Linear); input h is not finite`],
    [["loss", "deep.spare.weight"], "deep.spare", `${NONE}; parameter deep.spare.weight is not finite`],
    [
      ["loss", "x", "deep.spare.weight"],
      null,
      `${NONE}; input x is not finite; parameter deep.spare.weight is not finite`,
    ],
    [[], null, "run once more with the parameters as they are now, everything is finite"],
    [["embed.weight"], null, "run once more with the parameters as they are now, everything is finite"],
  ])("%j", async (names, module, text) => {
    const step = traced();
    const bad = names.map((name) => step.values[name]);
    expect(bad).not.toContain(undefined);
    for (const what of ["loss", "carry"] as const) {
      expect(await diagnosed(step, what, (value) => bad.includes(value as Value))).toEqual({ module, text });
    }
  });

  test("three causes are named, no more", async () => {
    const { text } = await diagnosed(traced(), "loss", () => true);
    expect(text).toMatch(
      /^the first module whose output is not finite is embed \(Embedding\); input x [^;]*;[^;]*;[^;]*$/,
    );
  });

  test("an output that is an input counts, one that the step does not compute does not", async () => {
    class Same extends nn.Module {
      inner = new nn.Linear(4, 4);
      forward = (x: Value) => x;
    }
    const model = new Same();
    let unused: Value | undefined;
    const trace = traceStep(model, {
      inputs: { x: float32([3, 4]) },
      optimizer: optim.sgd(),
      loss: ({ x }) => {
        const same = model.forward(x);
        unused = model.inner.forward(tanh(same));
        return mean(square(matmul(same, model.inner.weight)));
      },
    });
    const { module } = await diagnosed({ trace }, "loss", (value) => value === trace.inputs[0]);
    expect(module).toBe("");
    expect(run.watched).not.toContain(unused);
  });
});

describe("backward", () => {
  test("the gradient that reaches an output comes first, then those of parameters, then that of the input", async () => {
    const step = traced();
    await diagnosed(step, "gradient", () => false);
    const found: string[] = [];
    for (const i of run.watched.keys()) {
      const { module, text } = await diagnosed(step, "gradient", (_, at) => at === i);
      const says = text.replace("going backward, the first module with a gradient that is not finite is ", "");
      found.push(`${module}: ${says}`);
    }
    const overflow = "null: every single gradient is finite, but their norm is beyond float32";
    expect(found).toEqual([
      ": the model itself (Net): the gradient that reaches its output",
      ": the model itself (Net): the gradient that reaches its output",
      "head: head (Linear): that of parameter head.weight",
      "head: head (Linear): that of parameter head.bias",
      "head: head (Linear): the gradient that it gives its input",
      "body.cell: body.cell (Linear): the gradient that reaches its output",
      "body.cell: body.cell (Linear): that of parameter body.cell.weight",
      "body.cell: body.cell (Linear): the gradient that it gives its input",
      "embed: embed (Embedding): that of parameter embed.weight",
      ": the model itself (Net): the gradient that it gives its input",
      "deep.spare: the gradient of parameter deep.spare.weight is not finite",
      ...new Array(run.watched.length - 11).fill(overflow),
    ]);
  });

  test("what the parameters and inputs are is said beside it", async () => {
    const step = traced();
    const bad = [step.values.x, step.values["head.weight"]];
    expect((await diagnosed(step, "gradient", (value, i) => i === 2 || bad.includes(value as Value))).text).toBe(
      "going backward, the first module with a gradient that is not finite is head (Linear): that of parameter head.weight; input x is not finite; parameter head.weight is not finite",
    );
  });
});

test("modules inside of a loop are looked at by what the loop gives", async () => {
  const cell = new nn.Linear(4, 4);
  const inner: Value[] = [];
  const trace = traceStep(cell, {
    inputs: { xs: float32([5, 3, 4]), targets: int32([5, 3]) },
    optimizer: optim.sgd(),
    loss: ({ xs, targets }) => {
      const [, ys] = scan(xs, matmul(mean(xs, 0), cell.weight), (h: Value, x: Value) => {
        const next = tanh(add(cell.forward(h), x));
        inner.push(next);
        return [next, next];
      });
      return losses.crossEntropy(ys as Value, targets);
    },
  });
  for (const what of ["loss", "gradient"] as const) {
    const first = await diagnosed(
      { trace },
      what,
      (_, i) => i === 0,
      () => new Float32Array(60),
    );
    expect(first.text).not.toContain("no module can be named");
    expect(run.watched.some((value) => inner.includes(value as Value))).toBe(false);
  }
});

describe("the run", () => {
  test("has the inputs, the number and the seed of the step, and frees what it made", async () => {
    const step = traced();
    await diagnosed(step, "loss", () => false);
    expect(run.hyper).toEqual([[9, 5, []]]);
    expect(run.streams).toBeUndefined();
    expect(run.copies).toEqual([
      ["tokens", data.tokens],
      ["x", data.x],
      ["carry", 32, "target", 16, 48],
      ["flags", 0, "staging", 0, 4 * run.watched.length],
    ]);
    expect(run.disposed.sort()).toEqual(["flags", "hyper", "replay"]);
    expect(new Set(run.watched).size).toBe(run.watched.length);
    expect(run.watched.every((value) => (value as Value).dtype === "float32")).toBe(true);
  });

  test("draws what the step drew", async () => {
    const streams = new Map<object, number>();
    await diagnosed(traced(), "loss", () => false, undefined, streams);
    expect(run.streams).toBe(streams);
  });

  test("cannot be where inputs are gone, or go meanwhile, or it fails", async () => {
    const step = traced();
    const gone = (...names: string[]) =>
      diagnosed(
        step,
        "loss",
        () => true,
        (name) => (names.includes(name) ? undefined : data[name]),
      );
    const because = "no module can be named, because";
    expect(await gone("x")).toEqual({
      module: null,
      text: `${because} x of that step is gone: later steps have other data in that place`,
    });
    expect((await gone("tokens", "h")).text).toMatch(`${because} tokens, h of that step are gone`);
    expect(run.disposed).toEqual([]);
    let asked = 0;
    const late = await diagnosed(
      step,
      "loss",
      () => true,
      (name) => (asked++ < 3 ? data[name] : undefined),
    );
    expect(late).toEqual({ module: null, text: "no module can be named: tokens is gone by now" });
    expect(run.disposed.sort()).toEqual(["flags", "hyper", "replay"]);
    run.error = new Error("no memory");
    expect((await gone()).text).toBe("no module can be named: no memory");
    expect(run.disposed.sort()).toEqual(["flags", "flags", "hyper", "hyper", "replay"]);
  });
});
