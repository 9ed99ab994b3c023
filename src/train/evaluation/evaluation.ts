import { ArgumentError, DataError } from "../../errors.ts";
import type { Device } from "../../gpu/device.ts";
import type { InputValue } from "../../graph/leaves.ts";
import type { AdapterProfile } from "../../graph/lowering.ts";
import { traceIn } from "../../graph/mode.ts";
import { reachableLeaves } from "../../graph/order.ts";
import type { Tree } from "../../graph/tree.ts";
import type { Value } from "../../graph/value.ts";
import { withKernels } from "../../kernels/later.ts";
import { countOfMean } from "../../metrics/count-of-mean.ts";
import { meanOf } from "../../metrics/mean.ts";
import type { Metric } from "../../metrics/metric.ts";
import { cast } from "../../ops/elementwise/cast.ts";
import { scalar } from "../../ops/elementwise/elementwise.ts";
import { reshape } from "../../ops/layout/layout.ts";
import { show } from "../../options.ts";
import type { Update } from "../../plan/updates.ts";
import { isSized, programsBySize } from "../../run/by-size.ts";
import { nextValues } from "../../run/carry.ts";
import type { Executable } from "../../run/executable.ts";
import { givenData } from "../../run/given.ts";
import { makeInputs, mapValues, namedValues, type SpecTree, type ValuesOf } from "../../run/inputs.ts";
import { oneProgram } from "../../run/one-program.ts";
import type { Programs } from "../../run/programs.ts";
import type { Session } from "../../run/session.ts";
import { sizedSpecs } from "../../run/sizes/specs.ts";
import type { Sizes } from "../../run/sizes/types.ts";
import type { Workspace } from "../../run/workspace.ts";
import { Carry } from "../carry.ts";
import { lossRecord, type TrainerOptions } from "../options.ts";
import { NEXT_CARRY } from "../trace.ts";
import { MetricTotals } from "./totals.ts";
import { type DataSet, isDataSet } from "./types.ts";

/** Batches whose statistics are put together on the GPU before they are read. */
const BATCHES = 16;

/** The loss function as inference. */
interface Trace {
  readonly inputs: readonly InputValue[];
  readonly updates: readonly Update[];
  readonly outputs: Tree;
  readonly metrics: Readonly<Record<string, Metric<unknown>>>;
}

/** A program that reads some of the inputs, and what it was made from. */
interface Part {
  readonly executable: Executable;
  readonly trace: Trace;
}

/** Programs of each size, and the carry that goes from batch to batch. */
interface Family {
  readonly programs: Programs<Part>;
  readonly carry: Carry;
}

/** Name of the loss among the metrics: theirs begin with a dot. */
const LOSS = "loss";

/**
 * @internal Runs a trainer's loss function as inference, for `evaluate` and `predict`. Programs are made when they are first asked
 * for. They share the steps' intermediates, and have inputs of their own, since the steps' carry is one of theirs.
 */
export class Evaluation {
  #totals: MetricTotals | undefined;
  #evaluating: Promise<Family> | undefined;
  #predicting: Promise<Family> | undefined;
  /** The evaluation that comes last: they share what they count in. */
  #last: Promise<unknown> = Promise.resolve();
  /** Predictions that were begun: those of a carry share it. */
  #begun = 0;

  constructor(
    private readonly session: Session,
    private readonly options: TrainerOptions<SpecTree, SpecTree>,
  ) {}

  get device(): Device {
    return this.session.device;
  }

