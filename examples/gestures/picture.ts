import { dot, line } from "@observablehq/plot";
import { colourOf, figure, type Panel } from "../shared/figures/figure.ts";
import { type Gesture, resampled } from "./strokes.ts";

const [side, most] = [190, 3];

/** A few strokes of each shape, over each other, with a dot where each begins. */
export function picture(gestures: readonly Gesture[], classes: readonly string[]): string {
  const panels = classes.slice(0, 12).map((label): Panel => {
    const strokes = gestures.filter((gesture) => gesture.label === label).slice(0, most);
    const axis = { axis: null, domain: [-2.6, 2.6] };
    return {
      title: label,
      plot: {
        width: side,
        height: side,
        margin: 6,
        x: axis,
        // as on a screen, downwards
        y: { ...axis, reverse: true },
        marks: strokes.flatMap(({ points }, i) => {
          const placed = resampled(points).map(([x, y]) => [x, y]);
          return [line(placed, { stroke: colourOf(i), strokeWidth: 2 }), dot([placed[0]], { fill: colourOf(i), r: 4 })];
        }),
      },
    };
  });
  return figure({ title: "Strokes that were tested, a few of each shape", columns: 4 }, panels);
}
