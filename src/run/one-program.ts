import { DataError } from "../errors.ts";
import { disposedPrograms } from "./intermediates.ts";
import {
  choicesOf,
  type Programs,
  type ProgramsRequest,
  type RunData,
  type SizedProgram,
  statsOf,
} from "./programs.ts";
import type { Session } from "./session.ts";
import type { ProgramsStats } from "./sizes/types.ts";
import type { Workspace } from "./workspace.ts";

/** Where all extents are numbers there is one program, made at once. */
export async function oneProgram<P extends SizedProgram>(
  session: Session,
  { where, make }: ProgramsRequest<P>,
): Promise<Programs<P>> {
  const workspace = session.workspace();
  const made = session.own(new OneProgram<P>(workspace));
  session.device.check();
  made.take(where, await make({}, workspace));
  return made;
}

class OneProgram<P extends SizedProgram> implements Programs<P> {
  #program: P | undefined;
  #disposed = false;

  constructor(readonly workspace: Workspace) {}

  /** Whoever made it may have been disposed of meanwhile. */
  take(where: string, program: P): void {
    if (this.#disposed) {
      program.executable.dispose();
      throw new DataError(disposedPrograms(where));
    }
    this.#program = program;
  }

  get last(): P {
    return this.#program as P;
  }

  get current(): P {
    return this.last;
  }

  get choices(): ReadonlyMap<string, string> {
    return choicesOf(this.all);
  }

  get all(): readonly P[] {
    return [this.last];
  }

  get stats(): ProgramsStats {
    return statsOf([{ sizes: {}, program: this.last }], this.workspace);
  }

  checkUsable(): void {
    this.last.executable.replay.checkUsable();
  }

  run<R>(_op: string, data: unknown, work: (program: P, data: RunData) => R): R {
    this.checkUsable();
    return work(this.last, data);
  }

  runPrepared(_op: string, data: unknown, take: (program: P, data: RunData) => () => void): void {
    this.checkUsable();
    take(this.last, data)();
  }

  inOrder(work: () => void): void {
    work();
  }

  begun(): undefined {}

  /** There is nothing to make; what is given is checked all the same. */
  async prepare(op: string, given: object): Promise<void> {
    this.checkUsable();
    const { checkNoSizes } = await import("./sizes/index.ts");
    checkNoSizes(op, given);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#program?.executable.dispose();
    this.workspace.dispose();
  }
}
