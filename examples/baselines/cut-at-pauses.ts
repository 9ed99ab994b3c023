/** Where something is said in a recording: what is louder than a share of its loudest part, between pauses. */

/** Samples of a stretch whose loudness is measured. */
const stretch = 80;
const shareOfLoudest = 0.1;
/** Stretches: shorter pauses are within a word, shorter sounds are clicks. */
const [shortestPause, shortestSound] = [5, 8];

/** Beginnings and ends, in samples, of the sounds. */
export function cutAtPauses(samples: Float32Array): [from: number, to: number][] {
  const loudness = Array.from({ length: Math.floor(samples.length / stretch) }, (_, i) => {
    const part = samples.subarray(i * stretch, (i + 1) * stretch);
    return Math.sqrt(part.reduce((sum, value) => sum + value * value, 0) / stretch);
  });
  const limit = shareOfLoudest * Math.max(...loudness);
  const cuts: [number, number][] = [];
  for (const [i, each] of loudness.entries()) {
    if (each <= limit) continue;
    const last = cuts.at(-1);
    if (last && i - last[1] < shortestPause) last[1] = i + 1;
    else cuts.push([i, i + 1]);
  }
  return cuts
    .filter(([from, to]) => to - from >= shortestSound)
    .map(([from, to]): [number, number] => [from * stretch, to * stretch]);
}
