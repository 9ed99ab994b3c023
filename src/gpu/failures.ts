import { KernelError, OutOfMemoryError } from "../errors.ts";
import { kernelNamedIn } from "./pipeline.ts";

/**
 * What WebGPU refused of one owner's work: of a program, a state, a buffer. It fails this owner from then on, and nobody
 * else: what no owner's scope catches is the device's own failure.
 */
export class Failures {
  #failure: Error | null = null;
  /** Fails the owner; one function for all scopes. */
  readonly note = (error: GPUError | null): void => {
    if (error) this.#failure ??= refusal(error, this.owner, this.remedy);
  };

  constructor(
    readonly gpu: GPUDevice,
    readonly owner: string,
    readonly remedy: string,
  ) {}

  /** Throws what was refused before. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  /** Does GPU work, all of which begins before this returns; what WebGPU refuses of it is noted. */
  run<T>(work: () => T): T {
    this.gpu.pushErrorScope("validation");
    try {
      return work();
    } finally {
      // the scope of a lost device tells nothing
      this.gpu.popErrorScope().then(this.note, ignore);
    }
  }

  /** As `run`, for work that takes memory. Resolves when it is known whether it was to be had. */
  allocate<T>(work: () => T): { readonly result: T; readonly settled: Promise<void> } {
    this.gpu.pushErrorScope("out-of-memory");
    try {
      const result = this.run(work);
      return { result, settled: this.#popped() };
    } catch (error) {
      this.#popped();
      throw error;
    }
  }

  #popped(): Promise<void> {
    return this.gpu.popErrorScope().then(this.note, ignore);
  }
}

/**
 * Whose repeated work WebGPU may have refused. A scope costs some 30 µs of a run in a browser, as long as a small step takes, so
 * only an owner's first work after each answer of the GPU has one: what was valid then is valid again, unless somebody destroys
 * a buffer by hand meanwhile. An error that no scope caught is told to all whose work was submitted lately; mostly it is one.
 */
export class Suspects {
  readonly #answersBefore = new Map<Failures, number>();
  /** How often the GPU has answered. */
  answers = 0;

  /** Submits work of an owner whose first work had a scope. */
  run(owner: Failures, work: () => void): void {
    this.#answersBefore.set(owner, this.answers);
    work();
  }

  /** The GPU has answered: errors of what came before the answer before are known. */
  answered(): void {
    this.answers++;
    for (const [owner, before] of this.#answersBefore) if (before < this.answers - 1) this.#answersBefore.delete(owner);
  }

  /** Fails all who may have caused an error; false where nobody did. */
  blame(error: GPUError): boolean {
    for (const owner of this.#answersBefore.keys()) owner.note(error);
    return this.#answersBefore.size > 0;
  }
}

const ignore = (): void => {};

const isOutOfMemory = (error: GPUError): boolean =>
  typeof GPUOutOfMemoryError !== "undefined" && error instanceof GPUOutOfMemoryError;

/** An error of WebGPU's as one of ours. */
export function refusal(error: GPUError, owner: string, remedy: string): Error {
  return isOutOfMemory(error)
    ? new OutOfMemoryError(`${owner}: ${error.message}; use a smaller batch or a shorter sequence`)
    : new KernelError(`${kernelNamedIn(error.message) ?? owner}: WebGPU refused it: ${error.message}; ${remedy}`);
}
