import { madeUpGestures } from "../../../../examples/gestures/made-up.ts";
import { channels, featuresOf, type Gesture, resampled, steps, varied } from "../../../../examples/gestures/strokes.ts";
import type { Stroke, TaskData } from "../../protocol.ts";
import type { Settings } from "../../settings.ts";
import type { Problem } from "../problem.ts";
import { classification, type Example } from "./classes.ts";

/** Of each shape. */
const [trained, unseenCount] = [40, 8];

const pointsOf = (gesture: Pick<Gesture, "points">): Float32Array =>
  Float32Array.from(featuresOf(resampled(gesture.points)).flat());

/** Tells shapes apart: the made-up ones, and the visitor's beside them. */
export function strokes(settings: Settings, data: TaskData): Problem {
  const own: readonly Stroke[] = data.kind === "strokes" ? data.strokes : [];
  const madeUp = madeUpGestures(trained, settings.seed);
  const examples: readonly Gesture[] = [...madeUp, ...own];
  const classes = [...new Set(examples.map(({ label }) => label))];
  // a class by itself first, so that the few strokes of the visitor's own count as much as the many others
  const byClass = classes.map((label) => examples.filter((gesture) => gesture.label === label));
  const example = (gesture: Gesture): Example => ({
    label: classes.indexOf(gesture.label),
    features: pointsOf(gesture),
  });
  return classification(settings, {
    classes,
    time: steps,
    features: channels,
    draw(random) {
      const of = byClass[Math.floor(random() * byClass.length)] as Gesture[];
      const gesture = of[Math.floor(random() * of.length)] as Gesture;
      return example({ ...gesture, points: varied(gesture.points, random) });
    },
    unseen: madeUpGestures(unseenCount, settings.seed + 1).map(example),
    labels: (features) =>
      Array.from(
        { length: steps },
        (_, t) =>
          `${(features[t * channels] as number).toFixed(1)}, ${(features[t * channels + 1] as number).toFixed(1)}`,
      ),
    encode: (stroke) => pointsOf(stroke as Stroke),
  });
}
