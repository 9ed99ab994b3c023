import { KernelError, OutOfMemoryError } from "../errors.ts";
import { kernelNamedIn } from "./pipeline.ts";

/**
 * What WebGPU refused of one owner's work: of a program, a state, a buffer. It fails this owner from then on, and nobody
 * else: what no owner's scope catches is the device's own failure.
 */
export class Failures {
  #failure: Error | null = null;
  // one for all scopes: a run makes no garbage but the promise
  readonly #note = (error: GPUError | null): void => {
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
      this.gpu.popErrorScope().then(this.#note, ignore);
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
    return this.gpu.popErrorScope().then(this.#note, ignore);
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
