// A run that was broken off and resumed gives the bits of one that was not.
import { describe, expect, test, vi } from "vitest";
import {
  type CheckpointStore,
  type Device,
  decodeSafetensors,
  encodeSafetensors,
  int32,
  losses,
  memoryCheckpoints,
  nn,
  optim,
  StreamBatches,
  schedules,
  Trainer,
  type TrainerOptions,
  type Value,
} from "../../src/node.ts";
import { device } from "../support/device.ts";

class Model extends nn.Module {
  readonly embed = new nn.Embedding(7, 4);
  readonly rnn: nn.GRU;
  readonly head: nn.Linear;

  constructor(hidden: number) {
    super();
    this.rnn = new nn.GRU(4, hidden, { numLayers: 2, dropout: 0.3 });
    this.head = new nn.Linear(hidden, 7);
  }

  forward(tokens: Value, state: Value): readonly [Value, Value] {
    const [hidden, next] = this.rnn.forward(this.embed.forward(tokens), state);
    return [this.head.forward(hidden), next];
  }
}

const text = Int32Array.from({ length: 95 }, (_, i) => (i * i + 3 * i) % 7);

interface RunOptions
  extends Partial<Pick<TrainerOptions<never, never>, "optimizer" | "resume" | "seed" | "onNonFinite">> {
  readonly hidden?: number;
  readonly batch?: number;
  readonly on?: Device;
}

async function makeRun({ hidden = 6, batch = 3, on = device, ...options }: RunOptions = {}) {
  const model = new Model(hidden);
  const batches = new StreamBatches(text, { batch, seqLen: 5 });
  const trainer = await Trainer.create(on, model, {
    inputs: { tokens: int32([batch, 5]), targets: int32([batch, 5]) },
    carry: { state: model.rnn.stateSpec(batch) },
    loss: ({ tokens, targets, state }) => {
      const [logits, next] = model.forward(tokens, state);
      return { loss: losses.crossEntropy(logits, targets), carry: { state: next } };
    },
    optimizer: optim.adam({ learningRate: (step) => 0.05 / step }),
    clipNorm: 1,
    ...options,
  });
  trainer.attach("data", batches);
  const losses_: number[] = [];
  const start = () => {
    if (batches.startsEpoch) trainer.resetCarry();
    return trainer.step(batches.next());
  };
  return {
    trainer,
    model,
    losses: losses_,
    start,
    async go(steps: number) {
      for (let i = 0; i < steps; i++) losses_.push((await start()).loss);
    },
    dispose() {
      trainer.dispose();
      model.dispose(on);
    },
  };
}

/** All tensors of a checkpoint as bits. */
const bitsOf = (bytes: Uint8Array<ArrayBuffer>) =>
  new Map(
    [...decodeSafetensors(bytes).tensors].map(([name, { data }]) => [name, [...new Int32Array(data.slice().buffer)]]),
  );

/** A checkpoint of each step. */
function everyStep() {
  const kept = new Map<number, Uint8Array<ArrayBuffer>>();
  const store: CheckpointStore = {
    save(bytes, { step }) {
      kept.set(step, bytes);
    },
    load: () => undefined,
    clear: () => kept.clear(),
  };
  return { kept, store };
}

async function error(of: Promise<unknown> | (() => unknown)): Promise<Error> {
  try {
    await (typeof of === "function" ? of() : of);
  } catch (thrown) {
    return thrown as Error;
  }
  return expect.fail("nothing was thrown");
}

