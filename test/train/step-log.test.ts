// Numbers of steps, what is known of each, and what a failure says, with a diagnosis that only tells what it was asked.
import { beforeEach, describe, expect, test, vi } from "vitest";
import { NonFiniteError } from "../../src/errors.ts";
import type { FailedStep } from "../../src/train/diagnosis.ts";
import type { Verdict } from "../../src/train/guard.ts";
import { StepLog } from "../../src/train/step-log.ts";

const asked = vi.hoisted(() => ({ steps: [] as FailedStep[], answer: Promise.resolve() }));
vi.mock("../../src/train/diagnosis.ts", () => ({
  diagnose: async (_device: unknown, _trace: unknown, failed: FailedStep) => {
    asked.steps.push(failed);
    await asked.answer;
    return { module: "rnn", text: "the first module is rnn" };
  },
}));

beforeEach(() => {
  asked.steps.length = 0;
  asked.answer = Promise.resolve();
});

const executable = { replay: { inputPlace: (name: string) => `buffer ${name}` }, request: {}, seed: 7 };
const program = { executable, trace: {} };
const make = (stops = true) => new StepLog(() => program as never, stops);
const fine = (heldCount = 0, held = false): Verdict => ({ loss: 2, gradNorm: 3, held, heldCount, latch: null });
const failed = (step: number, what: "loss" | "gradient" | "carry" = "loss"): Verdict => ({
  loss: Number.NaN,
  gradNorm: Number.POSITIVE_INFINITY,
  held: true,
  heldCount: 1,
  latch: { step, what },
});
const errorOf = (judged: Promise<unknown>): Promise<NonFiniteError> =>
  judged.then(
    () => expect.fail("it went well"),
    (error: unknown) => {
      expect(error).toBeInstanceOf(NonFiniteError);
      return error as NonFiniteError;
    },
  );

describe("steps that go well", () => {
  test("are numbered from 1, and unread unless somebody waits for the last one", async () => {
    const log = make();
    expect([log.steps, log.unread]).toEqual([0, false]);
    const first = log.begin(["x"], true);
    expect([first.serial, log.steps, log.unread]).toEqual([1, 1, false]);
    log.begin(["x"], false);
    expect([log.steps, log.unread]).toEqual([2, true]);
    expect(log.read().serial).toBe(2);
    expect(log.unread).toBe(false);
    log.begin(["x"], false);
    log.begin(["x"], true);
    expect(log.unread).toBe(false);
    expect(await log.judge(fine(), first)).toEqual({ loss: 2, gradNorm: 3, skipped: false });
    expect([log.failure, log.error, log.recover()]).toEqual([undefined, undefined, false]);
  });

  test("count as skipped by the most that was ever known", async () => {
    const log = make(false);
    const [a, b] = [log.begin([], true), log.begin([], true)];
    expect((await log.judge(fine(2, true), b)).skipped).toBe(true);
    expect((await log.judge(fine(1), a)).skipped).toBe(false);
    expect([log.skipped, log.steps]).toEqual([2, 2]);
  });
});

describe("a run that goes back", () => {
  test("numbers steps from there, tells them from those before, and owes nobody an answer", async () => {
    const log = make();
    for (let i = 0; i < 3; i++) log.begin(["x"], false);
    await log.judge(fine(2), log.read());
    log.begin(["x"], false);
    log.rewind(1, 0);
    expect([log.steps, log.skipped, log.unread, log.failure]).toEqual([1, 0, false, undefined]);
    const again = log.begin(["y"], false);
    expect([again.serial, log.steps, log.unread]).toEqual([5, 2, true]);
    const error = await errorOf(log.judge(failed(2), again));
    expect(error.step).toBe(2);
    expect(log.steps).toBe(1);
    log.rewind(0, 0);
    expect([log.steps, log.unread, log.failure, log.error]).toEqual([0, false, undefined, undefined]);
  });
});

