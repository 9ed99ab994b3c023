import type { Case, CaseContext } from "../../../harness/case.ts";
import {
  add,
  compile,
  dropout,
  float32,
  gradients,
  mul,
  nn,
  scan,
  sum,
  type Tensor,
  type Value,
} from "../../../src/index.ts";
import { STANDARD_ERRORS, tolerance } from "../../support/tolerance.ts";
import { assert, assertClose, assertEqual, assertSame } from "../support/assert.ts";

const SIZE = 10_007;
const ones = (size: number): Float32Array => new Float32Array(size).fill(1);

type Outputs = Record<string, Value>;

/** Runs a function of ones `runs` times, on memory full of NaN; the outputs of each run by name. */
async function draw(
  { device }: CaseContext,
  shape: readonly number[],
  fn: (x: Value) => Outputs,
  { seed = 0, runs = 1 } = {},
): Promise<Record<string, Float32Array>[]> {
  using compiled = await compile(device, null, {
    inputs: { x: float32(shape) },
    fn: ({ x }) => fn(x),
    seed,
    training: true,
  });
  const results: Record<string, Float32Array>[] = [];
  for (let run = 0; run < runs; run++) {
    compiled.replay.poison();
    const tensors = (await compiled.run({ x: ones(shape.reduce((a, b) => a * b, 1)) })) as Record<string, Tensor>;
    const entries = Object.entries(tensors).map(async ([name, tensor]) => [name, await tensor.read()] as const);
    results.push(Object.fromEntries(await Promise.all(entries)) as Record<string, Float32Array>);
  }
  return results;
}

const sharedZeros = (a: Float32Array, b: Float32Array): number => a.filter((x, i) => x === 0 && b[i] === 0).length;

/** Expects a count of independent events of probability p among n. */
function assertCount(what: string, count: number, n: number, p: number): void {
  const error = Math.sqrt(n * p * (1 - p));
  assert(
    Math.abs(count - n * p) <= STANDARD_ERRORS * error,
    `${what}: ${count} of ${n}, expected ${(n * p).toFixed(1)} ± ${error.toFixed(1)}`,
  );
}

const zerosOf = (x: Float32Array): number => x.filter((each) => each === 0).length;

