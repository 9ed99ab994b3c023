// What the examples are made of beside models: how data are made ready for them, and what comes out is counted.
import { seededRandom } from "seqgrad";
import { describe, expect, it } from "vitest";
import { countFound, meanResiduals } from "../../examples/anomalies/found.ts";
import { fillError, forwardFill, linearFill } from "../../examples/baselines/fills.ts";
import { hiddenRows, hide, windowsOf } from "../../examples/missing-values/table.ts";
import { Hints } from "../../examples/sentiment/hints.ts";
import {
  checkLength,
  inSteps,
  mels,
  scaleOf,
  spectrumOf,
  stepSize,
  variantsOf,
  withoutPauses,
} from "../../examples/shared/audio/spectra.ts";
import { evidenceOf, Runs, runsOf } from "../../examples/shared/text/runs.ts";
import { sentencesOf } from "../../examples/summarisation/articles.ts";
import { measureNames, measuresOf } from "../../examples/summarisation/measures.ts";
import { pickSentences } from "../../examples/summarisation/pick.ts";

describe("gaps", () => {
  const column = [Number.NaN, 1, Number.NaN, Number.NaN, 4, Number.NaN];
  const truth = [[0, 1, 5, 3, 4, 5]];

  it("are filled by the last number, or by a line", () => {
    expect([...forwardFill(column)]).toEqual([1, 1, 1, 1, 4, 4]);
    expect([...linearFill(column)]).toEqual([1, 1, 2, 3, 4, 4]);
  });

  it("count where they are asked for", () => {
    expect(fillError([forwardFill(column)], truth, [[2, 3]])).toBe((4 + 2) / 2);
    expect(fillError([linearFill(column), [7]], [...truth, [9]], [[2, 3], [0]])).toBeCloseTo((3 + 0 + 2) / 3, 12);
  });

  it("are made in what is known, as many as asked for", () => {
    const known = [Float64Array.from({ length: 100 }, (_, i) => (i % 10 ? i : Number.NaN))];
    const hidden = hide(known, 0.5, 7, seededRandom(0));
    const rows = hiddenRows(known, hidden, 0, 100)[0] as number[];
    expect(rows).toHaveLength(45);
    expect(hiddenRows(known, hidden, 20, 60)[0]).toEqual(rows.filter((row) => row >= 20 && row < 60));
    expect([...(hidden[0] as Float64Array)].every((value, i) => Number.isNaN(value) || value === i)).toBe(true);
    const row = rows.find((each) => each >= 20) as number;
    const { filled, known: mask, truth: whole, asked, seasons } = windowsOf(known, hidden, [row - 4, row - 2], 8, [4]);
    expect([mask, asked, whole].map((each) => each.map((window, i) => window[4 - 2 * i]))).toEqual([
      [[0], [0]],
      [[1], [1]],
      [[row], [row]],
    ]);
    expect(filled[1]?.[2]).toEqual(filled[0]?.[4]);
    // a column that grows by one each row lies on straight lines
    expect(filled[0]?.[4]?.[0]).toBeCloseTo(row, 9);
    expect(seasons[0]?.[0]?.[0]).toBeCloseTo(Math.sin((Math.PI / 2) * row), 9);
  });
});

describe("alarms", () => {
  const alarms = Array.from({ length: 20 }, (_, row) => [1, 4, 5, 9, 12, 18].includes(row));

  it("find windows that hold one, and are wrong elsewhere, those near each other once", () => {
    const windows: [number, number][] = [
      [4, 6],
      [6, 9],
      [18, 20],
    ];
    const options = { from: 0, apart: 3 };
    expect(countFound(alarms, windows, options)).toEqual({ windowsFound: 2, falseAlarms: 2 });
    expect(countFound(alarms, windows, { from: 5, apart: 2 })).toEqual({ windowsFound: 2, falseAlarms: 2 });
    expect(countFound(alarms, windows, { ...options, ignored: [[9, 13]] })).toEqual({
      windowsFound: 2,
      falseAlarms: 1,
    });
  });

  it("go by what windows are off on average", () => {
    // row 1 is in both windows, once too high and once too low
    expect([...meanResiduals(4, [0, 1], [1, -2, 4, 3], 2)]).toEqual([1, 1, 3, 0]);
  });
});