describe("a step that stops training", () => {
  test("says its numbers to who waits for it, and no numbers to those behind it", async () => {
    for (const [what, own, behind] of [
      ["loss", "the loss is NaN", "the loss is not finite"],
      ["gradient", "the norm of the gradients is Infinity", "the norm of the gradients is not finite"],
      ["carry", "the next carry is not finite", "the next carry is not finite"],
    ] as const) {
      for (const [reader, text] of [
        [1, own],
        [2, behind],
      ] as const) {
        const log = make();
        const tickets = [0, 1, 2].map(() => log.begin([], true));
        const error = await errorOf(log.judge(failed(2, what), tickets[reader] as (typeof tickets)[number]));
        expect(error.message.startsWith(`Trainer: step 2: ${text}, expected finite numbers: the first module`)).toBe(
          true,
        );
        expect([error.step, error.what, error.module]).toEqual([2, what, "rnn"]);
        expect(asked.steps.at(-1)).toMatchObject({ step: 2, seed: 7, what });
      }
    }
  });

  test("takes itself and those behind it out of the count, once, and all hear of the same error", async () => {
    const log = make();
    const [, second, third] = [0, 1, 2].map(() => log.begin([], false));
    const judged = log.judge(failed(2), second as never);
    expect(log.error).toBeUndefined();
    expect([log.steps, log.unread]).toEqual([1, false]);
    expect(log.failure).toBeDefined();
    const error = await errorOf(judged);
    expect(await errorOf(log.judge(failed(2), third as never))).toBe(error);
    expect([log.error, await log.failure, log.steps, asked.steps.length]).toEqual([error, error, 1, 1]);
  });

  test("lets steps count on from there after recover, for as many failures as there are", async () => {
    const log = make();
    for (let round = 0; round < 3; round++) {
      const data = Float32Array.of(round);
      const tickets = [0, 1, 2].map(() => {
        const ticket = log.begin(["x", "y"], true);
        log.keep("x", data);
        return ticket;
      });
      expect(tickets.map(({ serial }) => serial)).toEqual([1, 2, 3].map((n) => n + 3 * round));
      expect(log.read().serial).toBe(3 * round + 3);
      const step = round + 2;
      const error = await errorOf(log.judge(failed(step), tickets[1] as never));
      expect(error.step).toBe(step);
      expect(error.message).toContain("the loss is NaN");
      // later steps wrote where it lay: what was kept of it
      expect(asked.steps.at(-1)?.inputOf("x")).toEqual(data);
      expect(asked.steps.at(-1)?.inputOf("y")).toBeUndefined();
      expect(log.steps).toBe(round + 1);
      expect([log.recover(), log.recover()]).toEqual([true, false]);
      expect([log.failure, log.error]).toEqual([undefined, undefined]);
    }
  });

  test("is not looked for among modules where training went on meanwhile", async () => {
    const log = make();
    const ticket = log.begin([], true);
    let proceed = () => {};
    asked.answer = new Promise((resolve) => {
      proceed = resolve;
    });
    const judged = log.judge(failed(1), ticket);
    log.recover();
    proceed();
    const error = await errorOf(judged);
    expect([error.module, log.error]).toEqual([null, undefined]);
    expect(error.message).toContain("no module can be named, because training went on");
  });
});

describe("an input of the step that failed", () => {
  const inputOf = async (log: StepLog, serial: number, name: string) => {
    await errorOf(log.judge(failed(serial), { serial, period: log.read().period }));
    return asked.steps.at(-1)?.inputOf(name);
  };

  test("lies in its buffer where no later step wrote it", async () => {
    const log = make();
    log.begin(["x"], true);
    log.begin([], true);
    expect(await inputOf(log, 1, "x")).toBe("buffer x");
    expect(asked.steps.at(-1)?.inputOf("never written")).toBe("buffer never written");
  });

  test("is what was kept, where a later step or somebody between steps wrote it", async () => {
    for (const write of [(log: StepLog) => log.begin(["x"], true), (log: StepLog) => log.wrote(["x"])]) {
      const log = make();
      log.begin(["x", "y"], true);
      log.keep("x", Float32Array.of(5));
      write(log);
      expect(await inputOf(log, 1, "x")).toEqual(Float32Array.of(5));
      expect(asked.steps.at(-1)?.inputOf("y")).toBe("buffer y");
    }
  });

  test("written between steps lies there for the next step", async () => {
    const log = make();
    log.begin([], true);
    log.wrote(["x"]);
    log.begin([], true);
    expect(await inputOf(log, 2, "x")).toBe("buffer x");
  });

  test("is gone where nothing is kept, or its step went well", async () => {
    for (const stops of [true, false]) {
      const log = make(stops);
      const [first] = [0, 1].map(() => {
        const ticket = log.begin(["x"], true);
        log.keep("x", Float32Array.of(5));
        return ticket;
      });
      if (stops) await log.judge(fine(), first as never);
      expect(await inputOf(log, 1, "x")).toBeUndefined();
      expect(asked.steps.at(-1)?.inputOf("x")).toBeUndefined();
    }
  });
});
