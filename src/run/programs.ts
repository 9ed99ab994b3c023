import { DataError } from "../errors.ts";
import type { TensorData } from "../gpu/tensor.ts";
import { programStats } from "../plan/describe.ts";
import type { Program } from "../plan/program.ts";
import { Line } from "./line.ts";
import { ProgramCache, type SizedProgram } from "./program-cache.ts";
import type { Session } from "./session.ts";
import { copies } from "./sizes/copies.ts";
import type { SizedInputs } from "./sizes/inputs.ts";
import { showSizes } from "./sizes/specs.ts";
import type { ProgramsStats, Sizes } from "./sizes/types.ts";
import { Workspace } from "./workspace.ts";

/** How programs are made by size. */
export interface ProgramsRequest<P extends SizedProgram> {
  /** Whose they are, for messages. */
  readonly where: string;
  readonly inputs: SizedInputs;
  /** Programs that are kept at most; 16. */
  readonly maxPrograms?: number | undefined;
  /** Traces and compiles for one size; the workspace goes to the session's `program`. */
  readonly make: (sizes: Sizes, workspace: Workspace) => Promise<P>;
}

/** Data by the inputs' paths, or as they were given where no extent has a name. */
export type RunData = unknown;

const MOST_PROGRAMS = 16;

/**
 * Programs of one function, one for each size that its inputs come in, made when it is first needed. They share the memory of
 * inputs, outputs and intermediates; the least recently used one goes where there are too many. Runs begin in the order of their
 * calls, also where one has to wait for its program. Where no extent has a name there is one program, made at once.
 */
export class Programs<P extends SizedProgram> {
  readonly workspace: Workspace;
  readonly #cache: ProgramCache<P>;
  readonly #line = new Line();
  #only: P | null = null;
  #ran: P | null = null;
  /** Of a run that nobody waits for. */
  #late: { readonly error: unknown } | null = null;
  #disposed = false;

  private constructor(
    private readonly session: Session,
    private readonly request: ProgramsRequest<P>,
  ) {
    this.workspace = new Workspace(session.device);
    this.#cache = new ProgramCache(request.maxPrograms ?? MOST_PROGRAMS);
  }

  static async create<P extends SizedProgram>(session: Session, request: ProgramsRequest<P>): Promise<Programs<P>> {
    const programs = session.own(new Programs(session, request));
    if (request.inputs.names.length === 0) programs.#only = await programs.#get({});
    return programs;
  }

