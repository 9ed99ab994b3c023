// The simple methods that models are to beat, against figures worked out by hand.
import { openDevice, seededRandom } from "seqgrad";
import { describe, expect, it } from "vitest";
import { cutAtPauses } from "../../examples/baselines/cut-at-pauses.ts";
import { nearestWarped, warpedDistance } from "../../examples/baselines/dynamic-time-warping.ts";
import { drift, persistence, seasonalDrift, seasonalNaive } from "../../examples/baselines/forecasts.ts";
import { lastFrameAccuracy } from "../../examples/baselines/last-frame.ts";
import { NGrams } from "../../examples/baselines/n-grams.ts";
import { characterPairs, NaiveBayes, wordsOf } from "../../examples/baselines/naive-bayes.ts";
import { inParts, nearest } from "../../examples/baselines/nearest-neighbour.ts";
import { textRank } from "../../examples/baselines/text-rank.ts";
import { deviations, threeSigma } from "../../examples/baselines/three-sigma.ts";
import { Lexicon } from "../../examples/baselines/word-for-word.ts";

describe("naive Bayes", () => {
  it("is example 13.1 of Manning, Raghavan and Schütze", () => {
    const documents = ["Chinese Beijing Chinese", "Chinese Chinese Shanghai", "Chinese Macao", "Tokyo Japan Chinese"];
    const bayes = NaiveBayes.fit(documents.map(wordsOf), [["china"], ["china"], ["china"], ["other"]]);
    const scores = bayes.scores(wordsOf("Chinese Chinese Chinese Tokyo Japan"));
    expect(bayes.classes).toEqual(["china", "other"]);
    expect(Math.exp(scores[0] as number)).toBeCloseTo((3 / 4) * (3 / 7) ** 3 * (1 / 14) ** 2, 12);
    expect(Math.exp(scores[1] as number)).toBeCloseTo((1 / 4) * (2 / 9) ** 5, 12);
    expect(bayes.predict(wordsOf("Chinese Chinese Chinese Tokyo Japan"))).toBe("china");
  });

  it("counts an example of two classes by halves, and what it never saw not at all", () => {
    const bayes = NaiveBayes.fit([["a"], ["b"]], [["x", "y"], ["y"]]);
    // x has half an "a" of half an example, y half an "a" and a "b" of one and a half
    expect(Math.exp(bayes.scores(["a"])[0] as number)).toBeCloseTo((0.5 / 2) * (1.5 / 2.5), 12);
    expect(Math.exp(bayes.scores(["a"])[1] as number)).toBeCloseTo((1.5 / 2) * (1.5 / 3.5), 12);
    expect(bayes.scores(["c"])).toEqual(bayes.scores([]));
  });

  it("takes characters in pairs, with both ends", () => {
    expect(characterPairs("ab")).toEqual(["\u0002a", "ab", "b\u0003"]);
    expect(wordsOf("It's 3, no?")).toEqual(["it's", "3", ",", "no", "?"]);
  });
});

describe("trigrams", () => {
  const tokens = Int32Array.of(0, 1, 0, 1);

  it("back off by what is taken off each count", () => {
    const trigrams = NGrams.fit(tokens, 2, 3, [0.5]);
    // 0 came once behind (0, 1), once behind 1; behind 0 came 1 twice; and both are as frequent
    expect(trigrams.probability(0, Int32Array.of(0, 1), 2)).toBeCloseTo(0.5 + 0.5 * (0.5 + 0.5 * 0.5), 12);
    expect(trigrams.probability(0, Int32Array.of(0), 1)).toBeCloseTo(0.25 * 0.5, 12);
    expect(trigrams.probability(1, Int32Array.of(), 0)).toBeCloseTo(0.5, 12);
    // (1, 1) never came: as behind 1 alone
    expect(trigrams.probability(1, Int32Array.of(1, 1), 2)).toBeCloseTo(0.25, 12);
  });

  it("give probabilities that add up to 1, and choose the discount on the last tenth", () => {
    const random = seededRandom(3);
    const text = Int32Array.from({ length: 400 }, () => Math.floor(5 * random() ** 2));
    const discounts = [0.05, 0.5, 0.95];
    const trigrams = NGrams.fit(text, 5, 3, discounts);
    for (const context of [[], [4], [0, 4], [4, 4]]) {
      const sum = [0, 1, 2, 3, 4].reduce((total, token) => {
        return total + trigrams.probability(token, Int32Array.from(context), context.length);
      }, 0);
      expect(sum).toBeCloseTo(1, 12);
    }
    const inTheRest = discounts.map((discount) => NGrams.fit(text.subarray(0, 360), 5, 3, [discount]).nats(text, 360));
    expect(trigrams.discount).toBe(discounts[inTheRest.indexOf(Math.min(...inTheRest))]);
  });
});

