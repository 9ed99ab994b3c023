/** A run's curves, on both sides of the worker: as fine as they can be drawn, and no larger, however long it gets. */
import type { Point, Validation } from "./protocol.ts";

const most = 4000;

export class Curves {
  points: Point[] = [];
  validations: Validation[] = [];
  #stride = 1;
  #pending: Point[] = [];

  /** Takes a step's point; where there are too many, neighbours become one. */
  add(point: Point): void {
    this.#pending.push(point);
    if (this.#pending.length < this.#stride) return;
    this.points.push(meanOf(this.#pending));
    this.#pending = [];
    if (this.points.length < most) return;
    this.points = pairs(this.points);
    this.#stride *= 2;
  }

  /** Steps that a point stands for. */
  get stride(): number {
    return this.#stride;
  }

  /** Goes on from curves that are there. */
  take(points: readonly Point[], validations: readonly Validation[], stride: number): void {
    this.points = [...points];
    this.validations = [...validations];
    this.#stride = stride;
    this.#pending = [];
  }

  /** As a checkpoint keeps it. */
  state() {
    return {
      points: this.points.map(({ step, loss, gradNorm }) => [step, loss, gradNorm]),
      validations: this.validations.map(({ step, loss, accuracy }) => [step, loss, accuracy]),
      stride: this.#stride,
    };
  }

  restore({ points, validations, stride }: ReturnType<Curves["state"]>): void {
    this.take(
      points.map(([step = 0, loss = 0, gradNorm = 0]) => ({ step, loss, gradNorm })),
      validations.map(([step, loss, accuracy]) => ({
        step: step as number,
        loss: loss as number,
        accuracy: accuracy ?? null,
      })),
      stride,
    );
  }
}

function meanOf(points: readonly Point[]): Point {
  const mean = (of: (point: Point) => number) => points.reduce((sum, point) => sum + of(point), 0) / points.length;
  return {
    step: (points.at(-1) as Point).step,
    loss: mean((each) => each.loss),
    gradNorm: mean((each) => each.gradNorm),
  };
}

const pairs = (points: readonly Point[]): Point[] =>
  Array.from({ length: Math.floor(points.length / 2) }, (_, i) => meanOf(points.slice(2 * i, 2 * i + 2)));
