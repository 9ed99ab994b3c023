// The simple methods that models are to beat, against figures worked out by hand.
import { describe, expect, it } from "vitest";
import { characterPairs, NaiveBayes, wordsOf } from "../../examples/baselines/naive-bayes.ts";

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