  /** The programs that there are by now: tests fill their memory with NaN. */
  async programs(): Promise<Executable[]> {
    const families = await Promise.all([this.#evaluating, this.#predicting]);
    return families.flatMap((family) => family?.programs.all ?? []).map(({ executable }) => executable);
  }

  /** The loss and the metrics over a data set. */
  evaluate(data: unknown): Promise<{ readonly loss: number; readonly metrics: Record<string, unknown> }> {
    const batches = batchesOf("Trainer.evaluate", data);
    const evaluated = this.#last.then(() => this.#evaluate(batches));
    this.#last = evaluated.catch(() => {});
    return evaluated;
  }

  async #evaluate(batches: DataSet<object>) {
    this.#evaluating ??= this.#make("Trainer.evaluate", false, (trace) => {
      this.#totals ??= this.session.own(new MetricTotals(this.device, trace.metrics));
      return [{}, [...trace.updates, ...this.#totals.updates(trace.metrics)], this.#totals];
    });
    this.#evaluating.catch(() => {
      this.#evaluating = undefined;
    });
    const family = await this.#evaluating;
    this.#totals?.reset();
    family.carry.reset();
    let count = 0;
    let collecting: Promise<void> | undefined;
    for await (const batch of batches) {
      await this.#run("Trainer.evaluate", family, batch, count++, () => {});
      if (count % BATCHES > 0) continue;
      // the GPU goes on with the batches behind
      await collecting;
      collecting = this.#totals?.collect();
      collecting?.catch(() => {});
    }
    if (count === 0) throw noBatches("Trainer.evaluate");
    await collecting;
    const totals = this.#totals as MetricTotals;
    await totals.collect();
    const { [LOSS]: loss, ...metrics } = totals.finish();
    return {
      loss: loss as number,
      metrics: Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name.slice(1), value])),
    };
  }

  /** The outputs of each batch, in order; the next one is under way while they are looked at. */
  async *predict(data: DataSet<object>): AsyncGenerator<unknown, void, undefined> {
    this.#predicting ??= this.#make("Trainer.predict", true, (trace) => {
      const outputs = namedValues(trace.outputs);
      if (Object.keys(outputs).length > 0) return [outputs, neededUpdates(outputs, trace.updates)];
      throw new ArgumentError(
        "Trainer.predict: the loss function returns no outputs, expected { loss, outputs } from it",
      );
    });
    this.#predicting.catch(() => {
      this.#predicting = undefined;
    });
    const family = await this.#predicting;
    const own = ++this.#begun;
    family.carry.reset();
    let count = 0;
    let before: Promise<unknown> | undefined;
    for await (const batch of data) {
      if (family.carry.names.size > 0 && own !== this.#begun) {
        throw new DataError(
          "Trainer.predict: another prediction was begun, and they share the carry, expected one at a time; end one before the next",
        );
      }
      const reading = Promise.resolve(this.#run("Trainer.predict", family, batch, count++, readOutputs));
      reading.catch(() => {});
      if (before) yield await before;
      before = reading;
    }
    if (before) yield await before;
  }

  /** Of one batch. */
  async predictOne(batch: object): Promise<unknown> {
    for await (const outputs of this.predict([batch])) return outputs;
    throw noBatches("Trainer.predict");
  }

  /** Of the inputs only those are looked at that the program has. */
  #run<T>(op: string, { programs, carry }: Family, batch: unknown, step: number, then: (part: Part) => T) {
    return programs.run(op, batch, (part, data) => {
      const { executable, trace } = part;
      const { inputs } = executable.replay.program;
      const names = new Map(trace.inputs.map((input) => [input.name, input]));
      const given = [...givenData({ op, what: "input" }, names, data)].filter(([name]) => inputs.has(name));
      const upload = executable.take(op, Object.fromEntries(given), carry.names);
      carry.require(op, executable.replay, upload.names);
      executable.run(upload, { step, scalars: [] });
      carry.began(executable.replay);
      return then(part);
    });
  }

  async #make(
    where: string,
    isPartial: boolean,
    parts: (trace: Trace) => [Readonly<Record<string, Value>>, readonly Update[], MetricTotals?],
  ): Promise<Family> {
    const { session, options } = this;
    const { carry: carried = {}, maxPrograms } = options;
    const bySize = isSized(options) ? await programsBySize(where, options, isPartial) : undefined;
    const make = async (extents: Sizes, workspace: Workspace): Promise<Part> => {
      const trace = await withKernels(() => traceInference(options, this.device.profile.kind, extents));
      const [outputs, updates, totals] = parts(trace);
      const leaves = new Set(reachableLeaves([...Object.values(outputs), ...updates.map(([, next]) => next)]));
      const states = new Set<Value>(updates.map(([state]) => state));
      const own = trace.inputs.filter((input) => leaves.has(input) || states.has(input));
      const graph = { inputs: own, outputs, updates, state: totals?.state };
      return { executable: await session.program(graph, workspace), trace };
    };
    const programs = await (bySize ?? oneProgram)<Part>(session, { where, maxPrograms, make });
    return { programs, carry: new Carry(programs.workspace, carried, () => programs.last?.executable.replay) };
  }
}

/** The copies are on the GPU's queue when it returns. */
async function readOutputs({ executable: { replay }, trace: { outputs } }: Part): Promise<unknown> {
  const paths = Object.keys(namedValues(outputs));
  const reading = paths.map(async (path) => [path, await replay.tensor(path).read()] as const);
  const read = new Map(await Promise.all(reading));
  return mapValues(outputs, (path) => read.get(path));
}

/** Of the carry what the outputs depend on, also by way of later batches. */
function neededUpdates(outputs: Readonly<Record<string, Value>>, updates: readonly Update[]): readonly Update[] {
  let needed: readonly Update[] = [];
  for (;;) {
    const leaves = new Set(reachableLeaves([...Object.values(outputs), ...needed.map(([, next]) => next)]));
    const all = updates.filter(([leaf]) => leaves.has(leaf));
    if (all.length === needed.length) return needed;
    needed = all;
  }
}

function traceInference(
  options: TrainerOptions<SpecTree, SpecTree>,
  adapter: AdapterProfile["kind"],
  sizes: Sizes,
): Trace {
  const { values, inputs } = makeInputs(sizedSpecs(options.inputs, sizes));
  const state = makeInputs(sizedSpecs(options.carry ?? {}, sizes));
  const result = traceIn({ training: false, adapter }, () =>
    options.loss({ ...(values as object), ...(state.values as object) } as ValuesOf<SpecTree>),
  );
  const { loss, outputs, metrics = {}, carry } = lossRecord(result);
  const rows = inputs.find(({ rank }) => rank > 0)?.shape[0] ?? 1;
  const count = countOfMean(loss) ?? rows;
  const weight = typeof count === "number" ? scalar(count) : cast(count, "float32");
  // no metric of a user can be called that
  const named = Object.entries(metrics).map(([name, metric]) => [`.${name}`, metric] as const);
  return {
    inputs: [...inputs, ...state.inputs],
    updates: nextValues(state.inputs, carry, NEXT_CARRY),
    outputs,
    metrics: { [LOSS]: meanOf(reshape(loss, [1]), reshape(weight, [1])), ...Object.fromEntries(named) },
  };
}

/** One batch counts as a data set of one. */
function batchesOf(op: string, data: unknown): DataSet<object> {
  if (isDataSet(data)) return data;
  if (typeof data === "object" && data !== null) return [data];
  throw new ArgumentError(`${op}: data is ${show(data)}, expected a batch, or batches that can be iterated over`);
}

const noBatches = (op: string) =>
  new DataError(
    `${op}: the data set has no batches, expected at least one; what can be iterated over once is empty the next time`,
  );
