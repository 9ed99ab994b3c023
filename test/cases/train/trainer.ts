import type { Case } from "../../../harness/case.ts";
import {
  add,
  compile,
  dropout,
  float32,
  int32,
  losses,
  matmul,
  mean,
  mul,
  nn,
  optim,
  Parameter,
  slice,
  sum,
  Trainer,
  type Value,
} from "../../../src/index.ts";
import { generator } from "../../reference/array.ts";
import { tolerance } from "../../support/tolerance.ts";
import { assert, assertClose, assertEqual, assertRejects, assertSame } from "../support/assert.ts";
import { adapterKinds, withProfile } from "../support/profile.ts";

class Weights extends nn.Module {
  readonly a = new Parameter([3], nn.initializers.constant(0.5));
  readonly b = new Parameter([3], nn.initializers.constant(2));
}

const x = [1, -2, 3];
const sgd = (learningRate: number) => optim.sgd({ learningRate });
const inputs = { x: float32([3]) };

async function valuesOf(trainer: { stateDict(): Promise<nn.StateDict> }): Promise<Record<string, number[]>> {
  return Object.fromEntries([...(await trainer.stateDict())].map(([name, { data }]) => [name, [...data]]));
}

/** With the kernels for software adapters, and with those for GPUs. */
const onBothKinds = ({ name, run }: Case): Case => ({
  name,
  async run(context) {
    for (const kind of adapterKinds) await withProfile(context.device, kind, () => run(context));
  },
});

