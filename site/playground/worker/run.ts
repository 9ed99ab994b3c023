/** A run: its device, model and trainer. */
import { type Device, decodeSafetensors, encodeSafetensors, indexedDbCheckpoints, openDevice } from "seqgrad";
import { Curves } from "../curves.ts";
import type { Opened, Point, Report, RunRequest, Sample } from "../protocol.ts";
import { PlayModel } from "./model.ts";
import type { Problem } from "./problem.ts";
import { openProblem } from "./tasks/index.ts";
import { openTraining, type Training, validate } from "./training.ts";
import { Views } from "./views.ts";

const stepsInFlight = 2;
/** Milliseconds between two reports, two saves, two looks inside. */
const [reportEvery, saveEvery, lookEvery] = [200, 4000, 600];
export const storeOf = (id: string) => indexedDbCheckpoints(`seqgrad playground ${id}`, { keep: 1 });

export class Run {
  readonly #curves: Curves;
  #isWanted = false;
  /** Steps of time a second. */
  #speed = 0;
  readonly views: Views;

  private constructor(
    private readonly request: RunRequest,
    private readonly tell: (report: Report) => void,
    private readonly device: Device,
    private readonly problem: Problem,
    private readonly model: PlayModel,
    private training: Training,
    curves: Curves,
  ) {
    this.#curves = curves;
    this.views = new Views({ request, tell, device, problem, model, training: () => this.training });
  }

  static async open(
    request: RunRequest,
    resume: boolean,
    weights: Uint8Array | undefined,
    tell: (report: Report) => void,
  ): Promise<Run> {
    const { settings, data, id } = request;
    const problem = await openProblem(settings, data);
    const model = new PlayModel(problem, settings);
    const device = await openDevice();
    try {
      if (weights) model.loadStateDict(device, decodeSafetensors(weights, "the file").tensors);
      const common = { device, model, problem, settings, clip: settings.clip };
      const training = await openTraining({ ...common, resume: resume ? storeOf(id) : undefined });
      const curves = new Curves();
      training.attach("curves", curves as never);
      return new Run(request, tell, device, problem, model, training, curves);
    } catch (error) {
      device.dispose();
      throw error;
    }
  }

  get lost(): Promise<never> {
    return this.device.lost;
  }

  get hasBegun(): boolean {
    return this.training.steps > 0;
  }

  get isDone(): boolean {
    return this.training.steps >= this.request.settings.steps;
  }

  opened(): Opened {
    const { stats } = this.training;
    const { settings } = this.request;
    const { adapter } = this.device;
    return {
      // as the engine calls one of which the browser says nothing
      adapter: adapter.name === "unnamed adapter" ? "" : adapter.name,
      isSoftware: adapter.kind === "software",
      parameters: this.model.parameters().reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
      dispatches: stats.dispatches,
      submits: stats.submits,
      bytes: stats.bytes + stats.externalBytes,
      tokensPerStep: settings.batch * this.problem.time,
      step: this.training.steps,
      points: this.#curves.points,
      validations: this.#curves.validations,
      stride: this.#curves.stride,
      baseline: this.problem.baseline ?? null,
      writes: this.problem.tokenizer !== undefined,
      examples: Array.from({ length: Math.min(6, settings.batch) }, (_, row) =>
        this.problem
          .labels(this.problem.validation, row)
          .join("tokens" in this.problem.input ? "" : " ")
          .slice(0, 60),
      ),
      columns: this.problem.columns ?? [],
    };
  }

  pause(): void {
    this.#isWanted = false;
  }

  /** Trains until it is paused or done; `most` steps at most. */
  async train(most = Number.POSITIVE_INFINITY): Promise<void> {
    this.#isWanted = true;
    const { settings } = this.request;
    const end = Math.min(settings.steps, this.training.steps + most);
    const validateEvery = Math.min(100, Math.max(10, Math.round(settings.steps / 40)));
    const inFlight: Promise<{ loss: number; gradNorm: number }>[] = [];
    let [reported, saved, looked] = [performance.now(), performance.now(), 0];
    let fresh: Point[] = [];
    const finish = async (left: number) => {
      while (inFlight.length > left) {
        const { loss, gradNorm } = await (inFlight.shift() as (typeof inFlight)[0]);
        const point = { step: this.training.steps - inFlight.length, loss, gradNorm };
        this.#curves.add(point);
        fresh.push(point);
      }
      const now = performance.now();
      if (fresh.length === 0 || (left > 0 && now - reported < reportEvery)) return;
      // the last steps alone, read at once, would say nothing of the pace
      if (this.#speed === 0 || now - reported >= reportEvery) {
        this.#speed = (1000 * fresh.length * settings.batch * this.problem.time) / (now - reported);
      }
      const tokensPerSecond = this.#speed;
      this.tell({ kind: "progress", points: fresh, tokensPerSecond });
      [reported, fresh] = [now, []];
    };
    while (this.#isWanted && this.training.steps < end) {
      const { steps } = this.training;
      if (steps > 0 && this.problem.continues?.(steps) === false) this.training.resetCarry();
      const { x, y } = this.problem.batch(steps);
      const result = this.training.step({ x, y });
      // should an earlier step fail, this one's failure is not news
      result.catch(() => {});
      inFlight.push(result);
      await finish(stepsInFlight - 1);
      const isDue = this.training.steps % validateEvery === 0 || this.training.steps === settings.steps;
      if (isDue) {
        await finish(0);
        await this.#validate();
        reported = performance.now();
      }
      if (this.views.isWatching && performance.now() - looked > lookEvery) {
        await finish(0);
        await this.views.lookAgain();
        looked = performance.now();
        // all steps so far are reported: what is done in between is not theirs
        reported = looked;
      }
      if (performance.now() - saved > saveEvery) {
        await finish(0);
        await this.save();
        saved = performance.now();
        reported = saved;
      }
      // what the page says meanwhile is heard
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    await finish(0);
    await this.views.lookAgain();
    await this.save();
  }

  async save(): Promise<void> {
    if (this.training.steps === 0) return;
    await this.training.save(storeOf(this.request.id));
    this.tell({ kind: "saved", step: this.training.steps });
  }

  async #validate(): Promise<void> {
    const { loss, accuracy, outputs } = await validate(this.training, this.problem);
    const validation = { step: this.training.steps, loss, accuracy };
    this.#curves.validations.push(validation);
    const sample: Sample = this.problem.tokenizer
      ? { kind: "text", text: await this.views.sample(() => !this.#isWanted) }
      : (this.problem.show?.(outputs, this.problem.validation) ?? { kind: "answers", answers: [] });
    this.tell({ kind: "validation", validation, sample });
  }

  /** The same run with another bound for the gradient's norm. */
  async clip(clip: number): Promise<void> {
    const bytes = await this.training.checkpoint();
    const next = { device: this.device, model: this.model, problem: this.problem, settings: this.request.settings };
    this.training.dispose();
    this.training = await openTraining({ ...next, clip, resume: bytes });
    this.training.attach("curves", this.#curves as never);
    this.tell({ kind: "clipped", clip });
  }

  async export(): Promise<void> {
    const { task, cell } = this.request.settings;
    const bytes = encodeSafetensors(await this.training.stateDict(), { task, cell });
    this.tell({ kind: "exported", bytes });
  }

  dispose(): void {
    this.pause();
    this.device.dispose();
  }
}
