// Looking into programs: values that are no outputs, and the WGSL of dispatches.
import type { Case, CaseContext } from "../../../harness/case.ts";
import {
  add,
  compile,
  debug,
  dropout,
  float32,
  matmul,
  mean,
  mul,
  nn,
  optim,
  State,
  scan,
  square,
  sum,
  Trainer,
  tanh,
  type Value,
  zeros,
} from "../../../src/index.ts";
import { tolerance } from "../../support/tolerance.ts";
import { assert, assertClose, assertEqual, assertRejects, assertSame } from "../support/assert.ts";

const x = Float32Array.of(0.5, -1, 2, 0.25, 1, -0.5);
const specs = { x: float32([2, 3]) };

/** y = tanh(x·w)², with dropout, whose mask is what is read of it. */
async function values({ device }: CaseContext): Promise<void> {
  const model = new nn.Linear(3, 2, { bias: false });
  const seen: Record<string, Value> = {};
  using program = await compile(device, model, {
    inputs: specs,
    fn: ({ x }) => {
      seen.x = x;
      seen.product = matmul(x, model.weight, { transposeB: true });
      seen.dropped = dropout(seen.product, 0.5);
      seen.y = square(tanh(seen.dropped));
      return { y: seen.y };
    },
    training: true,
    seed: 3,
  });
  const of = (name: string) => seen[name] as Value;
  await assertRejects("DataError", ["has not run", "data"], () => debug.read(program, of("product")));
  const before = await debug.read(program, of("dropped"), { x });
  const { y } = await program.run({ x });
  const weight = (await model.stateDict(device)).get("weight")?.data as Float32Array;
  const product = Float32Array.from({ length: 4 }, (_, i) =>
    [0, 1, 2].reduce((all, k) => all + (x[3 * (i >> 1) + k] as number) * (weight[3 * (i & 1) + k] as number), 0),
  );
  assertClose("product", await debug.read(program, of("product")), product, tolerance.matmul(3));
  const dropped = (await debug.read(program, of("dropped"))) as Float32Array;
  assertSame("what the next run would draw", before, dropped);
  const squares = dropped.map((each) => Math.tanh(each) ** 2);
  assertClose("the run drew the same", await y.read(), squares, tolerance.elementwise);
  assertSame("an output", await debug.read(program, of("y")), await y.read());
  assertSame("an input", await debug.read(program, of("x")), x);
  assertSame("a parameter", await debug.read(program, model.weight), weight);
  const late = debug.read(program, of("product"));
  await program.run({ x });
  await assertRejects("DataError", ["another run began"], () => late);
  const counted = device.counters.bytes;
  await debug.read(program, of("product"));
  assertEqual("bytes after reading", device.counters.bytes, counted);
}

async function refusals({ device }: CaseContext): Promise<void> {
  const inside: Value[] = [];
  const state = new State(device, { s: float32([2, 3]) });
  let next: Value | undefined;
  using program = await compile(device, null, {
    inputs: specs,
    state,
    fn: ({ x }, { s }) => {
      next = add(s, x);
      const [last] = scan(x, zeros([3]), (carry, step) => {
        inside.push(mul(carry, step));
        return [inside.at(-1) as Value, null];
      });
      return [{ last }, { s: next }] as const;
    },
  });
  await program.run({ x });
  await assertRejects("DataError", ["depends on input s", "overwritten", "third argument"], () =>
    debug.read(program, next as Value),
  );
  const twice = await debug.read(program, next as Value, { x });
  assertSame(
    "the state as it is now",
    twice,
    x.map((each) => 2 * each),
  );
  await assertRejects("DataError", ["inside the function of a scan"], () => debug.read(program, inside[0] as Value));
  await assertRejects("DataError", ["not computed by this program"], () =>
    debug.read(program, mul(inside[0] as Value, 2)),
  );
  await assertRejects("DataError", ["no input z"], () => debug.read(program, next as Value, { x, z: x } as never));
  program.dispose();
  await assertRejects("DataError", ["disposed"], () => debug.read(program, next as Value));
  state.dispose();
}

async function trainers({ device }: CaseContext): Promise<void> {
  const model = new nn.Linear(3, 2);
  let hidden: Value | undefined;
  using trainer = await Trainer.create(device, model, {
    inputs: specs,
    carry: { h: float32([2, 2]) },
    loss: ({ x, h }) => {
      hidden = model.forward(x);
      return { loss: mean(square(add(hidden, h))), carry: { h: hidden } };
    },
    optimizer: optim.sgd({ learningRate: 0.1 }),
  });
  const first = await debug.read(trainer, hidden as Value, { x });
  const before = await model.stateDict(device);
  await trainer.step({ x });
  const after = await debug.read(trainer, hidden as Value);
  assert(
    first.some((each, i) => each !== after[i]),
    "the step changed nothing",
  );
  using program = await compile(device, model, { inputs: specs, fn: ({ x }) => model.forward(x) });
  assertClose(
    "with the parameters after the step",
    after,
    await (await program.run({ x })).read(),
    tolerance.matmul(3),
  );
  model.loadStateDict(device, before);
  assertClose("with those before", await debug.read(trainer, hidden as Value), first, tolerance.exact);
  assertEqual("steps", trainer.steps, 1);
}

/** The text of each kernel makes a pipeline by itself. */
async function texts({ device }: CaseContext): Promise<void> {
  const model = new nn.LSTM(3, 4);
  using trainer = await Trainer.create(device, model, {
    inputs: { x: float32([2, 5, 3]) },
    loss: ({ x }) => sum(square(model.forward(x)[0])),
    optimizer: optim.adamW(),
    clipNorm: 1,
  });
  const entries = debug.dispatches(trainer);
  assertEqual("dispatches", entries.length, trainer.stats.dispatches);
  assertEqual("lines", debug.dispatchTable(trainer).split("\n").length, entries.length);
  for (const { index, kernel } of entries.filter(
    (each, i) => entries.findIndex((e) => e.kernel === each.kernel) === i,
  )) {
    const code = debug.wgsl(trainer, index);
    assertEqual(kernel, debug.wgsl(trainer, kernel), code);
    device.gpu.pushErrorScope("validation");
    device.gpu.createShaderModule({ code });
    const error = await device.gpu.popErrorScope();
    assert(!error, `${kernel}: ${error?.message}`);
  }
  const unary = entries.find(({ kernel }) => kernel.endsWith("/square"));
  assert(
    /override OP: u32 = [1-9]/.test(debug.wgsl(trainer, unary?.index ?? -1)),
    "the variant's operation is not set",
  );
  await assertRejects("ArgumentError", ["no dispatch", "adamw"], () => debug.wgsl(trainer, "nonsense"));
  await assertRejects("ArgumentError", ["no dispatch"], () => debug.wgsl(trainer, entries.length));
}

export const debugCases: readonly Case[] = [
  { name: "debug: any value of a run is read", run: values },
  { name: "debug: values that cannot be read are told from others", run: refusals },
  { name: "debug: values of a training step are read", run: trainers },
  { name: "debug: the WGSL of each dispatch compiles as it stands", run: texts },
];