test("dropout, moments, carry, schedule and data go on as if nothing had been, from any step", async () => {
  const whole = await makeRun({ seed: 5 });
  const { kept, store } = everyStep();
  const pending: Promise<unknown>[] = [];
  // of steps in flight: more are started before a checkpoint is there
  for (let i = 0; i < 8; i++) {
    pending.push(whole.trainer.save(store));
    pending.push(whole.start().then(({ loss }) => whole.losses.push(loss)));
  }
  await Promise.all(pending);
  // which calls its parameters by other names
  await whole.model.rnn.stateDict(device);
  expect([...kept.keys()]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  const last = bitsOf(await whole.trainer.checkpoint());
  const owners = [...last.keys()].map((name) => name.replace(/\/[^/]*$/, ""));
  expect([...new Set(owners)]).toEqual(["model", "optimizer/m", "optimizer/v", "guard", "carry"]);
  expect(last.get("guard/counts")).toEqual([8, 0]);
  for (const step of [0, 3, 6]) {
    const run = await makeRun({ resume: kept.get(step) as Uint8Array });
    expect([run.trainer.resumed, run.trainer.steps]).toEqual([{ step, differs: null }, step]);
    await run.go(8 - step);
    expect(run.losses).toEqual(whole.losses.slice(step));
    expect(bitsOf(await run.trainer.checkpoint())).toEqual(last);
    run.dispose();
  }
  // without the checkpoint's optimizer the losses would differ
  expect(new Set(whole.losses).size).toBe(8);
  whole.dispose();
});

test("a store that is empty begins anew, and a rate that was set stays", async () => {
  const store = memoryCheckpoints();
  const first = await makeRun({ resume: store });
  expect(first.trainer.resumed).toBeNull();
  await first.go(1);
  first.trainer.learningRate = 0.125;
  await first.trainer.save(store);
  await first.go(2);
  const second = await makeRun({ resume: store, seed: 0 });
  expect(second.trainer.learningRate).toBe(0.125);
  await second.go(2);
  expect(second.losses).toEqual(first.losses.slice(1));
  first.dispose();
  second.dispose();
});

test("steps that were skipped, and a schedule that follows a measure", async () => {
  const rate = () => schedules.plateau(0.1, { patience: 0, factor: 0.5 });
  const [before, after] = [rate(), rate()];
  const first = await makeRun({ optimizer: optim.adamW({ learningRate: before }), onNonFinite: "skip" });
  await first.go(1);
  first.trainer.learningRate = 3e38;
  await first.go(3);
  expect(first.trainer.skipped).toBeGreaterThan(0);
  before.report(1);
  before.report(2);
  const bytes = await first.trainer.checkpoint();
  const second = await makeRun({
    optimizer: optim.adamW({ learningRate: after }),
    onNonFinite: "skip",
    resume: bytes,
  });
  expect(after.state).toEqual(before.state);
  expect(second.trainer.skipped).toBe(first.trainer.skipped);
  expect(bitsOf(await second.trainer.checkpoint())).toEqual(bitsOf(bytes));
  first.dispose();
  second.dispose();
});

test("what is attached is taken over when it is, and is saved again until then", async () => {
  const best = { shape: [2], data: Float32Array.of(1.5, Number.NaN) };
  const state = { epoch: 3, best: Number.POSITIVE_INFINITY, names: ["a", null], zero: -0 };
  const first = await makeRun();
  first.trainer.attach("fit", { state, restore: () => {}, tensors: () => new Map([["weights", best]]) });
  const second = await makeRun({ resume: await first.trainer.checkpoint() });
  const third = await makeRun({ resume: await second.trainer.checkpoint() });
  const restore = vi.fn();
  third.trainer.attach("fit", { state: () => state, restore });
  const [fields, tensors] = restore.mock.calls[0] as [unknown, Map<string, unknown>];
  expect(fields).toEqual(state);
  expect([...tensors.keys()]).toEqual(["weights"]);
  expect(tensors.get("weights")).toMatchObject(best);
  for (const name of ["", "a/b"]) {
    expect(() => third.trainer.attach(name, { state, restore })).toThrow(
      `Trainer.attach: name is "${name}", expected one without "/"`,
    );
  }
  third.trainer.attach("other", { state: { at: new Date() }, restore });
  expect(restore).toHaveBeenCalledTimes(1);
  expect((await error(third.trainer.checkpoint())).message).toMatch(
    /Trainer\.save: other: the state\.at is a Date, expected plain/,
  );
  for (const run of [first, second, third]) run.dispose();
});

describe("what does not fit", () => {
  test("is refused with one error, and what was made is freed", async () => {
    const run = await makeRun({ seed: 1 });
    await run.go(1);
    const bytes = await run.trainer.checkpoint();
    const { tensors, metadata } = decodeSafetensors(bytes);
    const edited = (change: Record<string, string>) => encodeSafetensors(tensors, { ...metadata, ...change });
    const renamed = (name: string, other: string) =>
      encodeSafetensors(new Map([...tensors].map(([key, each]) => [key === name ? other : key, each])), metadata);
    const more = new Map([...tensors]).set("optimizer/v/head.more", tensors.get("model/head.bias") as never);
    const { buffers } = device.counters;
    const bytesBefore = device.counters.bytes;
    const cases: readonly (readonly [RunOptions, RegExp])[] = [
      [
        { hidden: 8 },
        /is of another model: model\/embed|is of another model: model\/rnn\.weight_ih_l0 has shape \[18, 4\], expected \[24, 4\]/,
      ],
      [{ batch: 2 }, /is of another carry: carry\/state has shape \[2, 3, 6\], expected \[2, 2, 6\]/],
      [{ optimizer: optim.sgd() }, /of the optimizer "adam", expected sgd/],
      [{ seed: 2 }, /is of a run with seed 1, expected 2; leave out/],
      [
        { resume: edited({ version: "9" }) },
        /has version "9", expected seqgrad checkpoint version 1; resume it with the version/,
      ],
      [{ resume: edited({ format: "pt" }) }, /is a safetensors file, but no checkpoint/],
      [{ resume: edited({ state: "{" }) }, /is damaged: its state is no JSON/],
      [{ resume: edited({ state: "{}" }) }, /is damaged/],
      [{ resume: bytes.subarray(0, bytes.length - 4) }, /damaged at byte/],
      [
        { resume: renamed("model/head.bias", "model/head.offset") },
        /is of another model: it lacks model\/head\.bias, and it has model\/head\.offset besides; make the model as/,
      ],
      [
        { resume: encodeSafetensors(more, metadata) },
        /is of another optimizer: it has optimizer\/v\/head\.more besides; make the optimizer as/,
      ],
    ];
    for (const [options, message] of cases) {
      expect((await error(makeRun({ resume: bytes, ...options }))).message).toMatch(message);
    }
    expect(device.counters.buffers).toBeGreaterThan(buffers);
    expect(device.counters.bytes).toBe(bytesBefore);
    run.dispose();
  });

  test("a run that has stopped saves nothing, until it recovers", async () => {
    const { kept, store } = everyStep();
    const run = await makeRun({ optimizer: optim.sgd({ learningRate: 1 }) });
    run.trainer.learningRate = 3e38;
    await run.go(1);
    const steps = [error(run.start()), error(run.start())];
    const saved = error(run.trainer.save(store));
    expect((await saved).name).toBe("NonFiniteError");
    expect((await error(run.trainer.save(store))).name).toBe("NonFiniteError");
    await Promise.all(steps);
    expect(kept.size).toBe(0);
    run.trainer.recover();
    await run.trainer.save(store);
    expect([...kept.keys()]).toEqual([run.trainer.steps]);
    run.dispose();
  });

  test("another machine's checkpoint goes on, and says that bits may differ", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const run = await makeRun();
    const { tensors, metadata } = decodeSafetensors(await run.trainer.checkpoint());
    const state = { ...JSON.parse(metadata.state as string), machine: "a toaster", choices: { matmul: "bread" } };
    const other = await makeRun({ resume: encodeSafetensors(tensors, { ...metadata, state: JSON.stringify(state) }) });
    expect(other.trainer.resumed?.differs).toMatch(/of "a toaster", this is ".*its bits may differ/);
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
    run.dispose();
    other.dispose();
  });
});