export const trainerCases: readonly Case[] = [
  onBothKinds({
    name: "trainer carries state, no gradient across steps",
    async run({ device }) {
      const model = new Weights();
      using trainer = await Trainer.create(device, model, {
        inputs,
        carry: { s: float32([3]), last: float32([3]) },
        // the carry depends on the weights; the next step's gradient must not know
        loss: ({ x, s, last }) => ({
          loss: sum(mul(model.a, add(x, add(s, last)))),
          carry: { last: s, s: mul(model.a, add(x, s)) },
        }),
        optimizer: sgd(0.1),
      });
      let [a, s, last] = [
        [0.5, 0.5, 0.5],
        [0, 0, 0],
        [0, 0, 0],
      ];
      for (let step = 0; step < 6; step++) {
        if (step === 4) {
          trainer.resetCarry();
          [s, last] = [
            [0, 0, 0],
            [0, 0, 0],
          ];
        }
        trainer.replay.poison();
        const { loss, gradNorm } = await trainer.step({ x });
        const g = x.map((each, i) => each + (s[i] as number) + (last[i] as number));
        const want = g.reduce((total, each, i) => total + each * (a[i] as number), 0);
        assertClose(`loss ${step}`, [loss], [want], tolerance.optimizer(8 * (step + 1)));
        assertClose(`norm ${step}`, [gradNorm], [Math.hypot(...g)], tolerance.optimizer(8 * (step + 1)));
        [s, last] = [x.map((each, i) => (a[i] as number) * (each + (s[i] as number))), s];
        a = a.map((each, i) => each - 0.1 * (g[i] as number));
      }
      assertClose("weights", (await valuesOf(trainer)).a ?? [], a, tolerance.optimizer(48));
    },
  }),
  onBothKinds({
    name: "trainer carry given by hand, swapped, unchanged",
    async run({ device }) {
      const model = new Weights();
      using trainer = await Trainer.create(device, model, {
        inputs,
        carry: { p: float32([3]), q: float32([3]), kept: float32([3]) },
        loss: ({ x, p, q, kept }) => ({
          loss: sum(mul(model.a, add(mul(p, x), add(mul(q, 10), kept)))),
          carry: { p: q, q: p, kept },
        }),
        optimizer: sgd(0),
      });
      const [p, q, kept] = [
        [1, 2, 3],
        [4, 5, 6],
        [0.5, 0.5, 0.5],
      ];
      const lossOf = (u: number[], v: number[]) =>
        0.5 * u.reduce((total, each, i) => total + each * (x[i] as number) + 10 * (v[i] as number) + 0.5, 0);
      const step = async (given: object) => (await trainer.step({ x, ...given })).loss;
      assertClose("given", [await step({ p, q, kept })], [lossOf(p, q)], tolerance.reduction(9));
      assertClose("swapped", [await step({})], [lossOf(q, p)], tolerance.reduction(9));
      assertClose("swapped back", [await step({})], [lossOf(p, q)], tolerance.reduction(9));
    },
  }),
  {
    name: "trainers and programs share a model",
    async run({ device }) {
      const model = new Weights();
      const create = (learningRate: number, loss: (values: { x: Value }) => Value) =>
        Trainer.create(device, model, { inputs, loss, optimizer: sgd(learningRate) });
      using first = await create(0.1, ({ x }) => sum(mul(model.a, x)));
      using second = await create(0.5, ({ x }) => sum(mul(mul(model.a, model.b), x)));
      using reader = await compile(device, model, { inputs: {}, fn: () => ({ y: add(model.a, model.b) }) });
      const read = async () => [...(await (await reader.run({})).y.read())];
      let [a, b] = [
        [0.5, 0.5, 0.5],
        [2, 2, 2],
      ];
      const check = async (what: string) =>
        assertClose(
          what,
          await read(),
          a.map((each, i) => each + (b[i] as number)),
          tolerance.optimizer(4),
        );
      await check("start");
      await first.step({ x });
      a = a.map((each, i) => each - 0.1 * (x[i] as number));
      await check("after the first trainer");
      await second.step({ x });
      [a, b] = [
        a.map((each, i) => each - 0.5 * (b[i] as number) * (x[i] as number)),
        b.map((each, i) => each - 0.5 * (a[i] as number) * (x[i] as number)),
      ];
      await check("after the second");
      const { y } = await reader.run({});
      await first.step({ x });
      a = a.map((each, i) => each - 0.1 * (x[i] as number));
      assertEqual("outputs of a program are its own", (await y.read()).length, 3);
      await check("after the first again");
    },
  },
  onBothKinds({
    name: "trainer leaves frozen and unused parameters alone",
    async run({ device }) {
      const model = new Weights();
      model.b.trainable = false;
      using frozen = await Trainer.create(device, model, {
        inputs,
        loss: ({ x }) => sum(mul(mul(model.a, model.b), x)),
        optimizer: optim.adamW({ learningRate: 0.1, weightDecay: 0.5 }),
      });
      await frozen.step({ x });
      const after = await valuesOf(frozen);
      assertSame("frozen", after.b ?? [], [2, 2, 2]);
      assert(after.a?.every((each) => each !== 0.5) ?? false, "the other is trained");
      const other = new Weights();
      using unused = await Trainer.create(device, other, {
        inputs,
        loss: ({ x }) => sum(mul(other.a, x)),
        optimizer: optim.adamW({ learningRate: 0.1, weightDecay: 0.5 }),
      });
      await unused.step({ x });
      assertSame("unused", (await valuesOf(unused)).b ?? [], [2, 2, 2]);
    },
  }),
  onBothKinds({
    name: "trainer where gradients are one value, a leaf, or read again",
    async run({ device }) {
      const train = async (loss: (model: Weights, x: Value) => Value) => {
        const model = new Weights();
        using trainer = await Trainer.create(device, model, {
          inputs,
          loss: ({ x }) => loss(model, x),
          optimizer: sgd(1),
        });
        trainer.replay.poison();
        const { gradNorm } = await trainer.step({ x });
        const { a, b } = await valuesOf(trainer);
        const moved = [...(a ?? []).map((each) => 0.5 - each), ...(b ?? []).map((each) => 2 - each)];
        assertClose("norm", [gradNorm], [Math.hypot(...moved)], tolerance.optimizer(4));
        return moved;
      };
      const allowed = tolerance.optimizer(4);
      assertClose("one value", await train((m, x) => sum(mul(add(m.a, m.b), x))), [...x, ...x], allowed);
      assertClose("each other", await train((m) => sum(mul(m.a, m.b))), [2, 2, 2, 0.5, 0.5, 0.5], allowed);
      assertClose("a constant", await train((m) => sum(add(m.a, m.b))), [1, 1, 1, 1, 1, 1], allowed);
      assertClose(
        "the gradient of one goes into another's",
        await train((m, x) => sum(mul(mul(add(m.a, x), m.b), m.a))),
        [...x.map((each) => 2 * (1 + each)), ...x.map((each) => 0.5 * (0.5 + each))],
        allowed,
      );
    },
  }),
  {
    name: "trainer of a scalar parameter that is the loss",
    async run({ device }) {
      class Scalar extends nn.Module {
        readonly w = new Parameter([], nn.initializers.constant(3));
      }
      const model = new Scalar();
      using trainer = await Trainer.create(device, model, { inputs: {}, loss: () => model.w, optimizer: sgd(0.5) });
      assertEqual("first step", await trainer.step({}), { loss: 3, gradNorm: 1, skipped: false });
      assertEqual("second step", await trainer.step({}), { loss: 2.5, gradNorm: 1, skipped: false });
    },
  },
  {
    name: "trainer repeats to the bit, and makes nothing after the first step",
    async run({ device }) {
      const [batch, time, vocabulary, steps] = [3, 5, 7, 6];
      class Model extends nn.Module {
        readonly embed = new nn.Embedding(vocabulary, 4);
        readonly rnn = new nn.LSTM(4, 9, { numLayers: 2, dropout: 0.3 });
        readonly head = new nn.Linear(9, vocabulary);
      }
      const train = async () => {
        const model = new Model();
        using trainer = await Trainer.create(device, model, {
          inputs: { tokens: int32([batch, time]), targets: int32([batch, time]) },
          carry: { state: model.rnn.stateSpec(batch) },
          loss: ({ tokens, targets, state }) => {
            const [hidden, next] = model.rnn.forward(model.embed.forward(tokens), state);
            return {
              loss: losses.crossEntropy(model.head.forward(dropout(hidden, 0.1)), targets),
              carry: { state: next },
            };
          },
          optimizer: optim.adamW({ learningRate: 0.01 }),
          clipNorm: 1,
          seed: 3,
        });
        const random = generator(1);
        const data = () => Int32Array.from({ length: batch * time }, () => Math.floor(random() * vocabulary));
        const results: number[] = [];
        let made = { buffers: 0, bindGroups: 0, bytes: 0 };
        for (let step = 0; step < steps; step++) {
          trainer.replay.poison();
          const { loss, gradNorm } = await trainer.step({ tokens: data(), targets: data() });
          assert(Number.isFinite(loss) && Number.isFinite(gradNorm), `step ${step}: loss ${loss}, norm ${gradNorm}`);
          results.push(loss, gradNorm);
          const { buffers, bindGroups, bytes } = device.counters;
          if (step > 0) assertEqual(`made by step ${step}`, { buffers, bindGroups, bytes }, made);
          made = { buffers, bindGroups, bytes };
        }
        return results;
      };
      const results = await train();
      assertSame("losses and norms", await train(), results);
      return results;
    },
  },
  {
    name: "trainer checks what it is given",
    async run({ device }) {
      const model = new Weights();
      const options = { inputs, loss: ({ x }: { x: Value }) => sum(mul(model.a, x)), optimizer: sgd(0.1) };
      using trainer = await Trainer.create(device, model, options);
      await assertRejects("DataError", ["input x is missing"], () => trainer.step({} as never));
      await assertRejects("DataError", ["no input y", "expected x"], () => trainer.step({ x, y: x } as never));
      await assertRejects("ShapeError", ["input x", "4 numbers", "expected 3"], () =>
        trainer.step({ x: new Float32Array(4) }),
      );
      await assertRejects("DataError", ["input x", "Int32Array", "float32"], () =>
        trainer.step({ x: new Int32Array(3) }),
      );
      const optimizer = optim.sgd({ learningRate: (step) => (step < 2 ? 0.1 : Number.NaN) });
      using scheduled = await Trainer.create(device, model, { ...options, optimizer });
      await scheduled.step({ x });
      const before = await valuesOf(scheduled);
      await assertRejects("ArgumentError", ["step 2", "learning rate NaN"], () => scheduled.step({ x }));
      await assertRejects("ArgumentError", ["step 2", "learning rate NaN"], () => scheduled.stepWithoutLoss({ x }));
      assertEqual("after a bad rate", [scheduled.steps, await valuesOf(scheduled)], [1, before]);
      assertEqual("steps taken", trainer.steps, 0);
      await assertRejects("ShapeError", ["gradients", "[3]", "mean or sum"], () =>
        Trainer.create(device, model, { ...options, loss: ({ x }) => mul(model.a, x) }),
      );
      await assertRejects("DataError", ["no trainable parameter"], () =>
        Trainer.create(device, model, { ...options, loss: ({ x }) => mean(x) }),
      );
      await assertRejects("DataError", ["no carry s"], () =>
        Trainer.create(device, model, { ...options, carry: { s: float32([3]) } }),
      );
      await assertRejects("DataError", ["carry t", "only none"], () =>
        Trainer.create(device, model, {
          ...options,
          loss: ({ x }) => ({ loss: sum(mul(model.a, x)), carry: { t: x } }),
        }),
      );
      await assertRejects("ArgumentError", ["clipNorm", "-1"], () =>
        Trainer.create(device, model, { ...options, clipNorm: -1 }),
      );
    },
  },
  {
    name: "compiled outputs feed the next run",
    async run({ device }) {
      using step = await compile(device, null, {
        inputs: { w: float32([2, 2]), h: float32([1, 2], { default: 3 }) },
        fn: ({ w, h }) => ({ h: matmul(h, w), same: h }),
      });
      const w = [
        [0, 1],
        [2, 0],
      ];
      step.replay.poison();
      let result = await step.run({ w, h: [[1, 3]] });
      for (let i = 0; i < 3; i++) result = await step.run({ w, h: result.h });
      assertSame("h", await result.h.read(), [4, 12]);
      assertSame("the input given out", await result.same.read(), [12, 2]);
      const { h } = await step.run({ w });
      assertSame("an input that is left out is its default", await h.read(), [6, 3]);
      await assertRejects("DataError", ["overwritten"], () => result.h.read());
      await assertRejects("DataError", ["no input v"], () => step.run({ w, v: 1 } as never));
    },
  },
  {
    name: "indices out of range are refused",
    async run({ device }) {
      const [few, many] = [new nn.Embedding(5, 2), new nn.Embedding(9, 2)];
      using compiled = await compile(device, [few, many], {
        inputs: { i: int32([2, 2]) },
        fn: ({ i }) => [few.forward(slice(i, 1, 1)), many.forward(i)],
      });
      await assertRejects("DataError", ["input i", "5", "position 3", "at most 4"], () =>
        compiled.run({ i: Int32Array.of(8, -1, 4, 5) }),
      );
      await assertRejects("DataError", ["input i", "9", "position 2", "at most 8"], () =>
        compiled.run({ i: Int32Array.of(8, -1, 9, 4) }),
      );
      await compiled.run({ i: Int32Array.of(8, -1, 7, 4) });
      few.dispose(device);
      many.dispose(device);
    },
  },
];
