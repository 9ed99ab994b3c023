import type { AdapterProfile } from "../graph/lowering.ts";
import { programStats } from "../plan/describe.ts";
import type { Program } from "../plan/program.ts";
import type { Executable } from "./executable.ts";
import type { Session } from "./session.ts";
import type { ProgramOfSize, ProgramsStats, Sizes } from "./sizes/types.ts";
import type { Workspace } from "./workspace.ts";

/** What is made for inputs of one size. */
export interface SizedProgram {
  readonly executable: Executable;
  /** Traces once more, for an adapter of another kind, and plans. */
  readonly planFor?: (kind: AdapterProfile["kind"]) => Promise<Program>;
}

/** How programs are made by size. */
export interface ProgramsRequest<P extends SizedProgram> {
  /** Whose they are, for messages. */
  readonly where: string;
  /** Programs that are kept at most; 16. */
  readonly maxPrograms?: number | undefined;
  /** Traces and compiles for one size; the workspace goes to the session's `program`. */
  readonly make: (sizes: Sizes, workspace: Workspace) => Promise<P>;
}

/** Makes what runs a function, and has the session own it. */
export type MakePrograms = <P extends SizedProgram>(
  session: Session,
  request: ProgramsRequest<P>,
) => Promise<Programs<P>>;

/** Data by the inputs' paths, or as they were given where no extent has a name. */
export type RunData = unknown;

/**
 * Programs of one function, one for each size that its inputs come in. They share the memory of inputs, outputs and
 * intermediates. Runs begin in the order of their calls, also where one has to wait for its program.
 */
export interface Programs<P extends SizedProgram> {
  readonly workspace: Workspace;
  /** The only one, or the one that ran last; undefined where none was made yet. */
  readonly last: P | undefined;
  /** As `last`; throws DataError where there is none. */
  readonly current: P;
  /** The ways to compute that were measured, of all programs that there are. */
  readonly choices: ReadonlyMap<string, string>;
  readonly all: readonly P[];
  readonly stats: ProgramsStats;
  /** Throws what went wrong before, and where they were freed. */
  checkUsable(): void;
  /**
   * Runs `work` with the program for these data, when all calls before have begun: at once where its program is there, else later,
   * on a copy of the data. Throws, or rejects, before that where the data fit no size.
   */
  run<R>(op: string, data: unknown, work: (program: P, data: RunData) => R): R | Promise<Awaited<R>>;
  /**
   * As `run`, for work that nobody waits for: throws DataError where the program has to be made first. `take` checks the data and
   * gives what begins the run; where that fails later, because others were waiting, the next call throws.
   */
  runPrepared(op: string, data: unknown, take: (program: P, data: RunData) => () => void): void;
  /** Does something that is no run when all calls before have begun. */
  inOrder(work: () => void): void;
  /** Resolves when all calls before have begun; undefined where they have. */
  begun(): Promise<void> | undefined;
  /** Makes the program for these sizes, if it is not there. */
  prepare(op: string, given: object): Promise<void>;
  dispose(): void;
}

export function choicesOf(programs: readonly SizedProgram[]): ReadonlyMap<string, string> {
  return new Map(programs.flatMap(({ executable }) => [...(executable.request.adapter.measured ?? [])]));
}

/** @param all with the sizes that each is for */
export function statsOf(
  all: readonly { readonly sizes: Sizes; readonly program: SizedProgram }[],
  workspace: Workspace,
): ProgramsStats {
  const plans = all.map(({ program }) => program.executable.replay.program);
  const constants = plans.flatMap(({ buffers }) => buffers.filter(({ kind }) => kind === "constant"));
  const programs = all.map(
    ({ sizes, program }): ProgramOfSize => ({
      sizes: { ...sizes },
      stats: programStats(program.executable.replay.program),
    }),
  );
  return {
    programs,
    sharedBytes: workspace.bytes,
    uniformBytes: plans.reduce((sum, { uniforms }) => sum + uniforms.byteLength, 0),
    constantBytes: constants.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
