import { KernelError } from "../errors.ts";
import type { KernelText } from "./join.ts";
import { type Kernel, type KernelParts, kernelsOf } from "./kernel.ts";
import type { KernelManifest } from "./manifest.ts";

/** What a dispatch names: a kernel, or one that has yet to be fetched. */
export interface KernelHandle {
  readonly name: string;
  /** Undefined until `load` of `missing` has resolved. */
  readonly manifest: KernelManifest | undefined;
  readonly missing?: LaterKernels;
}

/** Kernels in a module of their own, which is fetched when one of them is needed. */
export class LaterKernels {
  #loaded: Readonly<Record<string, Kernel>> | undefined;

  constructor(private readonly fetch: () => Promise<Readonly<Record<string, Kernel>>>) {}

  async load(): Promise<void> {
    try {
      this.#loaded ??= await this.fetch();
    } catch (error) {
      throw new KernelError(
        `kernels: a part that is fetched when it is needed cannot be fetched (${error instanceof Error ? error.message : error}), expected it beside the program's own files; deploy all files of the build together`,
      );
    }
  }

  handle(name: string): KernelHandle {
    const manifest = this.#loaded?.[name]?.manifest;
    return manifest ? { name, manifest } : { name, manifest, missing: this };
  }
}

/** A plan names kernels that have yet to be fetched, or a trace needs a module that is not there. */
export class MissingKernels extends Error {
  constructor(private readonly sets: Iterable<LaterKernels>) {
    super("kernels: some have yet to be fetched");
  }

  async load(): Promise<void> {
    await Promise.all([...this.sets].map((each) => each.load()));
  }
}

/** What is known to be needed by the next program. */
const wanted = new Set<LaterKernels>();

/**
 * What `plan`, a plan or a trace, gives, which waits for nothing: it is tried until it has all kernels that it names, and all
 * modules. What is wanted by then is fetched before, so that a user's function is called once; only what a trace finds out by itself
 * lets it begin again.
 */
export async function withKernels<T>(plan: () => T): Promise<T> {
  if (wanted.size > 0) {
    const sets = [...wanted];
    wanted.clear();
    await new MissingKernels(sets).load();
  }
  for (;;) {
    try {
      return plan();
    } catch (error) {
      if (!(error instanceof MissingKernels)) throw error;
      await error.load();
    }
  }
}

const all: LaterKernels[] = [];

type Names<T> = keyof T & string;

/** A module that is fetched when a plan needs it. */
export class LaterModule<T> {
  #loaded: T | undefined;
  readonly #missing: LaterKernels;

  constructor(fetch: () => Promise<T>) {
    this.#missing = new LaterKernels(async () => {
      this.#loaded = await fetch();
      return {};
    });
    all.push(this.#missing);
  }

  /** Undefined until it has been fetched; a dispatch of `handle` asks for it. */
  get loaded(): T | undefined {
    return this.#loaded;
  }

  handle(name: string): KernelHandle {
    return { name, manifest: undefined, missing: this.#missing };
  }

  /** Has it fetched before the next trace. */
  want(): void {
    if (this.#loaded === undefined) wanted.add(this.#missing);
  }

  /** What it exports. Where it has yet to be fetched, the trace or plan is begun again when it is there. */
  get needed(): T {
    if (this.#loaded === undefined) throw new MissingKernels([this.#missing]);
    return this.#loaded;
  }
}

/**
 * Kernels by name, of which some are there and the others come when one of them is needed.
 * @param shared the texts that those others may use beside their own
 */
export function kernelSet<Now extends object, Later extends object>(
  now: Now,
  fetch: () => Promise<Later>,
  shared: readonly KernelText[],
): (name: Names<Now> | Names<Later>) => KernelHandle {
  const later = new LaterKernels(async () => kernelsOf((await fetch()) as Record<string, KernelParts>, shared));
  all.push(later);
  return (name) => (now as Readonly<Record<string, Kernel>>)[name] ?? later.handle(name);
}

/** Fetches whatever may be needed later, so that plans can be made without waiting. */
export const loadAllKernels = async (): Promise<void> => {
  // a module that is fetched may have more to be fetched
  for (let known = 0; known < all.length; ) {
    const more = all.slice(known);
    known = all.length;
    await Promise.all(more.map((each) => each.load()));
  }
};
