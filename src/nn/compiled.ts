import type { Device } from "../gpu/device.ts";
import { type ProgramStats, programStats } from "../plan/describe.ts";
import { type DescribeOptions, describeFor } from "../run/describe-for.ts";
import type { Executable, RunNumbers } from "../run/executable.ts";
import { type DataOf, mapValues, type SpecTree, type TensorsOf } from "../run/inputs.ts";
import type { Profile, ProfileOptions } from "../run/profile.ts";
import type { Programs, SizedProgram } from "../run/programs.ts";
import type { Replay } from "../run/replay.ts";
import type { Session } from "../run/session.ts";
import type { ProgramsStats, SizesOf } from "../run/sizes/types.ts";

/** @internal A function that was traced for one size. */
export interface CompiledProgram<O> extends SizedProgram {
  readonly form: O;
}

/**
 * A compiled function: its memory is planned, its kernels are ready, and each run only replays. Where extents have names, there is
 * a program for each size that came, and all of them share their memory.
 */
export class Compiled<S extends SpecTree, O> {
  #runs = 0;

  private constructor(
    private readonly session: Session,
    private readonly family: Programs<CompiledProgram<O>>,
  ) {}

  /** @internal */
  static of<S extends SpecTree, O>(session: Session, family: Programs<CompiledProgram<O>>): Compiled<S, O> {
    return new Compiled<S, O>(session, family);
  }

  /** The device that it runs on. */
  get device(): Device {
    return this.session.device;
  }

  /** @internal The numbers of the next run. */
  get next(): RunNumbers {
    return { step: this.#runs, scalars: [] };
  }

  /** @internal Of the size that was used last. */
  get executable(): Executable {
    return this.family.current.executable;
  }

  /** @internal */
  get replay(): Replay {
    return this.executable.replay;
  }

  /** Of the program that was used last. Throws DataError where extents have names and none was made yet. */
  get stats(): ProgramStats {
    return programStats(this.replay.program);
  }

  /** The programs that there are by now, and the memory that they share. */
  get programs(): ProgramsStats {
    return this.family.stats;
  }

  /** What a run does: kernels, dispatches, buffers, bytes; of the program that was used last. */
  describe(): string;
  /**
   * The same as it would be on another kind of adapter: `describe({ adapter: "hardware" })` is the plan for GPUs, on any machine.
   * Traces the function once more.
   */
  describe(options: DescribeOptions): Promise<string>;
  describe(options?: DescribeOptions): string | Promise<string> {
    return describeFor("describe", this.family.current, options);
  }

  /**
   * Uploads the inputs and runs. The outputs stay on the GPU, hold until the next run of any size, and can be inputs of that run;
   * read them with `await tensor.read()`. An input may be left out where its spec declares a default. Runs of a size whose program
   * has to be made first wait for it, and those behind wait with them, on copies of their data.
   */
  async run(data: DataOf<S>): Promise<TensorsOf<O>> {
    return this.family.run("run", data, ({ executable, form }, given) => {
      const upload = executable.take("run", given);
      executable.run(upload, this.next);
      this.#runs++;
      return mapValues(form, (path) => executable.replay.tensor(path)) as TensorsOf<O>;
    }) as Promise<TensorsOf<O>>;
  }

  /** Makes the program for these sizes of the named extents ahead of its first run, rounded up to buckets. */
  prepare(sizes: SizesOf<S>): Promise<void> {
    return this.family.prepare("prepare", sizes);
  }

  /** Runs with a clock around each dispatch, on the inputs of the last run, and says what each kernel costs. */
  profile(options: ProfileOptions = {}): Promise<Profile> {
    const { executable } = this;
    // with the random numbers of the last run, so that its outputs stay what they are
    return executable.profile(options, executable.last ?? { step: 0, scalars: [] });
  }

  /** Frees the programs' memory; the model's parameters stay. */
  dispose(): void {
    this.session.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
