/** Rises linearly over the first twentieth of the steps (at most 50), then falls along a cosine to a twentieth of the peak, and stays. */
export function learningRateAt(step: number, steps: number, peak: number): number {
  const warmUp = Math.min(50, Math.ceil(steps / 20));
  if (step < warmUp) return (peak * step) / warmUp;
  const part = Math.min(1, (step - warmUp) / Math.max(1, steps - warmUp));
  return peak * (0.05 + 0.95 * 0.5 * (1 + Math.cos(Math.PI * part)));
}