describe("spectra", () => {
  it("of sounds that last too long are refused by their name", () => {
    const spectrum = spectrumOf(new Float32Array(16_000));
    expect(spectrum).toHaveLength(161);
    expect(() => checkLength(spectrum, 161, "7_ada_0")).not.toThrow();
    expect(() => checkLength(spectrum, 160, "7_ada_0")).toThrow("7_ada_0: lasts 2.0 s, expected at most 2.0 s; cut it");
  });
});

describe("pauses", () => {
  const frame = (loudness: number) => Float32Array.from({ length: mels }, (_, mel) => loudness + (mel % 2) - 0.5);

  it("are cut before and behind, not within, down to 6 nats below the loudest frame", () => {
    const spectrum = [-14, -9, -8, -2, -14, -3, -8.5, -8, -14].map(frame);
    expect(withoutPauses(spectrum)).toEqual(spectrum.slice(2, 8));
  });

  it("are all that silence has, and it stays", () => {
    const silent = [-14, -14].map(frame);
    expect(withoutPauses(silent)).toEqual(silent);
  });
});

describe("steps of spectra", () => {
  it("are two frames each, the last one twice where one is missing", () => {
    const frames = [1, 2, 3].map((value) => new Float32Array(mels).fill(value));
    const steps = inSteps(frames);
    expect(steps.map((step) => [step.length, step[0], step[mels]])).toEqual([
      [stepSize, 1, 2],
      [stepSize, 3, 3],
    ]);
  });

  it("of variants are of other lengths, within what may be told apart, and the same for a seed", () => {
    const samples = Float32Array.from({ length: 4000 }, (_, i) => 0.3 * Math.sin(i / 3));
    const take = { digit: 1, speaker: "ada", number: 0, samples };
    const spectrum = spectrumOf(samples);
    const variants = () => variantsOf([take], spectrumOf, scaleOf([spectrum]), 12, 5);
    const lengths = variants().map((each) => each.length / spectrum.length);
    expect(new Set(lengths).size).toBeGreaterThan(6);
    expect(Math.min(...lengths)).toBeGreaterThan(0.6);
    expect(Math.max(...lengths)).toBeLessThan(1.75);
    expect(variants()).toEqual(variants());
    expect(
      variants()
        .flat()
        .every((row) => row.length === mels && row.every(Number.isFinite)),
    ).toBe(true);
  });
});

describe("runs of texts", () => {
  it("are of neighbours, counted, within words or over the whole text", () => {
    const form = { shortest: 1, longest: 2, most: 9 };
    expect([...runsOf("Ab a ab", { of: "words", ...form })]).toEqual([
      ["ab", 2],
      ["a", 1],
      ["ab a", 1],
      ["a ab", 1],
    ]);
    expect([...runsOf("Ab", { of: "characters", ...form }).keys()]).toEqual([
      "\u0002",
      "A",
      "b",
      "\u0003",
      "\u0002A",
      "Ab",
      "b\u0003",
    ]);
    const insides = runsOf("Ab c", { of: "insides", ...form, shortest: 3, longest: 3 });
    expect([...insides.keys()]).toEqual([" ab", "ab ", " c "]);
  });

  it("speak as naive Bayes counts those that occur twice", () => {
    const texts = ["a b", "a c", "b c", "b d"];
    const runs = Runs.of(texts, { of: "words", shortest: 1, longest: 2, most: 2 });
    expect(runs.json.runs).toEqual(["a", "b", "c"]);
    const { numbers, weights } = runs.fieldsOf(["c a d c b", "constructor"]);
    expect([...numbers]).toEqual([3, 1, 0, 0]);
    // of four texts two have a, two c; c is there twice
    const [c, a] = [1 + Math.log(2), 1].map((count) => count * (1 + Math.log(5 / 3))) as [number, number];
    const length = Math.hypot(c, a);
    expect([...weights]).toEqual([c / length, a / length, 0, 0].map((each) => expect.closeTo(each, 4)));
    const labels = [["x"], ["x"], ["y"], ["x", "y"]];
    const evidence = evidenceOf(runs.counts({ texts, labels }, ["x", "y"]));
    // of x 2 a, 1.5 b, 1 c; of y 1.5 b, 1 c; one more for each of the four numbers
    const half = (x: number, y: number) => Math.log((x + 1) / 8.5 / ((y + 1) / 6.5)) / 2;
    const expected = [0, half(2, 0), half(1.5, 1.5), half(1, 1)];
    expect(evidence.flat()).toEqual(
      expected.flatMap((each) => [each, -each].map((value) => expect.closeTo(value, 12))),
    );
  });
});

