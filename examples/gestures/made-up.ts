/** Pen strokes as hands make them: eight shapes, each time begun elsewhere, turned, stretched, bent and trembling. */
import { type Random, seededRandom } from "../shared/random.ts";
import type { Gesture, Point } from "./strokes.ts";

const turn = 2 * Math.PI;

/** Points of each shape at times from 0 to 1, within about 1 of the middle. `begin` is where a closed one starts. */
const shapes: Readonly<Record<string, (t: number, begin: number) => Point>> = {
  circle: (t, begin) => around(begin + t, 1),
  "circle back": (t, begin) => around(begin - t, 1),
  // the same on the way out and on the way in
  "spiral out": (t, begin) => around(begin + 2 * t, 0.2 + 0.8 * t),
  "spiral in": (t, begin) => around(begin + 2 * t, 1 - 0.8 * t),
  triangle: (t, begin) => polygon(3, begin + t),
  square: (t, begin) => polygon(4, begin + t),
  eight: (t, begin) => [Math.sin(turn * (begin + t)), Math.sin(2 * turn * (begin + t))],
  star: (t, begin) => polygon(2.5, 2 * (begin + t)),
};

const around = (angle: number, radius: number): Point => [
  radius * Math.cos(turn * angle),
  radius * Math.sin(turn * angle),
];

/** Along straight lines from corner to corner of a polygon whose corners lie `1 / corners` of a turn apart. */
function polygon(corners: number, at: number): Point {
  const corner = Math.floor(at * corners);
  const share = at * corners - corner;
  const [a, b] = [around(corner / corners, 1), around((corner + 1) / corners, 1)];
  return [a[0] * (1 - share) + b[0] * share, a[1] * (1 - share) + b[1] * share];
}

/** How much hands differ. */
export interface Difficulty {
  /** Turns of the whole, to either side. */
  readonly tilt: number;
  /** Logarithm of the largest ratio of width and height. */
  readonly stretch: number;
  /** Size of slow bends. */
  readonly bend: number;
  /** Size of trembling from point to point. */
  readonly tremble: number;
  /** How unevenly the pen moves. */
  readonly hurry: number;
}

export const usual: Difficulty = { tilt: 0.5, stretch: 0.5, bend: 0.05, tremble: 0.01, hurry: 0.6 };

/** `count` of each shape, in turn. */
export function madeUpGestures(count: number, seed: number, difficulty: Difficulty = usual): Gesture[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () =>
    Object.entries(shapes).map(([label, shape]) => ({ label, points: stroke(shape, random, difficulty) })),
  ).flat();
}

function stroke(shape: (t: number, begin: number) => Point, random: Random, how: Difficulty): Point[] {
  const between = (size: number) => size * (2 * random() - 1);
  const count = 30 + Math.floor(50 * random());
  const [begin, tilt, ratio, shear] = [
    random(),
    between(turn * how.tilt),
    Math.exp(between(how.stretch)),
    between(0.3),
  ];
  const [size, left, top] = [40 + 160 * random(), 300 * random(), 300 * random()];
  const [hurry, phase] = [how.hurry * random(), random()];
  const bends = Array.from({ length: 2 }, () =>
    [1, 2, 3].map((waves) => [waves, between(how.bend), random()] as const),
  );
  const [length, closing] = [0.9 + 0.25 * random(), between(0.05)];
  return Array.from({ length: count }, (_, i) => {
    const t = i / (count - 1);
    const hurried = t + (hurry / turn) * Math.sin(turn * (t + phase)) - (hurry / turn) * Math.sin(turn * phase);
    const [x, y] = shape(length * hurried + closing, begin);
    const [bentX, bentY] = [x, y].map((value, axis) =>
      (bends[axis] as (typeof bends)[0]).reduce(
        (sum, [waves, amount, start]) => sum + amount * Math.sin(turn * (waves * t + start)),
        value + between(how.tremble),
      ),
    ) as [number, number];
    const [wide, high] = [(bentX + shear * bentY) * ratio, bentY / ratio];
    const [c, s] = [Math.cos(tilt), Math.sin(tilt)];
    return [round(left + size * (c * wide - s * high)), round(top + size * (s * wide + c * high))];
  });
}

const round = (value: number) => Math.round(10 * value) / 10;
