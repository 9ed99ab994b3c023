/** Pen strokes: read, brought to one place, size and number of points, and varied in training. */
import { UserError } from "../shared/errors.ts";
import type { Random } from "../shared/random.ts";
import { type Files, linesOf, pathOf, readText } from "../shared/task/files.ts";

export type Point = readonly [x: number, y: number];

export interface Gesture {
  readonly label: string;
  /** At the times that a pen or mouse tells them, two at least. */
  readonly points: readonly Point[];
}

/** Points that a stroke is seen by. */
export const steps = 48;

/** What a stroke without a label has as one. */
export const unlabelled = "";

/**
 * A JSON list of gestures, or a line of JSON for each. Throws a UserError that names the place.
 * @param labels whether each has to say what it is
 */
export async function readGestures(files: Files, labels: "expected" | "optional" = "expected"): Promise<Gesture[]> {
  const found: Gesture[] = [];
  for (const name of files.names) {
    const path = pathOf(files, name);
    const text = await readText(files, name);
    const list = text.trimStart().startsWith("[");
    const items: unknown = list
      ? parse(text, path)
      : linesOf(text).map((line, i) => parse(line, `${path}, line ${i + 1}`));
    for (const [i, item] of (items as unknown[]).entries()) {
      const where = `${path}, gesture ${i + 1}`;
      const gesture = gestureOf(item, where);
      if (gesture.label === unlabelled && labels === "expected") {
        throw new UserError(`${where}: has no "label"; expected a text`);
      }
      found.push(gesture);
    }
  }
  return found;
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UserError(`${where}: is not JSON; expected [{"label": "circle", "points": [[x, y], …]}, …]`);
  }
}

function gestureOf(item: unknown, where: string): Gesture {
  const { label = unlabelled, points } = (item ?? {}) as Partial<Gesture>;
  if (typeof label !== "string") throw new UserError(`${where}: "label" must be a text`);
  const isPoint = (point: unknown) =>
    Array.isArray(point) && point.length === 2 && point.every((value) => Number.isFinite(value));
  if (!Array.isArray(points) || points.length < 2 || !points.every(isPoint)) {
    throw new UserError(`${where}: "points" must be a list of two or more [x, y]`);
  }
  return { label, points };
}

/** Equally far apart along the stroke, about their middle, at a mean distance of 1 from it (Wobbrock, Wilson and Li 2007). */
export function resampled(points: readonly Point[]): Point[] {
  const lengths = points.map(([x, y], i) => {
    const [fromX, fromY] = points[Math.max(0, i - 1)] as Point;
    return Math.hypot(x - fromX, y - fromY);
  });
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const placed: Point[] = [];
  let [at, walked] = [1, 0];
  for (let i = 0; i < steps; i++) {
    const wanted = (total * i) / (steps - 1);
    while (at < points.length - 1 && walked + (lengths[at] as number) < wanted) walked += lengths[at++] as number;
    const share = lengths[at] ? Math.min(1, (wanted - walked) / (lengths[at] as number)) : 0;
    const [a, b] = [points[at - 1] as Point, points[at] as Point];
    placed.push([a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])]);
  }
  const mean = (axis: 0 | 1) => placed.reduce((sum, point) => sum + point[axis], 0) / steps;
  const [x, y] = [mean(0), mean(1)];
  const distance = placed.reduce((sum, point) => sum + Math.hypot(point[0] - x, point[1] - y), 0) / steps || 1;
  return placed.map((point) => [(point[0] - x) / distance, (point[1] - y) / distance]);
}

/** Turned, stretched along some direction, and with other ends: what a hand might have made as well. */
export function varied(points: readonly Point[], random: Random): Point[] {
  const cut = (share: number) => Math.floor(share * points.length * random());
  const [first, last] = [cut(0.06), points.length - cut(0.06)];
  const kept = last - first < 2 ? points : points.slice(first, last);
  const [along, turned, ratio] = [Math.PI * random(), 2 * Math.PI * random(), Math.exp(0.8 * (random() - 0.5))];
  const rotate = ([x, y]: Point, angle: number): Point => [
    x * Math.cos(angle) - y * Math.sin(angle),
    x * Math.sin(angle) + y * Math.cos(angle),
  ];
  return kept.map((point) => {
    const [x, y] = rotate(point, along);
    return rotate([x * ratio, y / ratio], turned);
  });
}

/** What a net sees of each point: where it is, and the way there from the one before. */
export const channels = 4;

export const featuresOf = (points: readonly Point[]): number[][] =>
  points.map(([x, y], i) => {
    const [fromX, fromY] = points[Math.max(0, i - 1)] as Point;
    // one step is about a twentieth of the size
    return [x, y, 8 * (x - fromX), 8 * (y - fromY)];
  });
