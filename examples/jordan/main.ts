// A Jordan network, written with `scan`, learns to draw. Its memory is its own output, fed back (Jordan 1986, "Serial
// order"): told once per step which figure is wanted, it must know from what it has drawn so far where to go next.
import {
  add,
  compile,
  float32,
  losses,
  matmul,
  mul,
  nn,
  openDevice,
  optim,
  Parameter,
  scan,
  sub,
  Trainer,
  tanh,
  type Value,
  zeros,
} from "seqgrad";
import { adapters } from "../shared/adapters.ts";
import { readFlags } from "../shared/command-line.ts";
import { runProgram } from "../shared/program.ts";
import { figures, steps as length, plans, sketch, targets } from "./figures.ts";
import { help } from "./help.mjs";

/** How much of what was drawn before the last point stays in the state. */
const trace = 0.6;
const batch = figures.length;

class JordanNet extends nn.Module {
  fromPlan: Parameter;
  fromState: Parameter;
  bias: Parameter;
  head: nn.Linear;

  constructor(readonly hidden: number) {
    super();
    this.fromPlan = new Parameter([batch, hidden], nn.initializers.glorotUniform([batch, hidden]));
    this.fromState = new Parameter([2, hidden], nn.initializers.glorotUniform([2, hidden]));
    this.bias = new Parameter([hidden], nn.initializers.zero);
    this.head = new nn.Linear(hidden, 2);
  }

  /**
   * Plans [time, batch, plans] → points [time, batch, 2]. What is fed back is the net's own point, or, in training, one
   * between the teacher's (freedom 0) and its own (freedom 1).
   */
  forward(plans: Value, teacher?: { points: Value; freedom: Value }): Value {
    const fed = teacher ? mul(teacher.points, sub(1, teacher.freedom)) : zeros([length, batch, 2]);
    const [, points] = scan({ plans, fed }, zeros([batch, 2]), (state, { plans: plan, fed: given }) => {
      const hidden = tanh(add(add(matmul(plan, this.fromPlan), matmul(state, this.fromState)), this.bias));
      const point = this.head.forward(hidden);
      const own = teacher ? mul(point, teacher.freedom) : point;
      return [add(mul(state, trace), add(own, given)), point];
    });
    return points;
  }
}

async function main(args: readonly string[]): Promise<number> {
  const flags = readFlags(args, ["hidden", "steps", "lr", "seed", "adapter"]);
  const hidden = flags.integer("hidden", 32);
  const steps = flags.integer("steps", 600);
  const learningRate = flags.number("lr", 0.01, "a positive number", (value) => value > 0);
  const seed = flags.integer("seed", 0, 0, 2 ** 32 - 1);
  const device = await openDevice({ adapter: flags.choice("adapter", "auto", adapters) });
  console.log(`adapter  ${device.adapter.name} (${device.adapter.kind})`);

  const model = new JordanNet(hidden);
  const inputs = { plans: float32([length, batch, batch]) };
  const trainer = await Trainer.create(device, model, {
    inputs: { ...inputs, points: float32([length, batch, 2]), freedom: float32([]) },
    loss: ({ plans, ...teacher }) => losses.meanSquaredError(model.forward(plans, teacher), teacher.points),
    optimizer: optim.adamW({ learningRate: (step) => learningRate * (1 - 0.9 * (step / steps)), weightDecay: 0 }),
    clipNorm: 1,
    seed,
  });
  const draw = await compile(device, model, {
    inputs,
    fn: ({ plans }) => ({ points: model.forward(plans) }),
  });
  const show = async (title: string) => {
    const { points } = await draw.run({ plans });
    const drawn = Array.from(await points.read());
    const error = drawn.reduce((sum, value, i) => sum + (value - (targets[i] as number)) ** 2, 0) / drawn.length;
    console.log(`\n${title}: mean squared error ${error.toFixed(5)}\n\n${sketch(drawn)}`);
  };

  await show("before training");
  for (let step = 1; step <= steps; step++) {
    // first it is led by the hand (as Jordan taught his nets), then more and more alone
    const freedom = Float32Array.of(Math.min(1, (1.5 * step) / steps));
    const { loss } = await trainer.step({ plans, points: targets, freedom });
    if (step % Math.ceil(steps / 6) === 0) console.log(`  step ${step}/${steps}  loss ${loss.toFixed(5)}`);
  }
  await show("after training");
  return 0;
}

await runProgram("jordan", help, main);
