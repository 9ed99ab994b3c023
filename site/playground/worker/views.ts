/** What the page asks of a run beside its training: text, the inside, classes, kernels. */
import type { Device } from "seqgrad";
import type { Report, RunRequest } from "../protocol.ts";
import { type Inspector, openInspector } from "./inspect.ts";
import { kernelsOf } from "./kernels.ts";
import type { PlayModel } from "./model.ts";
import type { Problem } from "./problem.ts";
import type { Training } from "./training.ts";
import { likeliest, softmax, Writer } from "./writer.ts";

/** Characters of a sample. */
const sampleLength = 140;

interface Viewed {
  readonly request: RunRequest;
  readonly tell: (report: Report) => void;
  readonly device: Device;
  readonly problem: Problem;
  readonly model: PlayModel;
  /** Another one after the bound of the gradient's norm was changed. */
  training(): Training;
}

export class Views {
  #writer: Writer | undefined;
  #inspector: Inspector | undefined;
  #watched: number | undefined;
  temperature = 0.8;
  isHushed = false;

  constructor(private readonly of: Viewed) {}

  get isWatching(): boolean {
    return this.#watched !== undefined;
  }

  async sample(stop: () => boolean): Promise<string> {
    const writer = await this.#openWriter();
    const options = { prompt: "\n", count: sampleLength, seed: this.of.training().steps, temperature: () => 0.7 };
    return writer.write({ ...options, stop });
  }

  async #openWriter(): Promise<Writer> {
    this.#writer ??= await Writer.open(this.of.device, this.of.model, this.of.problem);
    return this.#writer;
  }

  async write(prompt: string, count: number): Promise<void> {
    this.isHushed = false;
    const writer = await this.#openWriter();
    let last = { text: "", next: [] as { token: string; probability: number }[] };
    await writer.write({
      prompt,
      count,
      seed: Math.floor(2 ** 31 * Math.random()),
      temperature: () => this.temperature,
      stop: () => this.isHushed,
      tell: (written) => {
        last = { ...written, next: [...written.next] };
        this.of.tell({ kind: "written", written, done: false });
      },
    });
    this.of.tell({ kind: "written", written: last, done: true });
  }

  /** Looks at an example now, and again and again while it trains; undefined: no more. */
  async watch(example: number | undefined): Promise<void> {
    this.#watched = example;
    if (example !== undefined) await this.look(example);
  }

  /** Looks at the example that is watched, where one is. */
  async lookAgain(): Promise<void> {
    if (this.#watched !== undefined) await this.look(this.#watched);
  }

  async look(example: number): Promise<void> {
    this.#inspector ??= await openInspector(
      this.of.device,
      this.of.model,
      this.of.problem,
      this.of.request.settings.batch,
    );
    this.of.tell({ kind: "inside", inside: await this.#inspector.look(example, this.of.training().steps) });
  }

  /** How likely each class is for a visitor's own example. */
  async classify(data: unknown): Promise<void> {
    const { encode, classes, validation, time } = this.of.problem;
    if (!encode || !classes) throw new Error("This task has no classes.");
    const x = validation.x.slice() as Float32Array;
    x.set(encode(data));
    const { outputs } = (await this.of.training().predict({ x })) as { outputs: Float32Array };
    const logits = outputs.slice((time - 1) * classes.length, time * classes.length);
    this.of.tell({ kind: "classified", classes: likeliest(softmax(logits), (each) => classes[each] as string, 5) });
  }

  kernels(): void {
    this.of.tell({ kind: "kernels", ...kernelsOf(this.of.training()) });
  }

  async profile(): Promise<void> {
    const { rows } = await this.of.training().profile({ repetitions: 5 });
    this.of.tell({
      kind: "profiled",
      rows: rows.map(({ kernel, calls, milliseconds, share }) => ({ kernel, calls, milliseconds, share })),
    });
  }
}
