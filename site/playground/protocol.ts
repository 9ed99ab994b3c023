/** What the page and its worker tell each other. */
import type { Settings } from "./settings.ts";

export interface Stroke {
  readonly label: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** A sound at any rate, one channel. */
export interface Heard {
  readonly samples: Float32Array;
  /** Samples a second. */
  readonly rate: number;
}

/** Data of the visitor's own. */
export type TaskData =
  | { readonly kind: "none" }
  | { readonly kind: "text" | "csv"; readonly name: string; readonly text: string }
  | { readonly kind: "strokes"; readonly strokes: readonly Stroke[] }
  | {
      readonly kind: "sounds";
      readonly files: readonly { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }[];
    };

/** What is needed to make a run, or to go on with it. */
export interface RunRequest {
  readonly id: string;
  readonly settings: Settings;
  readonly data: TaskData;
}

export type Command =
  | { readonly kind: "open"; readonly request: RunRequest; readonly resume: boolean; readonly weights?: Uint8Array }
  | { readonly kind: "train" }
  | { readonly kind: "pause" }
  | { readonly kind: "step" }
  | { readonly kind: "save" }
  | { readonly kind: "export" }
  /** Greatest norm of the gradient from now on; 0: none. */
  | { readonly kind: "clip"; readonly clip: number }
  /** The inside for one of the examples that are never trained on, now and while it trains; absent: no more. */
  | { readonly kind: "watch"; readonly example?: number | undefined }
  | { readonly kind: "write"; readonly temperature: number; readonly prompt: string; readonly count: number }
  | { readonly kind: "temperature"; readonly value: number }
  | { readonly kind: "hush" }
  /** Which class a stroke or a sound of the visitor's own is of. */
  | { readonly kind: "classify"; readonly example: Stroke | Heard }
  | { readonly kind: "kernels" }
  | { readonly kind: "profile" };

export interface Point {
  readonly step: number;
  readonly loss: number;
  readonly gradNorm: number;
}

export interface Validation {
  readonly step: number;
  readonly loss: number;
  /** Share of the answers that are right, where that can be said. */
  readonly accuracy: number | null;
}

/** What a run is, once it is there. */
export interface Opened {
  readonly adapter: string;
  readonly isSoftware: boolean;
  readonly parameters: number;
  readonly dispatches: number;
  readonly submits: number;
  /** On the GPU, for a training step. */
  readonly bytes: number;
  readonly tokensPerStep: number;
  /** Steps that were done before. */
  readonly step: number;
  readonly points: readonly Point[];
  readonly validations: readonly Validation[];
  /** Steps that each of the points stands for; 1. */
  readonly stride?: number;
  /** The loss of who remembers nothing, where it is known. */
  readonly baseline: number | null;
  /** Whether it writes text. */
  readonly writes: boolean;
  /** Numbers of the examples that `look` takes, each in a few words. */
  readonly examples: readonly string[];
  /** Names of a CSV file's columns of numbers. */
  readonly columns: readonly string[];
}

export interface Answer {
  readonly given: string;
  readonly answer: string;
  readonly wanted: string;
  readonly isRight: boolean;
}

/** What the model makes of examples that it was never trained on. */
export type Sample =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "answers"; readonly answers: readonly Answer[] }
  | { readonly kind: "curves"; readonly wanted: readonly number[]; readonly answer: readonly number[] };

/** [rows, columns], row by row. */
export interface Matrix {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

/** One direction of one layer, looked into. Matrices are [units, time]. */
export interface LayerInside {
  readonly title: string;
  readonly matrices: readonly Matrix[];
  /** Of dL/dh_t, by time; empty where it is not known. */
  readonly norms: Float32Array;
  /** The first step of time that it reads, where that is not the sequence's first. */
  readonly start?: number;
}

/** One head of attention: rows ask, columns are looked at. */
export interface AttentionMap extends Matrix {
  /** The first step that asks; the first one that is looked at is the sequence's. */
  readonly from: number;
}

export interface Inside {
  readonly step: number;
  readonly example: number;
  /** What goes in at each time, in a few letters. */
  readonly labels: readonly string[];
  readonly layers: readonly LayerInside[];
  readonly attention: readonly AttentionMap[];
  /** Norm of the loss's gradient with respect to what goes in, by time. */
  readonly saliency: Float32Array;
  readonly parameters: readonly { readonly name: string; readonly norm: number; readonly gradient: number }[];
}

export interface Written {
  readonly text: string;
  /** What might have come instead, the likeliest first. */
  readonly next: readonly { readonly token: string; readonly probability: number }[];
}

export interface KernelEntry {
  readonly index: number;
  readonly kernel: string;
  readonly operation: string;
  readonly workgroups: string;
  readonly bindings: readonly { readonly binding: string; readonly tensor: string; readonly bytes: number }[];
  readonly flops: number;
}

/** What runs, and the text of each of its kernels by name. */
export interface Kernels {
  readonly entries: readonly KernelEntry[];
  readonly wgsl: Readonly<Record<string, string>>;
}

export interface ProfileRow {
  readonly kernel: string;
  readonly calls: number;
  /** Of all calls of a step. */
  readonly milliseconds: number;
  readonly share: number;
}

export type RunState = "idle" | "opening" | "ready" | "running" | "paused" | "done" | "failed";

export type Report =
  | { readonly kind: "state"; readonly state: RunState }
  | { readonly kind: "opened"; readonly opened: Opened }
  | { readonly kind: "progress"; readonly points: readonly Point[]; readonly tokensPerSecond: number }
  | { readonly kind: "validation"; readonly validation: Validation; readonly sample: Sample }
  | { readonly kind: "inside"; readonly inside: Inside }
  | { readonly kind: "written"; readonly written: Written; readonly done: boolean }
  | { readonly kind: "classified"; readonly classes: Written["next"] }
  | ({ readonly kind: "kernels" } & Kernels)
  | {
      readonly kind: "profiled";
      readonly rows: readonly ProfileRow[];
    }
  | { readonly kind: "exported"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "saved"; readonly step: number }
  | { readonly kind: "clipped"; readonly clip: number }
  | { readonly kind: "failed"; readonly name: string; readonly message: string };
