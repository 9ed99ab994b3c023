import type { Case, CaseContext } from "../../../harness/case.ts";
import {
  add,
  compile,
  embedding,
  float32,
  gradients,
  int32,
  mul,
  randomUniform,
  scan,
  sum,
  type Value,
  zeros,
} from "../../../src/index.ts";
import { type NdArray, uniform } from "../../reference/array.ts";
import { slopes } from "../../reference/differences.ts";
import { seq2seq } from "../../reference/recurrent/seq2seq.ts";
import { plus, tolerance } from "../../support/tolerance.ts";
import { dataOf, fill, modelOf, SETTINGS, TARGETS, toleranceOf, typed } from "../nn/seq2seq.ts";
import { assert, assertClose } from "../support/assert.ts";
import { adapterKinds, withProfile } from "../support/profile.ts";

/** With a probability the coins are those of the random stream, and steps without a target see the model's own token. */
async function scheduledSampling(context: CaseContext): Promise<void> {
  const { device } = context;
  for (const setting of SETTINGS.slice(1, 4)) {
    const model = modelOf(setting);
    const numbers = fill(context, model);
    const { source, target, lengths } = dataOf(setting);
    const { batch, target: steps } = setting;
    const cotangent = uniform([batch, steps, TARGETS], 77);
    const watched = ["target_embedding.weight", "decoder.readout.bias", "source_embedding.weight"];
    const data = { source: typed(source), target: typed(target), ...(lengths ? { lengths: typed(lengths) } : {}) };
    const allowed = toleranceOf(setting);
    for (const kind of adapterKinds) {
      await withProfile(device, kind, async () => {
        // the model draws once, so its stream is the first of its program, as here; the run's number goes in too
        using drawn = await compile(device, null, {
          inputs: {},
          fn: () => ({ u: randomUniform([steps, batch, 1]) }),
          seed: 9,
        });
        using compiled = await compile(device, model, {
          inputs: {
            source: int32(source.shape),
            target: int32(target.shape),
            lengths: int32([batch], { default: 1 }),
            p: float32([]),
            g: float32(cotangent.shape),
          },
          fn: ({ source, target, lengths: given, p, g }) => {
            const options = { lengths: lengths && given, teacherForcing: p };
            const { logits, weights } = model.forward(source, target, options);
            const parameters = new Map(model.namedParameters());
            const sources = watched.map((name) => parameters.get(name) as Value);
            return { logits, weights, found: gradients(sum(mul(logits, g)), sources) };
          },
          seed: 9,
        });
        for (const p of [0.5, 0, 1]) {
          compiled.replay.poison();
          const result = await compiled.run({ ...data, p, g: typed(cotangent) });
          const coins = Array.from(await (await drawn.run({})).u.read(), (u) => u < p);
          const oracle = (x: readonly NdArray[]) => {
            const moved = { ...numbers, ...Object.fromEntries(watched.map((name, i) => [name, x[i]])) };
            return seq2seq(setting, moved, { source, target, lengths, coins });
          };
          const inputs = watched.map((name) => numbers[name] as NdArray);
          const want = oracle(inputs);
          const what = `${setting.cell} ${kind} p ${p}`;
          assertClose(`${what} logits`, await result.logits.read(), want.logits.data, allowed);
          assertClose(`${what} weights`, await result.weights.read(), want.weights.data, allowed);
          for (const [i, name] of watched.entries()) {
            const size = inputs[i]?.data.length as number;
            const all = slopes((x) => [oracle(x).logits], inputs, [cotangent], i, size);
            const got = (await result.found[i]?.read()) ?? new Float32Array(size);
            const expected = all.map(({ value }) => value);
            assertClose(`${what} ${name}`, got, expected, plus(plus(allowed, allowed), tolerance.differences));
          }
        }
      });
    }
  }
}

/** Gradients of an embedding whose indices the loop carries: one dispatch for all steps after it. */
async function embeddedInLoop({ device }: CaseContext): Promise<void> {
  const [setting] = SETTINGS.slice(1);
  const model = modelOf(setting as (typeof SETTINGS)[number]);
  const { source, target } = dataOf(setting as (typeof SETTINGS)[number]);
  using compiled = await compile(device, model, {
    inputs: { source: int32(source.shape), target: int32(target.shape) },
    fn: ({ source, target }) => {
      const { logits } = model.forward(source, target, { teacherForcing: 0.5 });
      return gradients(sum(logits), [model.target_embedding.weight]);
    },
  });
  const [, count] = compiled.describe().match(/embedding_backward[^\n]*?(\d+) +[\d.]+$/m) ?? [];
  // of the targets' tokens, of the first one, and of the model's own
  assert(Number(count) <= 3, `${count} dispatches of embedding_backward, expected 3 whatever the length`);
}

/** A table for each step: so are their gradients, which no sum makes one. */
async function tableForEachStep({ device }: CaseContext): Promise<void> {
  const [steps, count, size] = [3, 70, 2];
  // small and large tables have kernels of their own
  for (const entries of [5, 600]) {
    const indices = Int32Array.from({ length: steps * count }, (_, i) => (i * 7 + Math.floor(i / count)) % entries);
    const g = uniform([steps, count, size], 3);
    using compiled = await compile(device, null, {
      inputs: {
        tables: float32([steps, entries, size]),
        indices: int32([steps, count]),
        g: float32([steps, count, size]),
      },
      fn: ({ tables, indices, g }) => {
        const xs = { table: tables, at: indices, g };
        const [, terms] = scan(xs, zeros([count, size]), (h, x) => {
          const term = mul(embedding(x.at, x.table), x.g);
          return [add(h, term), term];
        });
        return { slopes: gradients(sum(terms), [tables]) };
      },
    });
    compiled.replay.poison();
    const { slopes: found } = await compiled.run({
      tables: new Float32Array(steps * entries * size),
      indices,
      g: typed(g) as Float32Array,
    });
    const want = new Float64Array(steps * entries * size);
    g.data.forEach((value, i) => {
      const [t, place] = [Math.floor(i / size / count), Math.floor(i / size)];
      const row = t * entries + (indices[place] as number);
      want[row * size + (i % size)] = (want[row * size + (i % size)] as number) + value;
    });
    const got = (await found[0]?.read()) ?? [];
    assertClose(`${entries} entries`, got, want, tolerance.reduction(count));
  }
}

export const seq2seqSamplingCases: readonly Case[] = [
  { name: "seq2seq scheduled sampling", run: scheduledSampling },
  { name: "seq2seq embedding in the loop", run: embeddedInLoop },
  { name: "seq2seq table for each step", run: tableForEachStep },
];