describe("hints of words", () => {
  const trained = { texts: ["good film", "good play", "dull film", "dull play"], labels: [["1"], ["1"], ["0"], ["0"]] };
  const form = { of: "words", shortest: 1, longest: 2, most: 9 } as const;
  const runs = Runs.of(trained.texts, form);
  const hints = Hints.fit(trained, [runs], ["0", "1"], 3);
  /** Half the logarithm of how often a word is found in praise by how often in blame, one more for each and for no run. */
  const half = (praise: number, blame: number) => Math.log((praise + 1) / 9 / ((blame + 1) / 9)) / 2;

  it("are what naive Bayes says of each, and of all together", () => {
    const { hints: words, sums } = hints.fieldsOf(["a good dull film good"], 3);
    const [word] = hints.json.scale.word as [number];
    // a is not known; no pair is found twice
    const expected = [0, half(2, 0), half(0, 2)].map((each) => [-each / word || 0, each / word || 0, 0, 0]);
    expect(words[0]?.map((row) => [...row])).toEqual(expected.map((row) => row.map((each) => expect.closeTo(each, 5))));
    // a word of praise and one of blame
    expect([...(sums[0] as Float32Array)]).toEqual([0, 0, 0, 0].map((each) => expect.closeTo(each, 4)));
  });

  it("leave out the text itself where it was counted", () => {
    const [own] = hints.fieldsOf(["good film"], 3, [["1"]]).hints;
    const [word] = hints.json.scale.word as [number];
    expect(own?.map((row) => row[1])).toEqual([half(1, 0), half(0, 1)].map((each) => expect.closeTo(each / word, 5)));
  });

  it("are the same after they were saved", () => {
    const again = Hints.fromJSON(JSON.parse(JSON.stringify(hints.json)));
    expect(again.fieldsOf(trained.texts, 3)).toEqual(hints.fieldsOf(trained.texts, 3));
  });
});

describe("sentences of a summary", () => {
  it("are the best that fit, in the order of the article", () => {
    expect(pickSentences([0.1, 0.9, 0.5, 0.8], [2, 5, 3, 4], 8)).toEqual([1, 2]);
    expect(pickSentences([1, 1, 1], [2, 2, 2], 4)).toEqual([0, 1]);
    expect(pickSentences([1, 2], [3, 3], 2)).toEqual([]);
  });

  it("end where a mark is followed by what may begin one", () => {
    const text = 'It cost $1.13bn (up 2.5%). "Why?" asked Mr Smith. He left.\n\nA second paragraph without an end';
    expect(sentencesOf(text)).toEqual([
      "It cost $1.13bn (up 2.5%).",
      '"Why?" asked Mr Smith.',
      "He left.",
      "A second paragraph without an end",
    ]);
  });

  it("are measured within their article", () => {
    const sentences = ["Cats sleep.", "Dogs chase cats 24 hours."];
    const article = { title: "Cats", sentences, summary: undefined, isPicked: [] };
    const counts = { articles: 9, counts: { cats: 4 } };
    const [rows, at] = [measuresOf(article, counts), (name: string) => measureNames.indexOf(name as never)];
    const [cats, other] = [Math.log(10 / 5), Math.log(10 / 2)];
    expect(rows.map((row) => row[at("words")])).toEqual([2, 5]);
    expect(rows[0]?.[at("weight")]).toBeCloseTo(2 * cats + other, 12);
    expect(rows[1]?.[at("rareness")]).toBeCloseTo(cats + 4 * other, 12);
    expect(rows[1]?.[at("share of the title")]).toBe(1);
    expect(rows[1]?.[at("figures")]).toBe(2);
  });
});
