/** What the page, the checker and the cell's worker tell each other. */
import type { Kernels, Point, TaskData, Validation } from "../protocol.ts";
import type { Settings } from "../settings.ts";

/** From 1, as editors count. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A fault in the text. */
export interface Fault {
  readonly kind: "syntax" | "type";
  readonly message: string;
  readonly place: Place;
  /** Offsets in the text. */
  readonly from: number;
  readonly to: number;
}

/** Places of made code, by its line: where in the text each column and what follows it is from. All from 0. */
export type Places = readonly (readonly (readonly [made: number, line: number, column: number])[])[];

/** The text as it runs. */
export interface Made {
  readonly code: string;
  readonly places: Places;
}

export interface Check {
  readonly id: number;
  readonly text: string;
}

export type Checked =
  | { readonly id: number; readonly faults: readonly Fault[]; readonly made: Made | null }
  | { readonly id: number; readonly failed: string };

export interface Traced {
  /** Sizes for which it was traced. */
  readonly time: number;
  readonly batch: number;
  readonly inputs: number;
  readonly hidden: number;
  readonly parameters: number;
  /** One step, as the text of an SVG file; what is said instead where it is too large. */
  readonly svg: string;
  readonly tooLarge: string;
  readonly operations: number;
  /** Where the operations of the whole sequence are: `before` and `after` the loop for all steps at once. */
  readonly passes: readonly Pass[];
  /** Why a loop runs operation by operation, where one does. */
  readonly notes: readonly string[];
  readonly kernels: Kernels;
}

/** One direction of the sequence: forward, or the gradient's. */
export interface Pass {
  readonly title: string;
  readonly parts: readonly { readonly name: "before" | "step" | "after"; readonly lines: readonly Operation[] }[];
}

export interface Operation {
  /** `%3: float32 [16, 32]`. */
  readonly made: string;
  /** `linear(x=%1, weight=cell.W)`. */
  readonly call: string;
  /** Line of the text, where it is known. */
  readonly line: number | null;
}

/** Settings whose `cell` does not matter. */
export interface Setting {
  readonly settings: Settings;
  readonly data: TaskData;
}

export type CellCommand =
  | { readonly kind: "ping" }
  | { readonly kind: "trace"; readonly id: number; readonly made: Made; readonly setting: Setting }
  | { readonly kind: "race"; readonly id: number; readonly made: Made; readonly setting: Setting }
  | { readonly kind: "stop" };

export const racers = ["own", "lstm"] as const;
export type Racer = (typeof racers)[number];

export interface Racing {
  readonly parameters: number;
  readonly dispatches: number;
}

export type CellReport =
  | { readonly kind: "pong" }
  | { readonly kind: "traced"; readonly id: number; readonly traced: Traced }
  | { readonly kind: "racing"; readonly id: number; readonly racing: Readonly<Record<Racer, Racing>> }
  | {
      readonly kind: "progress";
      readonly id: number;
      readonly points: Readonly<Record<Racer, readonly Point[]>>;
      readonly validations: Readonly<Record<Racer, readonly Validation[]>>;
    }
  | { readonly kind: "raced"; readonly id: number }
  | {
      readonly kind: "failed";
      readonly id: number;
      readonly name: string;
      readonly message: string;
      readonly place: Place | null;
    };