describe("the nearest neighbour", () => {
  it("is the least far away, the first of equals", () => {
    const examples = [
      { vector: [0, 0], label: "a" },
      { vector: [2, 0], label: "b" },
      { vector: [0, 2], label: "c" },
    ];
    expect([nearest([0.4, 0.4], examples), nearest([1, 0], examples), nearest([0.9, 3], examples)]).toEqual([
      "a",
      "a",
      "c",
    ]);
  });

  it("compares sequences of any length by the means of their parts", () => {
    const sequence = [
      [1, 10],
      [3, 20],
      [5, 30],
      [7, 40],
    ];
    expect(inParts(sequence, 2)).toEqual([2, 15, 6, 35]);
    expect(inParts(sequence, 1)).toEqual([4, 25]);
    expect(inParts([[1], [2]], 4)).toEqual([1, 1, 2, 2]);
  });
});

describe("dynamic time warping", () => {
  const sequence = (...values: number[]) => values.map((value) => [value]);

  it("stretches what is slower, for nothing", () => {
    expect(warpedDistance(sequence(0, 1, 2), sequence(0, 0, 0, 1, 2, 2), 8)).toBe(0);
    // 3 is paired with 3, and what is between with the nearer end
    expect(warpedDistance(sequence(0, 3), sequence(0, 1, 3), 8)).toBe(1);
    expect(warpedDistance([[0, 0]], [[3, 4]], 0)).toBe(5);
  });

  it("shifts by the band at most, and gives up beyond the limit", () => {
    const [early, late] = [sequence(1, 0, 0, 0, 0), sequence(0, 0, 0, 0, 1)];
    expect([0, 1, 4].map((band) => warpedDistance(early, late, band))).toEqual([2, 2, 2]);
    const [first, third] = [sequence(0, 1, 0, 0, 0), sequence(0, 0, 0, 1, 0)];
    expect([0, 1, 2].map((band) => warpedDistance(first, third, band))).toEqual([2, 2, 0]);
    expect(warpedDistance(first, third, 0, 1)).toBe(Number.POSITIVE_INFINITY);
  });

  it("chooses the nearest, the first of equals", () => {
    const examples = [3, 1, 1].map((value, i) => ({ sequence: sequence(0, value, 0), label: `${i}` }));
    expect(nearestWarped(sequence(0, 0, 1), examples, 8)).toBe("1");
    expect(nearestWarped(sequence(0), [], 8)).toBeUndefined();
  });
});

describe("three deviations", () => {
  it("are counted from the mean of what is known", () => {
    expect([...deviations([1, 3, Number.NaN])]).toEqual([1, 1, Number.NaN]);
    expect([...deviations([2, 2])]).toEqual([0, 0]);
    // ten zeros and an 11: mean 1, deviation √10
    expect(threeSigma([...Array(10).fill(0), 11])).toEqual([...Array(10).fill(false), true]);
    expect(threeSigma([...Array(9).fill(0), 10])).not.toContain(true);
  });
});

describe("the last frame alone", () => {
  it("tells what is to be seen in it, and no more", async () => {
    // of four classes two pairs look the same
    const part = (count: number) => {
      const labels = Array.from({ length: count }, (_, i) => i % 4);
      return { labels, frames: labels.map((label) => Float64Array.of(label < 2 ? 1 : 0, label < 2 ? 0 : 1)) };
    };
    const parts = { train: part(64), validation: part(16), test: part(64) };
    const frames = ({ labels, frames }: ReturnType<typeof part>) => ({
      labels,
      frames: frames.map((each) => Float32Array.from(each)),
    });
    const device = await openDevice();
    const accuracy = await lastFrameAccuracy(
      device,
      { train: frames(parts.train), validation: frames(parts.validation), test: frames(parts.test) },
      4,
      { epochs: 20, seed: 0, hidden: 8 },
    );
    device.dispose();
    expect(accuracy).toBe(0.5);
  });
});

