/** Points of each figure, one round in `steps` points. The eight crosses itself: the last point alone does not say where to go. */
export const figures: readonly ((angle: number) => readonly [x: number, y: number])[] = [
  (angle) => [0.9 * Math.sin(angle), 0.9 * Math.cos(angle)],
  (angle) => [0.9 * Math.sin(angle), 0.9 * Math.sin(2 * angle)],
];
export const steps = 20;

/** [steps, figures, figures]: which figure is wanted, the same at every step. */
export const plans = Float32Array.from({ length: steps * figures.length ** 2 }, (_, i) => {
  const [row, column] = [Math.floor(i / figures.length) % figures.length, i % figures.length];
  return row === column ? 1 : 0;
});

/** [steps, figures, 2]. */
export const targets = Float32Array.from(
  Array.from({ length: steps }, (_, t) => figures.flatMap((figure) => figure((2 * Math.PI * (t + 1)) / steps))).flat(),
);

const [width, height] = [33, 13];

/** What was drawn, the figures side by side: `·` where a point should be, `●` where one is. */
export function sketch(drawn: ArrayLike<number>): string {
  const columns = figures.map((_, figure) => {
    const paper = Array.from({ length: height }, () => new Array<string>(width).fill(" "));
    for (const [points, mark] of [
      [targets, "·"],
      [drawn, "●"],
    ] as const) {
      for (let t = 0; t < steps; t++) {
        const at = (t * figures.length + figure) * 2;
        const column = Math.round((((points[at] as number) + 1) / 2) * (width - 1));
        const row = paper[Math.round(((1 - (points[at + 1] as number)) / 2) * (height - 1))];
        if (row && column >= 0 && column < width) row[column] = mark;
      }
    }
    return paper.map((row) => row.join(""));
  });
  return Array.from({ length: height }, (_, row) => `  ${columns.map((lines) => lines[row]).join("   ")}\n`).join("");
}
