import { DataError } from "../../errors.ts";
import type { TensorData } from "../../gpu/tensor.ts";
import { disposedPrograms } from "../intermediates.ts";
import {
  choicesOf,
  type Programs,
  type ProgramsRequest,
  type RunData,
  type SizedProgram,
  statsOf,
} from "../programs.ts";
import type { Session } from "../session.ts";
import type { Workspace } from "../workspace.ts";
import { ProgramCache } from "./cache.ts";
import { copies } from "./copies.ts";
import type { SizedInputs } from "./inputs.ts";
import { Line } from "./line.ts";
import type { ProgramsStats, Sizes } from "./types.ts";

const MOST_PROGRAMS = 16;

/**
 * Programs of one function, one for each size that its inputs come in, made when it is first needed. They share the memory of
 * inputs, outputs and intermediates; the least recently used one goes where there are too many. Runs begin in the order of their
 * calls, also where one has to wait for its program.
 */
export class SizedPrograms<P extends SizedProgram> implements Programs<P> {
  readonly workspace: Workspace;
  readonly #cache: ProgramCache<P>;
  readonly #line = new Line();
  #ran: P | null = null;
  /** Of a run that nobody waits for. */
  #late: { readonly error: unknown } | null = null;
  #disposed = false;

  constructor(
    private readonly session: Session,
    private readonly inputs: SizedInputs,
    private readonly request: ProgramsRequest<P>,
  ) {
    this.workspace = session.workspace();
    this.#cache = new ProgramCache(request.maxPrograms ?? MOST_PROGRAMS);
  }

  get last(): P | undefined {
    return this.#ran && this.#cache.has(this.#ran) ? this.#ran : this.#cache.last;
  }

  get current(): P {
    const { last } = this;
    if (last) return last;
    throw new DataError(
      `${this.request.where}: there is no program yet, since extents have names, expected one that was run or prepared; run it, or await prepare({ ${this.inputs.names.join(", ")} })`,
    );
  }

  get choices(): ReadonlyMap<string, string> {
    const { all, session } = this;
    if (all.length === 0) return session.choices;
    return choicesOf(all);
  }

  get all(): readonly P[] {
    return this.#cache.all.map(({ program }) => program);
  }

  get stats(): ProgramsStats {
    return statsOf(this.#cache.all, this.workspace);
  }

  checkUsable(): void {
    this.session.device.check();
    if (this.#disposed) {
      throw new DataError(disposedPrograms(this.request.where));
    }
    this.last?.executable.replay.checkUsable();
    const late = this.#late;
    this.#late = null;
    if (late) throw late.error;
  }

  run<R>(op: string, data: unknown, work: (program: P, data: RunData) => R): R | Promise<Awaited<R>> {
    this.checkUsable();
    const sized = this.inputs.take(op, data);
    const known = this.#line.isFree ? this.#cache.use(sized.sizes) : undefined;
    if (known) return work(this.#running(known), asTree(sized.data));
    const copied = copies(this.session.device, this.inputs.specs, sized.sizes, sized.data);
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

  runPrepared(op: string, data: unknown, take: (program: P, data: RunData) => () => void): void {
    this.checkUsable();
    const { inputs } = this;
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

  begun(): Promise<void> | undefined {
    return this.#line.isFree ? undefined : this.#line.add(async () => {});
  }

  async prepare(op: string, given: object): Promise<void> {
    this.checkUsable();
    const sizes = this.inputs.check(op, given);
    await this.#line.add(() => this.#get(sizes));
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
      throw new DataError(disposedPrograms(where));
    }
    this.#cache.add(sizes, made);
    return made;
  }
}

/** A single spec has the path "". */
const asTree = (data: ReadonlyMap<string, TensorData | undefined>): unknown =>
  data.has("") ? data.get("") : Object.fromEntries(data);

/** For messages: `batch 32, time 64`. */
const showSizes = (sizes: Sizes): string =>
  Object.entries(sizes)
    .map(([name, size]) => `${name} ${size}`)
    .join(", ");
