import { describe, expect, it } from "vitest";
import { ArgumentError, DataError } from "../../src/errors.ts";
import { beamSearch } from "../../src/generate/beam-search.ts";
import { type GenerateOptions, generate, generateTokens } from "../../src/generate/generate.ts";
import { tokenRandom } from "../../src/generate/random.ts";
import { sampleToken } from "../../src/generate/sampling.ts";
import { slidingWindow } from "../../src/generate/window.ts";
import { FakeDecoder, markovLogits } from "./markov.ts";

const VOCABULARY = 5;
const logits = markovLogits(VOCABULARY, 1);

/** One sequence by itself, written down anew. */
function alone(prompt: readonly number[], row: number, options: Omit<GenerateOptions, "prompt">): number[] {
  const { maxTokens, stopTokens, seed = 0, temperature, topP, repetitionPenalty } = options;
  const sampling = { temperature, topP, repetitionPenalty };
  const context = [...prompt];
  while (context.length < prompt.length + maxTokens) {
    const token = sampleToken(logits(context), sampling, () => tokenRandom(seed, row, context.length), context);
    if (stopTokens?.includes(token)) break;
    context.push(token);
  }
  return context.slice(prompt.length);
}

const decoder = (batch: number) => new FakeDecoder(batch, VOCABULARY, logits);

describe("generate", () => {
  const options = { maxTokens: 30, temperature: 0.8, topP: 0.95, repetitionPenalty: 1.1, seed: 4 };

  it("gives each sequence what it would write by itself", async () => {
    const fake = decoder(3);
    const found = await generate(fake, { ...options, prompt: [2, 3] });
    expect(found.map(({ reason }) => reason)).toEqual(["length", "length", "length"]);
    found.forEach(({ tokens }, i) => {
      expect([...tokens]).toEqual(alone([2, 3], i, options));
    });
    expect(new Set(found.map(({ tokens }) => tokens.join())).size).toBe(3);
    // the last tokens are fed to nobody
    expect(fake.calls).toEqual(["reset", "prefill 2", ...new Array(29).fill("step")]);
  });

  it("ends sequences at a stop token, which is no part of them, while others go on", async () => {
    const fake = decoder(4);
    const stopping = { ...options, stopTokens: [0, 4] };
    const found = await generate(fake, { ...stopping, prompt: [1] });
    const lengths = found.map(({ tokens }) => tokens.length);
    expect(new Set(lengths).size).toBeGreaterThan(1);
    found.forEach(({ tokens, reason }, i) => {
      expect([...tokens]).toEqual(alone([1], i, stopping));
      expect(reason).toBe(tokens.length < 30 ? "stop" : "length");
    });
    // no step behind the longest one's end
    expect(fake.fed).toHaveLength(Math.max(...lengths));
  });

  it("begins to write behind each prompt, whatever the others' lengths", async () => {
    const fake = decoder(3);
    const prompt = [[1, 2, 3, 4, 0, 1], Int32Array.of(3, 3), [2]];
    const found = await generate(fake, { ...options, prompt });
    found.forEach(({ tokens }, i) => {
      expect([...tokens]).toEqual(alone([...(prompt[i] as number[])], i, options));
    });
    expect(fake.calls[1]).toBe("prefill 1");
    expect(fake.context[0]?.slice(0, 6)).toEqual(prompt[0]);
  });

  it("is the same for the same seed and another for another", async () => {
    const run = async (seed: number) => [
      ...((await generate(decoder(1), { ...options, prompt: [1], seed }))[0]?.tokens ?? []),
    ];
    expect(await run(1)).toEqual(await run(1));
    expect(await run(1)).not.toEqual(await run(2));
  });

  it("goes on from the present state where it is told to", async () => {
    const fake = decoder(1);
    const greedy = { maxTokens: 4, temperature: 0 };
    const [first] = await generate(fake, { ...greedy, prompt: [1, 2] });
    const last = first?.tokens.at(-1) as number;
    const [second] = await generate(fake, { ...greedy, prompt: [last], reset: false });
    expect([...(first?.tokens ?? []), ...(second?.tokens ?? [])]).toEqual(
      alone([1, 2], 0, { ...greedy, maxTokens: 8 }),
    );
    expect(fake.calls.filter((call) => call === "reset")).toHaveLength(1);
  });
});

