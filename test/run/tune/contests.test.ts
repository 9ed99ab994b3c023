import { describe, expect, test } from "vitest";
import { OutOfMemoryError } from "../../../src/errors.ts";
import type { AdapterProfile } from "../../../src/graph/lowering.ts";
import { buildProgram } from "../../../src/plan/build.ts";
import { type Build, findContests, isReady } from "../../../src/run/tune/contests.ts";
import { adapterOf, hyper, input } from "../../plan/support.ts";
import { nested, rowSoftmax, rowSoftmaxKey } from "./support.ts";

const none = new Set<string>();
const knowing = (...measured: [string, string][]): AdapterProfile => ({ ...adapterOf(), measured: new Map(measured) });

/** Rows of two lengths, the shorter ones twice. */
const rows: Build = (() => {
  const [x, long] = [input([8, 4]), input([8, 4096])];
  const outputs = { y: rowSoftmax(rowSoftmax(x)), z: rowSoftmax(long) };
  return (adapter) => buildProgram({ adapter, hyper, inputs: [x, long], outputs, locate: () => undefined });
})();
const [short, long] = [rowSoftmaxKey(8, 4), rowSoftmaxKey(8, 4096)];

const nestedBuild: Build = (() => {
  const x = input([8]);
  const y = nested(x);
  return (adapter) => buildProgram({ adapter, hyper, inputs: [x], outputs: { y }, locate: () => undefined });
})();

describe("open choices", () => {
  test("are found once each, heaviest first, with a place for each way", () => {
    let builds = 0;
    const contests = findContests(
      (adapter) => {
        builds++;
        return rows(adapter);
      },
      knowing(),
      none,
    );
    expect(contests.map(({ key }) => key)).toEqual([long, short]);
    expect(builds).toBe(2);
    for (const { places, weight } of contests) {
      expect([...places.keys()]).toEqual(["group", "thread"]);
      for (const [way, { program, choice }] of places) {
        const { pipeline } = program.dispatches[choice.start] as (typeof program.dispatches)[number];
        expect(program.pipelines[pipeline]?.kernel).toBe(
          way === "group" ? "softmax_parallel_forward" : "softmax_serial_forward",
        );
      }
      expect(weight).toBeGreaterThan(0);
    }
  });

  test("are those that neither were measured nor are settled", () => {
    const keys = (adapter: AdapterProfile, settled = none) => findContests(rows, adapter, settled).map((c) => c.key);
    expect(keys(knowing([short, "group"]))).toEqual([long]);
    expect(keys(knowing([short, "nonsense"]))).toEqual([long, short]);
    expect(keys(knowing([short, "group"]), new Set([long]))).toEqual([]);
  });

  test("inside another one's way are found there, and come before it", () => {
    const contests = findContests(nestedBuild, knowing(), none);
    expect(contests.map(({ key }) => key).sort()).toEqual(["outer", "outer step"]);
    const [outer, step] = ["outer", "outer step"].map((key) => contests.find((each) => each.key === key));
    expect([...(outer?.places.keys() ?? [])]).toEqual(["whole", "steps"]);
    expect([...(step?.places.keys() ?? [])]).toEqual(["short", "long"]);
    expect(outer && isReady(outer, knowing(), none)).toBe(false);
    expect(step && isReady(step, knowing(), none)).toBe(true);

    const later = knowing(["outer step", "long"]);
    const [again, ...rest] = findContests(nestedBuild, later, none);
    expect(rest).toEqual([]);
    expect(again && isReady(again, later, none)).toBe(true);
    const choice = again?.places.get("steps")?.choice;
    expect([choice?.start, choice?.end]).toEqual([0, 6]);
  });

  test("leave out ways for which there is no memory", () => {
    const build: Build = (adapter) => {
      if (adapter.measured?.size) throw new OutOfMemoryError("plan: no room");
      return rows(adapter);
    };
    for (const { places } of findContests(build, knowing(), none)) expect([...places.keys()]).toEqual(["group"]);
    const broken: Build = () => {
      throw new OutOfMemoryError("plan: no room");
    };
    expect(() => findContests(broken, knowing(), none)).toThrow("no room");
  });
});
