import type { Device } from "../../src/index.ts";
import type { Work } from "../cases/work.ts";
import type { EngineName, WorkDone } from "../types.ts";

/** Named numbers that engines must agree on. */
export type Answers = Readonly<Record<string, ArrayLike<number>>>;

/** One of the ways in which an engine can do a case. */
export interface Configuration {
  readonly name: string;
  /**
   * Queues so many steps, calls `queued`, and then waits for the GPU by reading one number of the last step back. Never
   * reads inside a step.
   */
  run(steps: number, queued: () => void): Promise<void>;
}

export interface Prepared {
  readonly firstCallMs: number;
  readonly answers: Answers;
  /** Of further configurations, which are checked as well. */
  readonly moreAnswers?: readonly Answers[];
  readonly configurations: readonly Configuration[];
  readonly work?: WorkDone;
  dispose(): void;
}

export interface EngineContext {
  readonly engine: EngineName;
  readonly device: Device;
  readonly quick: boolean;
  /** Only this configuration, where the engine has several. */
  readonly configuration?: string | undefined;
}

export interface Engine {
  /** Loads the library and opens its device. */
  start(): Promise<void>;
  /** Builds the case and makes its first call. Throws Unsupported for what the engine cannot do. */
  prepare(work: Work, context: EngineContext): Promise<Prepared>;
}

/** A case that an engine cannot do; the message says why. */
export class Unsupported extends Error {}

export const timed = async <T>(what: () => Promise<T>): Promise<[T, ms: number]> => {
  const start = performance.now();
  const result = await what();
  return [result, performance.now() - start];
};
