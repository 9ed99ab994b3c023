// What programs make of files: pairs of sentences, strings of digits, articles.
import { describe, expect, it } from "vitest";
import { filesOf } from "../../examples/shared/task/files.ts";
import { mostDigits, putTogether, readSpeech, splitSpeech } from "../../examples/speech-to-text/strings.ts";
import { readArticles, readTexts } from "../../examples/summarisation/articles.ts";
import { readCorpus, wordsOf } from "../../examples/translation/pairs.ts";
import { encodeWav } from "../../src/data/index.ts";

describe("pairs of sentences", () => {
  const contents = { "a.en": "one two\nthree\n\n", "a.fr": "un deux\ntrois\n\n", "val.en": "four", "val.fr": "quatre" };

  it("are lines of two files; what is called val is tested on", async () => {
    const { languages, training, test } = await readCorpus(filesOf("set", contents), {});
    expect(languages).toEqual({ from: "en", to: "fr" });
    expect(training).toEqual([
      { source: ["one", "two"], target: ["un", "deux"] },
      { source: ["three"], target: ["trois"] },
    ]);
    expect(test).toEqual([{ source: ["four"], target: ["quatre"] }]);
    const reverse = await readCorpus(filesOf("set", contents), { from: "fr" });
    expect(reverse.languages).toEqual({ from: "fr", to: "en" });
    expect(reverse.test).toEqual([{ source: ["quatre"], target: ["four"] }]);
    const others = await readCorpus(filesOf("set", { "english.txt": "a\n", "german.txt": "b\n" }), {});
    expect(others.languages).toEqual({ from: "english", to: "german" });
    expect(others.training).toHaveLength(1);
  });

  it("say what does not fit", async () => {
    const read = (given: Record<string, string>, asked = {}) => readCorpus(filesOf("set", given), asked);
    await expect(read({ "a.en": "one\ntwo\n", "a.fr": "un\n" })).rejects.toThrow(
      "set: a.en has 2 lines and a.fr has 1; line N of both must be the same sentence",
    );
    await expect(read({ "a.en": "one\n" })).rejects.toThrow("set: has files of en; two are needed");
    await expect(read(contents, { from: "de" })).rejects.toThrow("set: has files of en, fr; two are needed");
  });

  it("are words, of which an apostrophe ends one", () => {
    expect(wordsOf("L'eau d&apos; un porte-clés, 3.5 m!")).toEqual([
      "l'",
      "eau",
      "d'",
      "un",
      "porte-clés",
      ",",
      "3",
      ".",
      "5",
      "m",
      "!",
    ]);
  });
});

describe("strings of spoken digits", () => {
  const wav = (length: number) =>
    encodeWav({ sampleRate: 8000, channels: [Float32Array.from({ length }, (_, i) => 0.5 * Math.sin(i))] });

  it("are takes of one speaker with pauses, or files of several digits", async () => {
    const names = [0, 1, 2].flatMap((take) => ["3_ann_", "8_ann_", "5_bob_"].map((name) => `${name}${take}.wav`));
    const sounds = Object.fromEntries(names.map((name, i) => [name, wav(300 + i)]));
    const speech = await readSpeech(filesOf("set", { ...sounds, "4071_ann_1.wav": wav(3000) }));
    expect([speech.takes.length, speech.strings.map(({ digits }) => digits)]).toEqual([9, ["4071"]]);
    const { train, test } = splitSpeech(speech);
    expect([train.takes.length, test.takes.map(({ number }) => number)]).toEqual([3, [0, 0, 0]]);
    const strings = putTogether(speech.takes, 8, 1, false);
    expect(strings).toEqual(putTogether(speech.takes, 8, 1, false));
    for (const { name, digits, samples, cuts = [] } of strings) {
      expect(digits).toMatch(name.includes("ann") ? /^[38]{3,7}$/ : /^5{3,7}$/);
      expect(cuts).toHaveLength(digits.length);
      const bounds = [0, ...cuts.flat(), samples.length];
      expect(bounds).toEqual([...bounds].sort((a, b) => a - b));
      for (const [from, to] of cuts) {
        const take = speech.takes.find(({ samples: own }) => own.length === to - from);
        const worst = samples.slice(from, to).map((value, i) => Math.abs(value - (take?.samples[i] as number)));
        expect(Math.max(...worst)).toBeLessThan(0.001);
      }
    }
    // a speaker's takes come equally often
    const all = strings.map(({ digits }) => digits).join("");
    expect(Math.abs((all.match(/3/g)?.length ?? 0) - (all.match(/8/g)?.length ?? 0))).toBeLessThanOrEqual(3);
  });

  it("say what does not fit", async () => {
    const read = (name: string) => readSpeech(filesOf("set", { [name]: wav(800), "1_ann_0.wav": wav(800) }));
    await expect(read("hello.wav")).rejects.toThrow("set/hello.wav: expected a name such as 7_anna_0.wav or");
    await expect(read("12345678_ann_0.wav")).rejects.toThrow(`has 8 digits, expected at most ${mostDigits}`);
  });
});

describe("articles", () => {
  const columns = { text: "text", summary: "summary" };
  const line = (summary: string) => JSON.stringify({ title: "T", text: "It rained. 3 ships sank.", summary });

  it("know which sentences their summaries have", async () => {
    const given = { "a.jsonl": `${line("3 ships sank.It rained.")}\n\n${line("3 ships sank.")}\n` };
    const articles = await readArticles(filesOf("set", given), columns);
    expect(articles.map(({ title, isPicked }) => [title, ...isPicked])).toEqual([
      ["T", true, true],
      ["T", false, true],
    ]);
    const broken = { "a.jsonl": `${line("It rained.")}\n{` };
    await expect(readArticles(filesOf("set", broken), columns)).rejects.toThrow("set/a.jsonl, line 2: is not JSON");
    const foreign = { "a.jsonl": line("Ships sank in the rain.") };
    await expect(readArticles(filesOf("set", foreign), columns)).rejects.toThrow(/most summaries have no sentence/);
  });

  it("without summaries are any text, whose first line may be a heading", async () => {
    const given = { "a.txt": "A heading\n\nOne. Two.\n", "b.txt": "One line. And more.", "c.jsonl": line("") };
    const texts = await readTexts(filesOf("set", given), columns);
    expect(texts.map(({ name, title, sentences }) => [name, title, sentences.length])).toEqual([
      ["a.txt", "A heading", 2],
      ["b.txt", "", 2],
      ["c.jsonl:1", "T", 2],
    ]);
  });
});
