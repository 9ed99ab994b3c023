import { seededRandom } from "seqgrad";

const WORDS = [
  ["bad", "boring", "awful", "weak", "dull"],
  ["fine", "decent", "average", "plain", "usual"],
  ["great", "brilliant", "moving", "superb", "funny"],
] as const;
const FILLERS = ["the", "film", "story", "was", "and", "cast", "really", "quite", "plot", "a"] as const;

/** Made-up reviews of 4 to 14 words with their class: bad, fine or great. */
export function reviews(count: number, seed: number): { texts: string[]; labels: number[] } {
  const random = seededRandom(seed);
  const pick = (words: readonly string[]) => words[Math.floor(random() * words.length)] as string;
  const labels = Array.from({ length: count }, () => Math.floor(random() * 3));
  const texts = labels.map((label) => {
    const length = 4 + Math.floor(random() * 11);
    const place = Math.floor(random() * length);
    return Array.from({ length }, (_, i) => pick(i === place ? (WORDS[label] as readonly string[]) : FILLERS)).join(
      " ",
    );
  });
  return { texts, labels };
}