describe("generateTokens", () => {
  it("yields tokens as they come, -1 where there is none", async () => {
    const fake = decoder(2);
    const yielded: number[][] = [];
    const options = { prompt: [[1, 2, 3], [4]], maxTokens: 3, seed: 9 };
    for await (const tokens of generateTokens(fake, options)) yielded.push([...tokens]);
    const [first, second] = [alone([1, 2, 3], 0, options), alone([4], 1, options)];
    expect(yielded.map(([token]) => token)).toEqual([-1, -1, ...first]);
    expect(yielded.map(([, token]) => token)).toEqual([...second, -1, -1]);
  });

  it("stops when the loop is left, without a further step", async () => {
    const fake = decoder(1);
    let left = 3;
    for await (const _ of generateTokens(fake, { prompt: [1], maxTokens: 100 })) if (--left === 0) break;
    expect(fake.fed).toHaveLength(2);
  });

  it("ends with the reason of an abort", async () => {
    const controller = new AbortController();
    const fake = decoder(1);
    const run = async () => {
      for await (const _ of generateTokens(fake, { prompt: [1], maxTokens: 100, signal: controller.signal })) {
        if (fake.fed.length === 5) controller.abort(new Error("enough"));
      }
    };
    await expect(run()).rejects.toThrow("enough");
    expect(fake.fed).toHaveLength(5);
    await expect(generate(fake, { prompt: [1], maxTokens: 1, signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });

  it.each<[string, Partial<GenerateOptions>, string]>([
    ["no prompt", { prompt: [] }, "generateTokens: prompt 0 is empty, expected a token at least"],
    ["an empty one", { prompt: [[1], []] }, "prompt 1 is empty"],
    ["too few prompts", { prompt: [[1]] }, "got 1 prompts, expected one for all sequences or one for each of the 2"],
    ["a token that is none", { prompt: [1, 5] }, "prompt 0 has token 5, expected integers from 0 to 4"],
    ["a negative one", { prompt: [-1] }, "prompt 0 has token -1"],
    ["maxTokens 0", { maxTokens: 0 }, "generateTokens: maxTokens is 0, expected a positive integer"],
    ["readEvery 65", { readEvery: 65 }, "generateTokens: readEvery is 65, expected an integer from 1 to 64"],
    ["temperature", { temperature: -1 }, "generateTokens: temperature is -1"],
    ["topP", { topP: 2 }, "generateTokens: topP is 2"],
    ["a stop token", { stopTokens: [0, 5] }, "generateTokens: stopTokens has 5, expected integers from 0 to 4"],
    ["an unknown option", { maxLength: 3 } as object, "there is no option maxLength"],
  ])("refuses %s at once", (_, wrong, message) => {
    const call = () => generateTokens(decoder(2), { prompt: [1], maxTokens: 1, ...wrong });
    expect(call).toThrow("prompt" in wrong ? DataError : ArgumentError);
    expect(call).toThrow(message);
  });

  it("tells of logits that are not numbers", async () => {
    const broken = new FakeDecoder(1, 2, () => [0, Number.NaN]);
    await expect(generate(broken, { prompt: [1], maxTokens: 1 })).rejects.toThrow("logit 1 is NaN");
  });
});

describe("a decoder in use", () => {
  const options = { prompt: [1], maxTokens: 3 };
  const search = { prompt: [1], maxTokens: 3, beams: 1 };
  const users = {
    generate: (used: FakeDecoder) => generate(used, options),
    generateTokens: (used: FakeDecoder) => generateTokens(used, options).next(),
    beamSearch: (used: FakeDecoder) => beamSearch(used, search),
  };
  const names = Object.keys(users) as (keyof typeof users)[];

  it.each(names.flatMap((first) => names.map((second) => [first, second] as const)))(
    "by %s is refused to %s",
    async (first, second) => {
      const used = decoder(1);
      const begun = users[first](used);
      const calls = [...used.calls];
      const error = await Promise.resolve(users[second](used)).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(DataError);
      expect((error as Error).message).toMatch(
        new RegExp(`^${second}: the decoder is in use by ${first}, expected a free one`),
      );
      expect(used.calls.slice(0, calls.length)).toEqual(calls);
      await begun;
    },
  );

  /** Whether all users get it, and what they give is what they give alone. */
  const expectFree = async (used: FakeDecoder) => {
    expect(await generate(used, options)).toEqual(await generate(decoder(1), options));
    expect(await beamSearch(used, search)).toEqual(await beamSearch(decoder(1), search));
  };

  it("is free again at the end, and when a loop is left", async () => {
    const used = decoder(1);
    await expectFree(used);
    for await (const _ of generateTokens(used, options)) {
      await expect(generate(used, options)).rejects.toThrow(/in use by generateTokens/);
      break;
    }
    await expectFree(used);
    const tokens = generateTokens(used, options);
    await tokens.next();
    await tokens.return();
    await expectFree(used);
    await generateTokens(used, options)
      .throw(new Error("enough"))
      .catch(() => {});
    await expectFree(used);
  });

  it("is free again after an error and after an abort", async () => {
    let fails = true;
    const failing = new FakeDecoder(1, VOCABULARY, (context) => {
      if (fails) throw new Error("no");
      return logits(context);
    });
    for (const name of names) await expect(users[name](failing)).rejects.toThrow("no");
    fails = false;
    await expectFree(failing);
    const used = decoder(1);
    const aborted = { signal: AbortSignal.abort(new Error("stop")) };
    await expect(generate(used, { ...options, ...aborted })).rejects.toThrow("stop");
    await expect(beamSearch(used, { ...search, ...aborted })).rejects.toThrow("stop");
    const controller = new AbortController();
    const tokens = generateTokens(used, { ...options, signal: controller.signal });
    await tokens.next();
    controller.abort(new Error("stop"));
    await expect(tokens.next()).rejects.toThrow("stop");
    await expectFree(used);
  });

  it("is not taken by a generator that never starts, nor by wrong options", async () => {
    const used = decoder(1);
    const idle = generateTokens(used, options);
    await expectFree(used);
    await idle.return();
    const late = generateTokens(used, options);
    const first = generateTokens(used, options);
    await first.next();
    await expect(late.next()).rejects.toThrow(/in use/);
    await first.return();
    await expectFree(used);
    await expect(beamSearch(used, { ...search, beams: 0 })).rejects.toThrow("beams");
    await expect(generate(used, { ...options, maxTokens: 0 })).rejects.toThrow("maxTokens");
    await expectFree(used);
  });

  it("is the same through a window, and another decoder is another", async () => {
    const used = decoder(1);
    const window = slidingWindow(slidingWindow(used, { capacity: 4 }), { capacity: 3 });
    const tokens = generateTokens(window, options);
    await tokens.next();
    await expect(generate(used, options)).rejects.toThrow(/in use by generateTokens/);
    await expect(generate(window, options)).rejects.toThrow(/in use by generateTokens/);
    await expectFree(decoder(1));
    await tokens.return();
    const inside = generateTokens(used, options);
    await inside.next();
    await expect(beamSearch(window, search)).rejects.toThrow(/in use/);
    await inside.return();
    await expectFree(used);
  });
});

describe("slidingWindow", () => {
  /** Remembers the longest context and refuses more than it can hold. */
  class Bounded extends FakeDecoder {
    constructor(batch: number, capacity: number) {
      super(batch, VOCABULARY, (context) => {
        if (context.length > capacity) throw new Error("full");
        return logits(context);
      });
    }
  }

  it.each([
    [8, undefined, 4],
    [8, 8, 8],
    [3, undefined, 1],
    [1, undefined, 1],
  ])("of %i tokens, keeping %s, writes without an end", async (capacity, keep, kept) => {
    const inner = new Bounded(2, capacity);
    const decoder = slidingWindow(inner, keep === undefined ? { capacity } : { capacity, keep });
    const [first] = await generate(decoder, { prompt: [[1], [2]], maxTokens: 40, seed: 3 });
    expect(first?.tokens).toHaveLength(40);
    const fills = inner.calls.slice(2).filter((call) => call !== "step" && call !== "reset");
    expect(new Set(fills)).toEqual(new Set([`prefill ${kept}`]));
    // what was read again is what came last
    const written = [1, ...(first?.tokens ?? [])];
    const held = inner.context[0] as number[];
    expect(held).toEqual(written.slice(-1 - held.length, -1));
    // a chain of second order does not feel a window of two or more
    if (kept > 1)
      expect(first?.tokens).toEqual(
        (await generate(new FakeDecoder(2, VOCABULARY, logits), { prompt: [[1], [2]], maxTokens: 40, seed: 3 }))[0]
          ?.tokens,
      );
  });

  it("begins anew behind exactly `capacity` tokens, not before", async () => {
    for (const whole of [true, false]) {
      const inner = new Bounded(2, 4);
      const decoder = slidingWindow(inner, { capacity: 4, keep: 2 });
      if (whole) await decoder.prefill(Int32Array.of(0, 1, 2, 3, 4, 3, 2, 1));
      else for (let i = 0; i < 4; i++) await decoder.step(Int32Array.of(i, 4 - i));
      expect(inner.calls).toEqual(whole ? ["prefill 4"] : new Array(4).fill("step"));
      const next = await decoder.step(Int32Array.of(1, 2));
      expect(inner.calls.slice(-2)).toEqual(["reset", "prefill 2"]);
      expect(inner.context).toEqual([
        [3, 1],
        [1, 2],
      ]);
      expect([...next]).toEqual([...logits([3, 1]), ...logits([1, 2])]);
      await decoder.step(Int32Array.of(0, 0));
      await decoder.step(Int32Array.of(0, 0));
      expect(inner.calls.slice(-2)).toEqual(["step", "step"]);
      await decoder.step(Int32Array.of(4, 4));
      expect(inner.calls.slice(-2)).toEqual(["reset", "prefill 2"]);
    }
  });

  it("has calls run in their order, and reads again after what failed", async () => {
    const inner = new Bounded(2, 4);
    const decoder = slidingWindow(inner, { capacity: 4, keep: 2 });
    const [first, moved, next] = [
      decoder.prefill(Int32Array.of(0, 1, 2, 3, 4, 3)),
      decoder.reorder(Int32Array.of(1, 0)),
      decoder.step(Int32Array.of(1, 2)),
    ];
    expect([...(await first)]).toEqual([...logits([0, 1, 2]), ...logits([3, 4, 3])]);
    await moved;
    expect([...(await next)]).toEqual([...logits([3, 4, 3, 1]), ...logits([0, 1, 2, 2])]);
    const prefill = inner.prefill.bind(inner);
    inner.prefill = () => Promise.reject(new Error("fails"));
    const [failing, behind] = [decoder.step(Int32Array.of(0, 0)), decoder.step(Int32Array.of(0, 0))];
    await expect(failing).rejects.toThrow("fails");
    await expect(behind).rejects.toThrow("step: a call before it failed");
    inner.prefill = prefill;
    await decoder.step(Int32Array.of(4, 0));
    expect(inner.context).toEqual([
      [1, 4],
      [2, 0],
    ]);
    const last = decoder.step(Int32Array.of(1, 1));
    decoder.reset();
    const anew = decoder.step(Int32Array.of(2, 3));
    expect([...(await last)]).toEqual([...logits([1, 4, 1]), ...logits([2, 0, 1])]);
    expect([...(await anew)]).toEqual([...logits([2]), ...logits([3])]);
    decoder.dispose();
    expect(() => decoder.reset()).toThrow("reset: the decoder was disposed of");
  });

  it("reads the end of a prompt that is too long, and follows reorder and reset", async () => {
    const inner = new Bounded(2, 4);
    const decoder = slidingWindow(inner, { capacity: 4, keep: 3 });
    await decoder.prefill(Int32Array.of(0, 1, 2, 3, 4, 4, 3, 2, 1, 0));
    expect(inner.context).toEqual([
      [2, 3, 4],
      [2, 1, 0],
    ]);
    await decoder.reorder(Int32Array.of(1, 1));
    await decoder.step(Int32Array.of(3, 4));
    await decoder.step(Int32Array.of(1, 2));
    expect(inner.context).toEqual([
      [0, 3, 1],
      [0, 4, 2],
    ]);
    decoder.reset();
    await decoder.prefill(Int32Array.of(1, 2, 3, 4));
    expect(inner.context).toEqual([
      [1, 2],
      [3, 4],
    ]);
    decoder.dispose();
    expect(inner.calls.at(-1)).toBe("dispose");
    expect([decoder.batch, decoder.vocabulary]).toEqual([2, VOCABULARY]);
  });

  it.each([
    [{ capacity: 0 }, "slidingWindow: capacity is 0"],
    [{ capacity: 4, keep: 5 }, "keep is 5, expected an integer from 1 to the capacity 4"],
    [{ capacity: 4, keep: 0 }, "keep is 0"],
  ])("refuses %o", (options, message) => {
    expect(() => slidingWindow(decoder(1), options)).toThrow(message);
  });
});
