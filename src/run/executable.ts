import type { Device } from "../gpu/device.ts";
import type { TypedData } from "../gpu/host-data.ts";
import type { ProgramRequest } from "../plan/build.ts";
import { givenInputs } from "./given.ts";
import type { Hyper } from "./hyper.ts";
import type { Profile, ProfileOptions } from "./profile.ts";
import { profileLater } from "./profile-later.ts";
import type { Replay } from "./replay.ts";

/** What a program was planned from, its adapter aside. */
export type PlannedGraph = Omit<ProgramRequest, "adapter">;

/** Inputs of a run, checked and not yet written. */
export interface Upload {
  /** Of the inputs that are written; the others keep what they hold. */
  readonly names: readonly string[];
  readonly write: (encoder: GPUCommandEncoder) => void;
}

/** What differs from run to run, beside the inputs. */
export interface RunNumbers {
  /** Random numbers go by it. */
  readonly step: number;
  /** Of the optimizer. */
  readonly scalars: readonly number[];
}

/** A program of a session, for inputs of one size: what is run. */
export class Executable {
  #last: RunNumbers | null = null;

  constructor(
    readonly replay: Replay,
    private readonly hyper: Hyper,
    readonly seed: number,
    /** What it was planned from, and for which adapter. */
    readonly request: ProgramRequest,
  ) {}

  get device(): Device {
    return this.replay.device;
  }

  /** The numbers of the last run; null before the first. */
  get last(): RunNumbers | null {
    return this.#last;
  }

  /**
   * Takes data for the inputs. Throws before anything is written. `kept` are inputs that keep what they hold where they are
   * not given; `uploaded` is told of what comes from the host, when it is written.
   */
  take(
    op: string,
    data: unknown,
    kept?: ReadonlySet<string>,
    uploaded?: (name: string, data: TypedData) => void,
  ): Upload {
    const { replay } = this;
    replay.checkUsable();
    const given = givenInputs(op, replay.program.inputs, data, kept);
    const writes = [...given].map(([name, each]) =>
      replay.prepare(name, each, uploaded && ((typed) => uploaded(name, typed))),
    );
    return {
      names: [...given.keys()],
      write(encoder) {
        for (const write of writes) write(encoder);
      },
    };
  }

  /** Runs on these inputs; `after` may add copies to the end of the last submit. */
  run({ write }: Upload, numbers: RunNumbers, after?: (encoder: GPUCommandEncoder) => void): void {
    this.replay.run((encoder) => {
      this.#last = numbers;
      this.#write(numbers);
      write(encoder);
    }, after);
  }

  /** Times each dispatch, on the inputs of the last run; nothing that outlives a run is changed. */
  profile(options: ProfileOptions, numbers: RunNumbers): Promise<Profile> {
    return profileLater(this.replay, options, () => this.#write(numbers));
  }

  dispose(): void {
    this.replay.dispose();
  }

  #write({ step, scalars }: RunNumbers): void {
    this.hyper.write(step, this.seed, scalars);
  }
}
