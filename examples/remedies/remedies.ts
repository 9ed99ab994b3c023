/** Which remedy helps by how much: the adding problem, learned by a plain net with each of them alone. */
import { float32, losses, nn, Trainer } from "seqgrad";
import { adding } from "../classic-tests/tasks/adding.ts";
import { barChart } from "../shared/figures/bar-chart.ts";
import { figure } from "../shared/figures/figure.ts";
import { lineChart } from "../shared/figures/line-chart.ts";
import type { Flags } from "../shared/flags.ts";
import { parameterCount } from "../shared/parameters.ts";
import { seededRandom } from "../shared/random.ts";
import type { Job, Outcome, Task } from "../shared/task/task.ts";
import { defaults, facts, rates } from "./help.mjs";
import { Adder, list, optimizerOf, type Remedy } from "./nets.ts";

interface RemedyOptions extends Readonly<typeof defaults> {
  readonly rates: readonly number[];
}

type Settings = Pick<RemedyOptions, "length" | "hidden">;

/** The net without remedies and the one with all, as they are saved. */
class Both extends nn.Module {
  readonly none: Adder;
  readonly together: Adder;

  constructor({ hidden, length }: Settings) {
    super();
    this.none = new Adder(list[0] as Remedy, hidden, length);
    this.together = new Adder(list.at(-1) as Remedy, hidden, length);
  }
}

interface Learned {
  readonly rate: number;
  /** Mean squared error on sequences that are never trained on, after each epoch; null where it is not finite. */
  readonly curve: readonly (number | null)[];
  /** The same on the sequences that are tested, at the end. */
  readonly error: number | null;
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
const asLoss = (value: number | null | undefined) => value ?? Number.POSITIVE_INFINITY;

async function run(job: Job<RemedyOptions, Settings>): Promise<Outcome<Settings>> {
  const { device, options, seed, saved } = job;
  const { length, hidden } = saved?.settings ?? options;
  const epochs = job.epochs ?? facts.epochs;
  const stepsPerEpoch = options.steps;
  const both = new Both({ hidden, length });
  if (saved) both.loadStateDict(device, saved.weights);
  const part = (count: number, own: number) => [adding.make(seededRandom(seed, own), count, length)] as const;
  const [chosenBy, tested] = [part(options.test, 1), part(options.test, 2)];

  const open = (model: Adder, remedy: Remedy, rate: number) =>
    Trainer.create(device, model, {
      inputs: { x: float32(["batch", length, 2]), y: float32(["batch", 1]) },
      loss: ({ x, y }) => losses.meanSquaredError(model.forward(x), y),
      optimizer: optimizerOf(remedy, rate, epochs * stepsPerEpoch),
      ...(remedy.clipNorm !== undefined && { clipNorm: remedy.clipNorm }),
      // where it goes astray is what the picture shows
      onNonFinite: "continue",
      seed,
    });
  const learn =
    (remedy: Remedy, rate: number, fit: Job<RemedyOptions, Settings>["fit"]) =>
    async (model: Adder): Promise<Learned> => {
      const trainer = await open(model, remedy, rate);
      const random = seededRandom(seed, 3);
      // never the same sequence twice
      const batches = {
        *[Symbol.iterator]() {
          for (let step = 0; step < stepsPerEpoch; step++) yield adding.make(random, options.batch, length);
        },
      };
      const stopping = {
        epoch: (
          { validationLoss }: { readonly validationLoss: number | undefined },
          run: { stop(why: string): void },
        ) => {
          if (!Number.isFinite(validationLoss)) run.stop("astray");
        },
      };
      const history = await fit(trainer, batches, { epochs, validation: chosenBy, callbacks: [stopping] });
      const { loss } = await trainer.evaluate(tested);
      trainer.dispose();
      return {
        rate,
        curve: history.epochs.map(({ validationLoss }) => finite(validationLoss ?? Number.NaN)),
        error: finite(loss),
      };
    };

  /** Each with the rate that is best on the sequences to choose by. */
  const learned: Learned[] = [];
  for (const remedy of saved ? [] : list) {
    const tries: Learned[] = [];
    for (const rate of options.rates) {
      tries.push(
        await job.part(`${remedy.label}, rate ${rate}`, async (fit) => {
          const model = new Adder(remedy, hidden, length);
          const result = await learn(remedy, rate, fit)(model);
          model.dispose(device);
          return result;
        }),
      );
    }
    const best = tries.reduce((a, b) => (asLoss(b.curve.at(-1)) < asLoss(a.curve.at(-1)) ? b : a));
    learned.push(best);
    job.say("error", `${best.error?.toFixed(4) ?? "astray"} at rate ${best.rate}: ${remedy.label}`);
  }
  if (!saved) {
    // once more what is to be saved
    for (const [name, at] of [
      ["none", 0],
      ["together", list.length - 1],
    ] as const) {
      await learn(list[at] as Remedy, (learned[at] as Learned).rate, job.fit)(both[name]);
    }
  }
  const errorOf = async (name: "none" | "together", remedy: Remedy) => {
    const trainer = await open(both[name], remedy, 0.1);
    const { loss } = await trainer.evaluate(tested);
    trainer.dispose();
    return loss;
  };
  return {
    metrics: { meanSquaredError: await errorOf("together", list.at(-1) as Remedy) },
    baseline: { meanSquaredError: await errorOf("none", list[0] as Remedy) },
    parameters: parameterCount(both.together),
    steps: epochs * stepsPerEpoch,
    data: { trained: saved ? 0 : epochs * stepsPerEpoch * options.batch, tested: options.test },
    model: saved ? undefined : { settings: { length, hidden }, weights: await both.stateDict(device) },
    files: saved ? {} : { "remedies.svg": picture(learned, length, stepsPerEpoch) },
  };
}

function picture(learned: readonly Learned[], length: number, stepsPerEpoch: number): string {
  const bars = learned.map(({ error, rate }, i) => {
    const { label } = list[i] as Remedy;
    return { label: `${label} (${rate})`, value: error ?? Number.NaN };
  });
  const title = `Adding two of ${length} numbers: what a remedy alone does for a plain recurrent net`;
  return figure({ title, subtitle: "with the best of the learning rates that were tried, in brackets" }, [
    barChart({
      title: "Mean squared error at the end",
      subtitle: "0.167 has who always answers 1; without a bar, what went astray",
      xLabel: "mean squared error",
      bars,
      format: (value) => value.toFixed(4),
    }),
    lineChart({
      title: "On the way",
      xLabel: "training steps",
      yLabel: "mean squared error",
      lines: learned.flatMap(({ curve }, i) => {
        const points = curve.map((error, epoch) => [(epoch + 1) * stepsPerEpoch, error ?? Number.NaN] as const);
        const shown =
          i === 0 ||
          i === learned.length - 1 ||
          (list[i] as Remedy).label.startsWith("gates") ||
          (list[i] as Remedy).label.startsWith("rates");
        return shown ? [{ label: (list[i] as Remedy).label.replace(/^together.*/, "together"), points }] : [];
      }),
    }),
  ]);
}

export const remedies: Task<RemedyOptions, Settings> = {
  name: "remedies",
  flags: ["length", "hidden", "batch", "steps", "sequences", "rates"],
  readOptions: (flags: Flags) => ({
    length: flags.integer("length", defaults.length, 2),
    hidden: flags.integer("hidden", defaults.hidden),
    batch: flags.integer("batch", defaults.batch),
    steps: flags.integer("steps", defaults.steps),
    test: flags.integer("sequences", defaults.test),
    rates: flags.numbers("rates", rates, "positive numbers with commas between them", (value) => value > 0),
  }),
  run,
};
