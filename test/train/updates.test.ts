// What optimizers dispatch for parameters that lie side by side. Without a GPU.
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { DispatchRequest, Lowering, Slot } from "../../src/graph/lowering.ts";
import type { Parameter } from "../../src/graph/parameter.ts";
import { optim } from "../../src/index.ts";
import { LoweringContext } from "../../src/plan/lowering.ts";
import { WORDS } from "../../src/train/guard.ts";
import type { Optimizer } from "../../src/train/optim/optimizer.ts";
import { at } from "../../src/train/optim/rate.ts";
import { adapterOf, hyper, parameter } from "../plan/support.ts";

beforeAll(() => {
  vi.stubGlobal("GPUBufferUsage", { STORAGE: 1, COPY_SRC: 2, COPY_DST: 4 });
});

const slot = (buffer: number, size = 8): Slot => ({ buffer, offset: 0, shape: [size], dtype: "float32" });

/** The one dispatch of an optimizer for a segment. */
function dispatched(optimizer: Optimizer, weightDecay?: number, clipNorm = 0): DispatchRequest {
  const requests: DispatchRequest[] = [];
  const to = {
    dispatch: (request: DispatchRequest) => requests.push(request),
    temporary: ([size]: [number]) => slot(8, size),
  } as unknown as Lowering;
  const states = optimizer.states.map((_, i) => slot(2 + i));
  const segment = { parameter: slot(0), gradient: slot(1), states, hyper: slot(9), size: 8, weightDecay, parts: [] };
  optimizer.lower(to, [segment], { guard: slot(7), clipNorm, clipValue: 0.25 });
  expect(requests).toHaveLength(1);
  return requests[0] as DispatchRequest;
}

describe("optimizers", () => {
  const { adam, adamW, adagrad, lion, nadam, nadamW, rmsprop, sgd } = optim;
  const moments = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
  test.each<[string, Optimizer, string, string, Record<string, number>]>([
    ["sgd", sgd(), "sgd", "plain", { momentum: 0, dampening: 0, nesterov: 0, weight_decay: 0 }],
    [
      "sgd with all",
      sgd({ momentum: 0.5, dampening: 0.25, nesterov: true, weightDecay: 0.125 }),
      "sgd",
      "default",
      { momentum: 0.5, dampening: 0.25, nesterov: 1, weight_decay: 0.125 },
    ],
    ["adamW", adamW(), "adamw", "default", { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.01 }],
    ["adam", adam(), "adamw", "adam", { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0 }],
    [
      "adam with all",
      adam({ beta1: 0, beta2: 0.5, epsilon: 0, weightDecay: 1 }),
      "adamw",
      "adam",
      { beta1: 0, beta2: 0.5, epsilon: 0, weight_decay: 1 },
    ],
    ["adamW, amsgrad", adamW({ amsgrad: true }), "amsgrad", "default", { ...moments, weight_decay: 0.01 }],
    ["adam, amsgrad", adam({ amsgrad: true }), "amsgrad", "adam", { ...moments, weight_decay: 0 }],
    ["nadam", nadam(), "adamw", "nadam", { ...moments, weight_decay: 0 }],
    ["nadamW", nadamW(), "adamw", "nadamw", { ...moments, weight_decay: 0.01 }],
    ["lion", lion({ weightDecay: 0.5 }), "lion", "default", { beta1: 0.9, beta2: 0.99, weight_decay: 0.5 }],
    ["rmsprop", rmsprop(), "rmsprop", "default", { smoothing: 0.99, epsilon: 1e-8, momentum: 0, weight_decay: 0 }],
    [
      "rmsprop with all",
      rmsprop({ smoothing: 0.5, epsilon: 0.25, momentum: 0.125, weightDecay: 2 }),
      "rmsprop",
      "default",
      { smoothing: 0.5, epsilon: 0.25, momentum: 0.125, weight_decay: 2 },
    ],
    ["adagrad", adagrad(), "adagrad", "default", { epsilon: 1e-10, weight_decay: 0 }],
    [
      "adagrad with all",
      adagrad({ epsilon: 0.5, weightDecay: 3 }),
      "adagrad",
      "default",
      { epsilon: 0.5, weight_decay: 3 },
    ],
  ])("%s", (_, optimizer, kernel, variant, params) => {
    const request = dispatched(optimizer, undefined, 0.75);
    expect(request).toMatchObject({
      kernel: { name: kernel },
      variant,
      params: { ...params, size: 8, clip_norm: 0.75, clip_value: 0.25 },
      flops: 96,
    });
    // what is bound and not touched takes no memory of the model's size
    const idle = params.momentum === 0 ? ["velocity"] : [];
    expect(Object.keys(request.bind)).toEqual([
      "parameter",
      "gradient",
      ...optimizer.states,
      ...idle,
      "hyper",
      "guard",
    ]);
    for (const name of idle) expect(request.bind[name]).toEqual(slot(8, 4));
    optimizer.states.forEach((name, i) => {
      expect(request.bind[name]?.buffer).toBe(2 + i);
    });
    // where nothing decays the same dispatch has none
    const others = { ...params, size: 8, clip_norm: 0, clip_value: 0.25 };
    expect(dispatched(optimizer, 0).params).toEqual({ ...others, weight_decay: 0 });
    expect(dispatched(optimizer, 0.5).params).toEqual({ ...others, weight_decay: 0.5 });
  });

  test("rates, states and averages", () => {
    const decays = (name: string) => name !== "bias";
    expect([sgd(), adamW(), adam(), rmsprop(), adagrad(), nadam(), lion()].map((each) => each.learningRate)).toEqual([
      0.01, 0.001, 0.001, 0.01, 0.01, 0.001, 0.0001,
    ]);
    expect([sgd(), adamW(), rmsprop()].map((each) => each.averages)).toEqual([undefined, [0.9, 0.999], undefined]);
    expect(adam({ beta1: 0.25, beta2: 0.5 }).averages).toEqual([0.25, 0.5]);
    for (const make of [sgd, adamW, adam, nadam, lion, rmsprop, adagrad]) {
      expect(make({ decays }).decays).toBe(decays);
      expect(make().decays).toBeUndefined();
      expect(make({ learningRate: 0 }).learningRate).toBe(0);
    }
    expect([at(0.5, 3), at((step) => step / 4, 3)]).toEqual([0.5, 0.75]);
  });
});