  /** The only one, or the one that ran last; undefined where none was made yet. */
  get last(): P | undefined {
    if (this.#only) return this.#only;
    return this.#ran && this.#cache.has(this.#ran) ? this.#ran : this.#cache.last;
  }

  /** As `last`; throws DataError where there is none. */
  get current(): P {
    const { last } = this;
    if (last) return last;
    throw new DataError(
      `${this.request.where}: there is no program yet, since extents have names, expected one that was run or prepared; run it, or await prepare({ ${this.request.inputs.names.join(", ")} })`,
    );
  }

  /** The ways to compute that were measured, of all programs that there are. */
  get choices(): ReadonlyMap<string, string> {
    const { all, session } = this;
    if (all.length === 0) return session.choices;
    return new Map(all.flatMap(({ executable }) => [...(executable.request.adapter.measured ?? [])]));
  }

  get all(): readonly P[] {
    return this.#cache.all.map(({ program }) => program);
  }

  get stats(): ProgramsStats {
    const plans = this.all.map(({ executable }) => executable.replay.program);
    const constants = plans.flatMap(({ buffers }) => buffers.filter(({ kind }) => kind === "constant"));
    return {
      programs: this.#cache.all.map(({ sizes }, i) => ({
        sizes: { ...sizes },
        stats: programStats(plans[i] as Program),
      })),
      sharedBytes: this.workspace.bytes,
      uniformBytes: plans.reduce((sum, { uniforms }) => sum + uniforms.byteLength, 0),
      constantBytes: constants.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }

  /** Throws what went wrong before, and where they were freed. */
  checkUsable(): void {
    if (this.#only) {
      this.#only.executable.replay.checkUsable();
      return;
    }
    this.session.device.check();
    if (this.#disposed) {
      throw new DataError(
        `run: the programs of ${this.request.where} were disposed of, expected them alive; make them again`,
      );
    }
    this.last?.executable.replay.checkUsable();
    const late = this.#late;
    this.#late = null;
    if (late) throw late.error;
  }

  /**
   * Runs `work` with the program for these data, when all calls before have begun: at once where its program is there, else later,
   * on a copy of the data. Throws, or rejects, before that where the data fit no size.
   */
  run<R>(op: string, data: unknown, work: (program: P, data: RunData) => R): R | Promise<Awaited<R>> {
    this.checkUsable();
    if (this.#only) return work(this.#only, data);
    const sized = this.request.inputs.take(op, data);
    const known = this.#line.isFree ? this.#cache.use(sized.sizes) : undefined;
    if (known) return work(this.#running(known), asTree(sized.data));
    const copied = copies(this.session.device, this.request.inputs.specs, sized.sizes, sized.data);
    const begun = this.#line.add(async () => {
      try {
        const program = await this.#get(sized.sizes);
        // what it goes on with does not hold up the next run
        return { result: work(this.#running(program), asTree(copied.data)) };
      } finally {
        copied.free();
      }
    });
    return begun.then(({ result }) => result) as Promise<Awaited<R>>;
  }

  /**
   * As `run`, for work that nobody waits for: throws DataError where the program has to be made first. `take` checks the data and
   * gives what begins the run; where that fails later, because others were waiting, the next call throws.
   */
  runPrepared(op: string, data: unknown, take: (program: P, data: RunData) => () => void): void {
    this.checkUsable();
    if (this.#only) {
      take(this.#only, data)();
      return;
    }
    const { inputs } = this.request;
    const sized = inputs.take(op, data);
    const program = this.#cache.use(sized.sizes);
    if (!program) {
      throw new DataError(
        `${op}: no program is there for ${showSizes(sized.sizes)}, expected one that was run or prepared, since nobody waits for it to compile; await prepare({ ${inputs.names.map((name) => `${name}: ${sized.sizes[name]}`).join(", ")} }) before`,
      );
    }
    if (this.#line.isFree) {
      const begin = take(program, asTree(sized.data));
      this.#running(program);
      begin();
      return;
    }
    const copied = copies(this.session.device, inputs.specs, sized.sizes, sized.data);
    let begin: () => void;
    try {
      begin = take(program, asTree(copied.data));
    } catch (error) {
      copied.free();
      throw error;
    }
    this.#cache.pin(program);
    this.#line
      .add(async () => {
        this.#cache.unpin(program);
        this.#running(program);
        try {
          begin();
        } finally {
          copied.free();
        }
      })
      .catch((error) => {
        this.#late ??= { error };
      });
  }

  /** Does something that is no run when all calls before have begun. */
  inOrder(work: () => void): void {
    if (this.#line.isFree) work();
    else {
      this.#line
        .add(async () => work())
        .catch((error) => {
          this.#late ??= { error };
        });
    }
  }

  /** Resolves when all calls before have begun; undefined where they have. */
  begun(): Promise<void> | undefined {
    return this.#line.isFree ? undefined : this.#line.add(async () => {});
  }

  /** Makes the program for these sizes, if it is not there. */
  async prepare(op: string, given: object): Promise<void> {
    this.checkUsable();
    const sizes = this.request.inputs.check(op, given);
    if (!this.#only) await this.#line.add(() => this.#get(sizes));
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#cache.dispose();
    this.workspace.dispose();
  }

  #running(program: P): P {
    this.#ran = program;
    return program;
  }

  async #get(sizes: Sizes): Promise<P> {
    this.session.device.check();
    const known = this.#cache.use(sizes);
    if (known) return known;
    const { make, where } = this.request;
    this.#cache.makeRoom();
    const made = await make(sizes, this.workspace);
    if (this.#disposed) {
      made.executable.dispose();
      throw new DataError(`run: the programs of ${where} were disposed of, expected them alive; make them again`);
    }
    this.#cache.add(sizes, made);
    return made;
  }
}

/** A single spec has the path "". */
const asTree = (data: ReadonlyMap<string, TensorData | undefined>): unknown =>
  data.has("") ? data.get("") : Object.fromEntries(data);
