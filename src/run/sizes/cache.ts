import type { SizedProgram } from "../programs.ts";
import type { Sizes } from "./types.ts";

/** Programs by size, of which the least recently used goes where there are too many. */
export class ProgramCache<P extends SizedProgram> {
  /** Least recently used first. */
  readonly #programs = new Map<string, { readonly sizes: Sizes; readonly program: P }>();
  readonly #pinned = new Map<P, number>();

  constructor(private readonly most: number) {}

  /** Least recently used first. */
  get all(): readonly { readonly sizes: Sizes; readonly program: P }[] {
    return [...this.#programs.values()];
  }

  get last(): P | undefined {
    return this.all.at(-1)?.program;
  }

  has(program: P): boolean {
    return this.all.some((each) => each.program === program);
  }

  /** The one for these sizes, which is the one that was used last from now on. */
  use(sizes: Sizes): P | undefined {
    const key = keyOf(sizes);
    const known = this.#programs.get(key);
    if (!known) return undefined;
    this.#programs.delete(key);
    this.#programs.set(key, known);
    return known.program;
  }

  /** Frees the least recently used ones so that there is room for one more. */
  makeRoom(): void {
    for (const [key, { program }] of this.#programs) {
      if (this.#programs.size < this.most) return;
      if (this.#pinned.has(program)) continue;
      this.#programs.delete(key);
      program.executable.dispose();
    }
  }

  add(sizes: Sizes, program: P): void {
    this.#programs.set(keyOf(sizes), { sizes, program });
  }

  /** It stays, since a run of it waits. */
  pin(program: P): void {
    this.#pinned.set(program, (this.#pinned.get(program) ?? 0) + 1);
  }

  unpin(program: P): void {
    const count = (this.#pinned.get(program) ?? 1) - 1;
    if (count > 0) this.#pinned.set(program, count);
    else this.#pinned.delete(program);
  }

  dispose(): void {
    for (const { program } of this.all) program.executable.dispose();
  }
}

const keyOf = (sizes: Sizes): string => Object.values(sizes).join();
