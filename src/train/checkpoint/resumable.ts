// What users see of saving and resuming, stores aside.
import type { HostTensor } from "../../io/tensors.ts";
import type { CheckpointStore } from "./store.ts";

/** What JSON can say, and numbers that are not finite. */
export type PlainData =
  | null
  | boolean
  | number
  | string
  | readonly PlainData[]
  | { readonly [key: string]: PlainData | undefined };

/**
 * What is saved and resumed with a trainer and is no part of it: `Batches`, a schedule that follows a measure, whatever a
 * program counts.
 */
export interface Resumable<S = unknown> {
  /** What it remembers: plain data. Read at the call of `save`; what is not known by then may be waited for. */
  readonly state: S | (() => S | Promise<S>);
  /** Takes over what was saved. Throws where it does not fit. */
  restore(state: S, tensors: ReadonlyMap<string, HostTensor>): void;
  /** Tensors that it keeps on the host, by name: the best weights so far, say. */
  tensors?(): ReadonlyMap<string, HostTensor>;
}

/** Options of `Trainer.save`. */
export interface SaveOptions {
  /** How good the model is now: what the store chooses the best by. */
  readonly measure?: number | undefined;
}

/** What `Trainer.create` goes on from: a store, or the bytes of a checkpoint. */
export type ResumeSource = CheckpointStore | Uint8Array | ArrayBuffer;

/** What a trainer went on from. */
export interface Resumed {
  /** Steps that were done by then. */
  readonly step: number;
  /** Why the bits may differ from those of a run that went on without a break; null where they are the same. */
  readonly differs: string | null;
}