test("Muon's matrices are runs of their own, and one shape's share their products", () => {
  const optimizer = optim.muon({ matrices: "*.weight", iterations: 2 });
  const [matrix, table, bias] = [
    ["a.weight", [4, 8]],
    ["table", [4, 8]],
    ["a.bias", [4]],
  ].map(([name, shape]) => Object.assign(parameter(shape as number[]), { name })) as [Parameter, Parameter, Parameter];
  expect([matrix, table, bias].map((each) => optimizer.kindOf?.(each))).toEqual(["matrix", "", ""]);
  const to = new LoweringContext(adapterOf("hardware"), hyper);
  const arena = (size: number) => to.external({ label: "a", elements: size }, 0, [size]);
  const segment = (parts: readonly Parameter[], size: number) => ({
    ...{
      parameter: arena(size),
      gradient: arena(size),
      states: [arena(size), arena(size)].slice(0, size === 64 ? 1 : 2),
      hyper: to.hyper,
    },
    ...{ size, weightDecay: undefined, parts: parts.map((each, i) => ({ parameter: each, offset: 32 * i })) },
  });
  const guard = to.external({ label: "guard", elements: WORDS }, 0, [WORDS], "uint32");
  const other = Object.assign(parameter([4, 8]), { name: "b.weight" });
  optimizer.lower(to, [segment([matrix, other], 64), segment([table, bias], 36)], {
    ...{ guard, clipNorm: 0, clipValue: 0 },
  });
  const named = to.dispatches.map(({ kernel }) => kernel.replace(/^matmul.*/, "matmul"));
  const iteration = ["matmul", "matmul", "muon_polynomial", "matmul"];
  expect(named).toEqual([
    ...["adamw", "muon_momentum", "muon_momentum", expect.stringMatching(/^muon_normalize_/)],
    ...[...iteration, ...iteration, "muon_update", "muon_update"],
  ]);
  expect(to.dispatches.at(-1)?.params).toMatchObject({ size: 32, scale: 0.2 * Math.sqrt(8), weight_decay: 0.1 });
});