describe("forecasts that learn nothing", () => {
  const series = [1, 2, 3, 4, 5, 7];

  it("give the last number, the season before, and the drift", () => {
    expect(persistence(series, 5, 2)).toEqual([5, 5]);
    expect(seasonalNaive(2)(series, 5, 3)).toEqual([4, 5, 4]);
    expect(drift(series, 6, 2)).toEqual([8.2, 9.4].map((value) => expect.closeTo(value, 12)));
    // within a season of 2 the last number rose by 3
    expect(seasonalDrift(2)(series, 6, 3)).toEqual([8, 10, 11]);
  });

  it("look no further than the place they stand at, and over what is missing", () => {
    const gaps = [Number.NaN, 2, 3, 4, Number.NaN, 100];
    expect(persistence(gaps, 5, 1)).toEqual([4]);
    expect(seasonalNaive(2)(gaps, 5, 2)).toEqual([4, 3]);
    expect(drift(gaps, 5, 1)).toEqual([expect.closeTo(4 + 2 / 3, 12)]);
  });
});

describe("translation word for word", () => {
  const sides = [
    ["das haus", "the house"],
    ["das buch", "the book"],
    ["ein buch", "a book"],
  ] as const;
  const pairs = sides.map(([source, target]) => ({ source: source.split(" "), target: target.split(" ") }));

  it("has the probabilities of figure 4.4 of Koehn 2010", () => {
    const learned = (iterations: number, source: string, target: string) =>
      Lexicon.fit(pairs, iterations).probabilities.get(source)?.get(target) as number;
    expect([1, 2, 3].map((n) => learned(n, "das", "the").toFixed(4))).toEqual(["0.5000", "0.6364", "0.7479"]);
    expect([1, 2, 3].map((n) => learned(n, "buch", "the").toFixed(4))).toEqual(["0.2500", "0.1818", "0.1208"]);
    expect([1, 2, 3].map((n) => learned(n, "haus", "house").toFixed(4))).toEqual(["0.5000", "0.5714", "0.6534"]);
  });

  it("keeps the order, and words that it never saw", () => {
    expect(Lexicon.fit(pairs).translate(["ein", "haus", "constructor"])).toEqual(["a", "house", "constructor"]);
  });
});

describe("cutting at pauses", () => {
  const tone = (length: number) => Array.from({ length }, (_, i) => 0.5 * Math.sin(i));
  const noise = (length: number) => Array.from({ length }, (_, i) => 0.001 * Math.sin(7 * i));

  it("gives what is loud, over pauses that are short and without clicks", () => {
    const click = [...noise(800), 0.9, ...noise(799)];
    const samples = [...noise(800), ...tone(1600), ...noise(160), ...tone(1600), ...click, ...tone(2400)];
    expect(cutAtPauses(Float32Array.from(samples))).toEqual([
      [800, 4160],
      [5760, 8160],
    ]);
    expect(cutAtPauses(new Float32Array(800))).toEqual([]);
  });
});

describe("TextRank", () => {
  it("solves its equation, and ranks what shares most words first", () => {
    const sentences = ["a b c d", "a b x y z", "c d x", "q r"].map((text) => text.split(" "));
    const ranks = textRank(sentences);
    const [ab, ac, bc] = [2 / Math.log(20), 2 / Math.log(12), 1 / Math.log(15)];
    // the last one stands alone and recommends all alike
    const alone = (ranks[3] as number) / 4;
    const [a, b, c] = ranks as [number, number, number, number];
    expect(a).toBeCloseTo(0.15 / 4 + 0.85 * ((b * ab) / (ab + bc) + (c * ac) / (ac + bc) + alone), 9);
    expect(b).toBeCloseTo(0.15 / 4 + 0.85 * ((a * ab) / (ab + ac) + (c * bc) / (ac + bc) + alone), 9);
    expect(ranks.reduce((sum, rank) => sum + rank, 0)).toBeCloseTo(1, 9);
    expect(ranks.indexOf(Math.max(...ranks))).toBe(0);
    expect(ranks.indexOf(Math.min(...ranks))).toBe(3);
    expect(textRank([["a"]])).toEqual([1]);
  });
});
