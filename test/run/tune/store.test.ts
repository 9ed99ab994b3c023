import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ArgumentError, UnsupportedError } from "../../../src/errors.ts";
import { TuningMemory } from "../../../src/gpu/tuning/memory.ts";
import { formatTuning, parseTuning } from "../../../src/gpu/tuning/store.ts";
import { fileTuning as fileless, indexedDbTuning } from "../../../src/index.ts";
import { fileTuning, localStorageTuning, memoryTuning, type TuningStore } from "../../../src/node.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "seqgrad-tuning-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** As browsers have it. */
function stubLocalStorage(): Map<string, string> {
  const items = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => items.set(key, value),
  });
  return items;
}

describe.for<[string, () => TuningStore]>([
  ["memory", memoryTuning],
  ["localStorage", () => localStorageTuning()],
  ["file", () => fileTuning(join(folder, "deep", "tuning.json"))],
])("%s", ([, make]) => {
  test("keeps the choices of each adapter and adds to them", async () => {
    stubLocalStorage();
    const store = make();
    expect(await store.load("one")).toBeUndefined();
    await store.save("one", { "matmul 1": "tiled", "matmul 2": "naive" });
    await store.save("two", { "matmul 1": "naive" });
    await store.save("one", { "matmul 2": "tiled", "matmul 3": "naive" });
    expect(await store.load("one")).toEqual({ "matmul 1": "tiled", "matmul 2": "tiled", "matmul 3": "naive" });
    expect(await store.load("two")).toEqual({ "matmul 1": "naive" });
    expect(await store.load("three")).toBeUndefined();
  });
});

test("the text does not depend on the order", () => {
  const text = formatTuning({ b: { y: "1", x: "2" }, a: {} });
  expect(text).toBe(formatTuning({ a: {}, b: { x: "2", y: "1" } }));
  expect(parseTuning(text, "text")).toEqual({ a: {}, b: { x: "2", y: "1" } });
});

describe("what is no tuning file", () => {
  const bad = [
    ["", /is no JSON/],
    ['{"format": "seqg', /is no JSON/],
    ['{"name": "some package"}', /has the format of something else/],
    ['{"format": "seqgrad tuning 99", "adapters": {}}', /has the format "seqgrad tuning 99"/],
    ['{"format": "seqgrad tuning 1"}', /has no adapters/],
    ['{"format": "seqgrad tuning 1", "adapters": {"a": []}}', /has no choices for "a"/],
    ['{"format": "seqgrad tuning 1", "adapters": {"a": {"matmul": 1}}}', /has 1 for "matmul"/],
    [`{"format": "${"x".repeat(3e6)}"}`, /has the format "x{60}…", expected/],
    [`{"format": "seqgrad tuning 1", "adapters": {"${"x".repeat(3e6)}": 1}}`, /has no choices for "x{60}…", expected/],
  ] as const;

  test.for(bad)("%# in a file is refused and stays", async ([text, message]) => {
    const path = join(folder, "tuning.json");
    writeFileSync(path, text);
    const store = fileTuning(path);
    await expect(store.load("a")).rejects.toThrow(message);
    await expect(store.load("a")).rejects.toMatchObject({ name: "DataError" });
    await expect(store.load("a")).rejects.toThrow(path);
    await expect(store.load("a")).rejects.toThrow(/^.{1,1000}$/);
    await expect(store.save("a", { x: "y" })).rejects.toThrow(message);
    expect(readFileSync(path, "utf8")).toBe(text);
    expect(readdirSync(folder)).toEqual(["tuning.json"]);
  });

  test.for(bad)("%# in localStorage is dropped with a warning", ([text, message]) => {
    const items = stubLocalStorage();
    items.set("seqgrad tuning", text);
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const store = localStorageTuning();
    expect(store.load("a")).toBeUndefined();
    expect(warn.mock.calls.flat().join()).toMatch(message);
    store.save("a", { x: "y" });
    expect(store.load("a")).toEqual({ x: "y" });
  });
});

test("a file's drafts that a killed process left are removed, others stay", async () => {
  const path = join(folder, "tuning.json");
  const dead = spawnSync(process.execPath, ["-e", ""]).pid;
  const hourAgo = Date.now() / 1000 - 3600;
  const names = {
    [`tuning.json.${dead}.tmp`]: hourAgo,
    [`tuning.json.${dead}1.tmp.${dead}.tmp`]: hourAgo,
    [`other.json.${dead}.tmp`]: hourAgo,
    [`tuning.json.${process.ppid}.tmp`]: hourAgo,
  };
  for (const [name, time] of Object.entries(names)) {
    writeFileSync(join(folder, name), "{");
    utimesSync(join(folder, name), time, time);
  }
  const young = `tuning.json.${dead}0.tmp`;
  writeFileSync(join(folder, young), "{");
  await fileTuning(path).save("a", { x: "y" });
  const stay = Object.keys(names).filter((name) => name !== `tuning.json.${dead}.tmp`);
  expect(readdirSync(folder).sort()).toEqual([...stay, young, "tuning.json"].sort());
});

test.each([undefined, null, 3, {}, Symbol("path")])("fileTuning refuses the path %o", (path) => {
  expect(() => fileTuning(path as string)).toThrow(ArgumentError);
});

test("without files or IndexedDB the error says what to do", async () => {
  expect(() => fileless("tuning.json")).toThrow(
    /^fileTuning: .*use localStorageTuning, or indexedDbTuning in a worker$/,
  );
  expect(() => fileless("tuning.json")).toThrow(UnsupportedError);
  await expect(indexedDbTuning().load("a")).rejects.toThrow(
    /has no IndexedDB, expected a page or a worker; use fileTuning/,
  );
  await expect(indexedDbTuning().save("a", {})).rejects.toThrow(UnsupportedError);
});

test("without localStorage the error says what to do", () => {
  vi.stubGlobal("localStorage", undefined);
  expect(() => localStorageTuning().load("a")).toThrow(/has no localStorage .* indexedDbTuning/);
});

test("a store that cannot be written costs one warning", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const memory = new TuningMemory("adapter", {
    load: () => undefined,
    save: () => Promise.reject(new Error("disk full")),
  });
  await memory.remember(new Map([["a", "x"]]));
  await memory.remember(new Map([["b", "y"]]));
  expect([...memory.choices]).toEqual([
    ["a", "x"],
    ["b", "y"],
  ]);
  expect(warn).toHaveBeenCalledTimes(1);
  expect(warn.mock.calls[0]?.[0]).toContain("disk full");
});
