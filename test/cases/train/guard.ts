// Steps whose loss, gradients or carry are not finite change nothing.
import type { Case } from "../../../harness/case.ts";
import { type NonFiniteError, optim, Tensor } from "../../../src/index.ts";
import { WORD, WORDS } from "../../../src/train/guard.ts";
import { assert, assertClose, assertEqual, assertRejects, assertSame } from "../support/assert.ts";
import { badBatches, bitsOf, carries, fragileTrainer, goodBatch, type Settings } from "../support/not-finite.ts";
import { adapterKinds, withProfile } from "../support/profile.ts";

const settings: Readonly<Record<string, Settings>> = {
  sgd: { optimizer: optim.sgd({ learningRate: 0.1 }) },
  "sgd, momentum": { optimizer: optim.sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.1 }), clipNorm: 0.5 },
  "sgd, nesterov": { optimizer: optim.sgd({ learningRate: 0.1, momentum: 0.8, nesterov: true }) },
  adam: { optimizer: optim.adam({ learningRate: 0.1, weightDecay: 0.1 }) },
  adamW: { optimizer: optim.adamW({ learningRate: 0.1, weightDecay: 0.1 }), clipNorm: 0.5 },
  "adam, amsgrad": { optimizer: optim.adam({ learningRate: 0.1, amsgrad: true }), clipNorm: 0.5 },
  lion: { optimizer: optim.lion({ learningRate: 0.1, weightDecay: 0.1 }), clipValue: 0.5 },
  rmsprop: { optimizer: optim.rmsprop({ learningRate: 0.1 }), clipNorm: 0.5 },
  "rmsprop, momentum": { optimizer: optim.rmsprop({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.1 }) },
  adagrad: { optimizer: optim.adagrad({ learningRate: 0.1, weightDecay: 0.1 }), clipNorm: 0.5 },
};

/** What a promise is rejected with. */
const reasonOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

