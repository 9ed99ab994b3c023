// What the layers' plans cost: dispatches per training step, and memory of long sequences. Planned for a made-up adapter.
import { test } from "vitest";
import { gradients, type nn, sum, type Value } from "../../src/index.ts";
import { buildProgram } from "../../src/plan/build.ts";
import { programStats } from "../../src/plan/describe.ts";
import { assert, assertRejects } from "../cases/support/assert.ts";
import { adapterKinds } from "../cases/support/profile.ts";
import { layerOf, runLayer } from "../cases/support/recurrent-layers.ts";
import { adapterOf, hyper, input } from "../plan/support.ts";
import type { CellKind } from "../reference/recurrent/layers.ts";

const KINDS = ["RNN", "GRU", "LSTM"] as const;

interface Plan {
  readonly kind: CellKind;
  readonly time: number;
  readonly options?: nn.LSTMOptions & nn.GRUOptions;
  readonly batch?: number;
  readonly inputSize?: number;
  readonly hidden?: number;
  /** The loss depends on the last state alone, not on all outputs. */
  readonly last?: boolean;
  readonly adapter?: "software" | "hardware";
  readonly bindingBytes?: number;
}

/** A loss and the gradients of all parameters. */
function planOf(plan: Plan) {
  const { kind, time, options = {}, batch = 4, inputSize = 8, hidden = 32, last, adapter, bindingBytes } = plan;
  const layer = layerOf(kind, inputSize, hidden, options);
  const x = input([batch, time, inputSize]);
  const { outputs, states } = runLayer(layer, x);
  const loss = sum(last ? (states.h as Value) : outputs);
  const found = gradients(loss, layer.parameters());
  const parameters = { label: "parameters", elements: 2 ** 17 };
  const profile = adapterOf(adapter);
  const limits = { ...profile.limits, ...(bindingBytes ? { maxStorageBufferBindingSize: bindingBytes } : {}) };
  return buildProgram({
    adapter: { ...profile, limits },
    hyper,
    inputs: [x],
    outputs: { loss, ...Object.fromEntries(found.map((value, i) => [`gradient ${i}`, value as Value])) },
    locate: (leaf) => (leaf === x ? undefined : { external: parameters, offset: 0 }),
  });
}

test("dispatches of a training step", () => {
  const time = 64;
  for (const kind of KINDS) {
    for (const adapter of adapterKinds) {
      for (const [batch, hidden] of [
        [1, 5],
        [4, 32],
        [32, 128],
      ] as const) {
        const count = (options: Plan["options"]) =>
          planOf({ kind, time, batch, hidden, adapter, options: options ?? {} }).dispatches.length;
        const [single, both] = [count({}), count({ bidirectional: true })];
        const label = `${kind} ${adapter} B${batch} H${hidden}`;
        assert(single <= 2 * time + 40, `${label}: ${single} dispatches, expected at most ${2 * time + 40}`);
        assert(both <= 2 * (2 * time + 40), `${label}: ${both} dispatches in both directions`);
      }
    }
  }
});

test("memory of long sequences", () => {
  for (const kind of KINDS) {
    const [batch, hidden] = [4, 32];
    const bytesOf = (time: 1024 | 4096, checkpointEvery?: number) => {
      const options = checkpointEvery ? { checkpointEvery } : {};
      const program = planOf({ kind, time, batch, hidden, inputSize: 1, last: true, options });
      // of tensors: how many dispatches have parameters depends on how the steps are dispatched
      return programStats(program).bytes - program.uniforms.byteLength;
    };
    const bytes = {
      "plain 1024": bytesOf(1024),
      "plain 4096": bytesOf(4096),
      "checkpointed 1024": bytesOf(1024, 32),
      "checkpointed 4096": bytesOf(4096, 64),
    };
    // of each step everything once, and x and its copies whole
    const bound = (time: number, every: number) =>
      (bytes["plain 4096"] / 4096) * (time / every + every) + 3 * 4 * batch * time;
    for (const [time, every] of [
      [1024, 32],
      [4096, 64],
    ] as const) {
      const found = bytes[`checkpointed ${time}`];
      const allowed = bound(time, every);
      assert(found <= allowed, `${kind} T ${time} every ${every}: ${found} bytes, expected at most ${allowed}`);
    }
    const [plain, checkpointed] = [
      bytes["plain 4096"] / bytes["plain 1024"],
      bytes["checkpointed 4096"] / bytes["checkpointed 1024"],
    ];
    assert(plain > 3.8, `${kind}: four times the steps take ${plain} times the memory`);
    assert(checkpointed < 2.5, `${kind}: with checkpoints four times the steps take ${checkpointed} times the memory`);
  }
});

test("a long sequence is refused where its checkpoints fit", async () => {
  for (const kind of KINDS) {
    const plan = { kind, time: 4096, batch: 4, hidden: 32, inputSize: 2, last: true, bindingBytes: 2 ** 20 } as const;
    await assertRejects("OutOfMemoryError", ["checkpointEvery", "1.0 MiB"], () => planOf(plan));
    planOf({ ...plan, options: { checkpointEvery: 64 } });
  }
});