export const dropoutCases: readonly Case[] = [
  {
    name: "dropout rate and scale",
    async run(context) {
      const rates = [0.1, 0.5, 0.9];
      const [results] = await draw(context, [SIZE], (x) =>
        Object.fromEntries(rates.map((rate) => [String(rate), dropout(x, rate)])),
      );
      for (const rate of rates) {
        const y = results?.[rate] as Float32Array;
        assertCount(`zeros at rate ${rate}`, zerosOf(y), SIZE, rate);
        const kept = y.filter((each) => each !== 0);
        assertClose(
          `scale at rate ${rate}`,
          kept,
          new Float64Array(kept.length).fill(1 / (1 - rate)),
          tolerance.arithmetic,
        );
        // runs of equal decisions would show in neighbours
        const pairs = y.filter((each, i) => i > 0 && each === 0 && y[i - 1] === 0).length;
        assertCount(`neighbouring zeros at rate ${rate}`, pairs, SIZE - 1, rate * rate);
      }
    },
  },
  {
    name: "dropout backward draws the forward mask",
    async run(context) {
      const [result] = await draw(context, [SIZE], (x) => {
        const y = dropout(x, 0.3);
        return { y, gradient: gradients(sum(y), [x])[0] as Value };
      });
      assertSame("gradient", result?.gradient ?? [], result?.y ?? []);
    },
  },
  {
    name: "dropout differs by step, stream and seed, and repeats",
    async run(context) {
      const fn = (x: Value) => ({ a: dropout(x, 0.4), b: dropout(x, 0.4) });
      const first = await draw(context, [SIZE], fn, { runs: 2, seed: 7 });
      const again = await draw(context, [SIZE], fn, { runs: 2, seed: 7 });
      const other = await draw(context, [SIZE], fn, { seed: 8 });
      const far = await draw(context, [SIZE], fn, { seed: 7 + 2 ** 32 });
      const mask = (results: Record<string, Float32Array>[], run: number, name: string) =>
        results[run]?.[name] as Float32Array;
      for (const run of [0, 1]) {
        for (const name of ["a", "b"]) assertSame(`run ${run}`, mask(again, run, name), mask(first, run, name));
      }
      const a = mask(first, 0, "a");
      const apart = {
        "two streams": mask(first, 0, "b"),
        "two steps": mask(first, 1, "a"),
        "two seeds": mask(other, 0, "a"),
        "two seeds 2³² apart": mask(far, 0, "a"),
      };
      for (const [what, b] of Object.entries(apart))
        assertCount(`zeros shared by ${what}`, sharedZeros(a, b), SIZE, 0.16);
    },
  },
  {
    name: "dropout of rate 0, and outside training",
    async run({ device }) {
      const layer = new nn.Dropout(0.5);
      for (const training of [false, true]) {
        using compiled = await compile(device, layer, {
          inputs: { x: float32([65]) },
          fn: ({ x }) => ({ layer: layer.forward(x), op: dropout(x, 0.5), none: dropout(add(x, 0), 0) }),
          training,
        });
        const { none, ...both } = await compiled.run({ x: ones(65) });
        assertSame("rate 0", await none.read(), ones(65));
        for (const [what, y] of Object.entries(both)) {
          const zeros = zerosOf((await y.read()) as Float32Array);
          assertEqual(`training ${training}: anything dropped by the ${what}`, zeros > 0, training);
        }
      }
    },
  },
  {
    name: "dropout of a recurrent layer's input",
    async run({ device }) {
      // without a recurrent part the layer gives back what it is given
      const layer = new nn.RNN(8, 8, { activation: "identity", bias: false, inputDropout: 0.4 });
      const identity = Float32Array.from({ length: 64 }, (_, i) => Number(i % 9 === 0));
      layer.loadStateDict(
        device,
        new Map([
          ["weight_ih_l0", { shape: [8, 8], data: identity }],
          ["weight_hh_l0", { shape: [8, 8], data: new Float32Array(64) }],
        ]),
      );
      for (const training of [false, true]) {
        using compiled = await compile(device, layer, {
          inputs: { x: float32([40, 32, 8]) },
          fn: ({ x }) => layer.forward(x)[0],
          training,
        });
        const size = 40 * 32 * 8;
        const y = (await (await compiled.run({ x: ones(size) })).read()) as Float32Array;
        if (!training) assertSame("evaluation", y, ones(size));
        else assertCount("zeros", zerosOf(y), size, 0.4);
        const kept = y.filter((each) => each !== 0);
        assertClose("kept", kept, new Float64Array(kept.length).fill(training ? 1 / 0.6 : 1), tolerance.arithmetic);
        const step = (t: number) => y.filter((_, i) => Math.floor(i / 8) % 32 === t);
        if (training) assertCount("shared by two steps", sharedZeros(step(0), step(1)), 40 * 8, 0.16);
      }
      layer.dispose(device);
    },
  },
  {
    name: "dropout in scan",
    async run(context) {
      const [steps, size] = [5, 403];
      const [result] = await draw(context, [steps, size], (xs) => {
        const h0 = mul(sum(xs, 0), 1 / steps);
        // the first is hoisted, the second stays in the loop, the third runs after it
        const [h, [hoisted, inside, sunk]] = scan(xs, [h0], ([h], x) => [
          [h] as [Value],
          [dropout(x, 0.4), dropout(h as Value, 0.4), mul(dropout(h as Value, 0.4), x)] as const,
        ]) as unknown as [[Value], [Value, Value, Value]];
        const [toXs] = gradients(sum(hoisted), [xs]);
        const [toH] = gradients(add(sum(inside), sum(mul(h[0], 0))), [h0]);
        return { hoisted, inside, sunk, toXs: toXs as Value, toH: toH as Value };
      });
      const { hoisted, inside, sunk, toXs, toH } = result as Record<string, Float32Array>;
      const masks = { hoisted, inside, sunk } as Record<string, Float32Array>;
      for (const [name, mask] of Object.entries(masks)) {
        assertCount(`zeros ${name}`, zerosOf(mask), steps * size, 0.4);
        const step = (t: number) => mask.subarray(t * size, (t + 1) * size);
        for (let t = 1; t < steps; t++) {
          assertCount(
            `${name}: zeros shared by steps ${t - 1} and ${t}`,
            sharedZeros(step(t - 1), step(t)),
            size,
            0.16,
          );
        }
      }
      assertCount("zeros shared by two places", sharedZeros(hoisted as never, inside as never), steps * size, 0.16);
      assertSame("gradient of what was hoisted", toXs ?? [], hoisted ?? []);
      const total = ones(size).map((_, i) =>
        Array.from({ length: steps }, (_, t) => inside?.[t * size + i] as number).reduce((a, b) => a + b),
      );
      assertClose("gradient through the loop", toH ?? [], total, tolerance.reduction(steps));
    },
  },
  {
    name: "dropout in a loop's step as in the whole sequence",
    async run(context) {
      // what is drawn must not depend on whether the operation was hoisted
      for (const reverse of [false, true]) {
        const run = async (carried: boolean) => {
          const [result] = await draw(context, [4, 65], (xs) => {
            const h0 = mul(sum(xs, 0), 0);
            const cell = (h: Value, x: Value) => dropout(carried ? add(x, h) : x, 0.5);
            const [, ys] = scan(xs, h0, (h, x) => [mul(h, 1), cell(h, x)] as const, { reverse });
            return { ys };
          });
          return result?.ys as Float32Array;
        };
        assertSame(`reverse ${reverse}`, await run(true), await run(false));
      }
    },
  },
];