export const guardCases: readonly Case[] = [
  ...Object.entries(settings).map(
    ([name, setting], i): Case => ({
      name: `guard: ${name}: what is skipped changes no bit`,
      run: ({ device }) =>
        withProfile(device, adapterKinds[i % 2] as (typeof adapterKinds)[number], async () => {
          const { model, trainer } = await fragileTrainer(device, { ...setting, onNonFinite: "skip" });
          const other = await fragileTrainer(device, { ...setting, onNonFinite: "skip" });
          const steps = Object.entries(badBatches);
          for (const [step, [bad, batch]] of steps.entries()) {
            trainer.replay.poison();
            const { skipped, loss } = await trainer.step(goodBatch(step));
            const before = await bitsOf(trainer);
            assert(!skipped && Number.isFinite(loss), `step ${step} is good`);
            assertEqual(`${bad} is skipped`, (await trainer.step(batch(step))).skipped, true);
            const after = await bitsOf(trainer);
            for (const [what, bits] of Object.entries(before)) assertEqual(`${what} after ${bad}`, after[what], bits);
            await other.trainer.step(goodBatch(step));
          }
          await trainer.step(goodBatch(steps.length));
          await other.trainer.step(goodBatch(steps.length));
          assertEqual("as if they had not been there", await bitsOf(trainer), await bitsOf(other.trainer));
          const batches = [...steps.keys(), steps.length].map(goodBatch);
          for (const { name, want, found } of await carries(trainer, batches)) assertSame(`carry ${name}`, found, want);
          assertEqual("batches", trainer.steps, 2 * steps.length + 1);
          assertEqual("skipped", trainer.skipped, steps.length);
          trainer.dispose();
          other.trainer.dispose();
          for (const each of [model, other.model]) each.dispose(device);
        }),
    }),
  ),
  {
    name: "guard: a step that fails stops those behind it, until recover",
    async run({ device }) {
      const setting = { optimizer: optim.adamW({ learningRate: 0.1 }), withDropout: true };
      const { trainer } = await fragileTrainer(device, setting);
      const { trainer: other } = await fragileTrainer(device, setting);
      let good = 0;
      for (const [bad, batch] of Object.entries(badBatches)) {
        const first = trainer.step(goodBatch(good));
        const failing = batch(good);
        const behind = [failing, goodBatch(7), goodBatch(8), failing].map((each) => trainer.step(each));
        assertEqual("steps in flight", trainer.steps, good + 5);
        // what is on its way is no longer the caller's
        for (const list of [failing.g, failing.more]) list.fill(0);
        await first;
        const reasons = await Promise.all(behind.map(reasonOf));
        const error = reasons[0] as NonFiniteError;
        assertEqual(`error of ${bad}: ${error?.message}`, error?.name, "NonFiniteError");
        assert(
          reasons.every((reason) => reason === error),
          `${bad}: all fail alike`,
        );
        const what = { "the loss alone": "loss", "a gradient alone": "gradient", "the carry alone": "carry" }[bad];
        if (what) assertEqual("what", error.what, what);
        assertEqual("step", [error.step, trainer.steps], [good + 2, good + 1]);
        assert(!error.message.includes("gone"), error.message);
        await other.step(goodBatch(good++));
        assertEqual(`after ${bad}`, await bitsOf(trainer), await bitsOf(other));

        assert((await reasonOf(trainer.step(goodBatch(good)))) === error, "the next step fails likewise");
        let thrown: unknown;
        try {
          trainer.stepWithoutLoss(goodBatch(good));
        } catch (caught) {
          thrown = caught;
        }
        assert(thrown === error, "so does one without a loss");
        await trainer.stateDict();
        trainer.recover();
      }
      await trainer.step(goodBatch(good));
      await other.step(goodBatch(good));
      assertEqual("in the end", await bitsOf(trainer), await bitsOf(other));
      trainer.dispose();
      other.dispose();
    },
  },
  {
    name: "guard: steps whose result nobody reads report at the next await",
    async run({ device }) {
      const { trainer } = await fragileTrainer(device, { optimizer: optim.sgd() });
      const bad = badBatches["the loss alone"]?.(0) ?? goodBatch(0);
      const waits = [() => trainer.step(goodBatch(1)), () => trainer.stateDict(), () => trainer.profile()];
      for (const wait of waits) {
        trainer.recover();
        if (trainer.steps === 0) await trainer.step(goodBatch(0));
        const before = await bitsOf(trainer);
        // the first one that fails is the one
        for (const batch of [bad, goodBatch(1), badBatches["the carry alone"]?.(2) ?? bad])
          trainer.stepWithoutLoss(batch);
        await assertRejects("NonFiniteError", ["step 2: the loss is not finite", "recover()"], wait);
        assertEqual("nothing has changed", await bitsOf(trainer), before);
      }
      trainer.dispose();

      const { trainer: skipping } = await fragileTrainer(device, { optimizer: optim.sgd(), onNonFinite: "skip" });
      for (const batch of [goodBatch(0), bad, bad, goodBatch(1)]) skipping.stepWithoutLoss(batch);
      await skipping.stateDict();
      assertEqual("skipped", [skipping.skipped, skipping.steps], [2, 4]);
      skipping.dispose();
    },
  },
  {
    name: "guard: the optimizer's own step number, and its corrections",
    async run({ device }) {
      const [beta1, beta2] = [0.9, 0.999];
      const { trainer } = await fragileTrainer(device, { optimizer: optim.adam({ beta1, beta2 }) });
      const index = trainer.replay.program.buffers.findIndex(({ label }) => label === "guard");
      const buffer = trainer.replay.buffers[index] as GPUBuffer;
      for (const t of [1, 2, 3, 10, 255, 256, 1000, 12_345, 1_048_575, 2 ** 31]) {
        device.gpu.queue.writeBuffer(buffer, 4 * WORD.COUNT, Uint32Array.of(t - 1));
        await trainer.step(goodBatch(0));
        const words = await Tensor.at(device, buffer, 0, { shape: [WORDS], dtype: "float32" }).read();
        assertEqual("updates", new Uint32Array(words.buffer)[WORD.COUNT], t);
        const want = [beta1, beta2].map((beta) => 1 - Math.fround(beta) ** t);
        assertClose(`corrections at ${t}`, words.slice(8, 10), want, { relative: 4e-7, absolute: 0 });
      }
      trainer.dispose();
    },
  },
  {
    name: "guard: a step goes on all the same where it is told to",
    async run({ device }) {
      const { trainer } = await fragileTrainer(device, { optimizer: optim.adam(), onNonFinite: "continue" });
      const { skipped, loss } = await trainer.step(badBatches["a NaN"]?.(0) ?? goodBatch(0));
      assert(!skipped && Number.isNaN(loss), `loss ${loss}, skipped ${skipped}`);
      assert(Number.isNaN((await trainer.stateDict()).get("weight")?.data.at(-1)), "the weight is NaN");
      // a look at the carry, all of it at once, is what the guard costs
      const { trainer: guarded } = await fragileTrainer(device, { optimizer: optim.adam() });
      assertEqual("dispatches", guarded.stats.dispatches, trainer.stats.dispatches + 1);
      guarded.dispose();
      trainer.dispose();
    },
  },
];
