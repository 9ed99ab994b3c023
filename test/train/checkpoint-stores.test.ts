// Which checkpoints a store keeps, and that a file is there whole or not at all.
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import * as browser from "../../src/index.ts";
import {
  type CheckpointStore,
  folderCheckpoints,
  indexedDbCheckpoints,
  memoryCheckpoints,
  type StoreOptions,
} from "../../src/node.ts";
import { type Shelf, storeOn } from "../../src/train/checkpoint/store.ts";
import { FakeIndexedDb } from "../support/indexed-db.ts";

const folder = mkdtempSync(join(tmpdir(), "seqgrad-"));
afterAll(() => rmSync(folder, { recursive: true }));
const stepOf = (name: string) => Number(/checkpoint-(\d+)/.exec(name)?.[1]);
const bytes = (step: number) => Uint8Array.of(step, 1, 2);

let made = 0;
const stores: readonly (readonly [string, (options?: StoreOptions) => CheckpointStore])[] = [
  ["memory", memoryCheckpoints],
  ["a folder", (options) => folderCheckpoints(join(folder, "deep", String(made++)), options)],
  ["IndexedDB", (options) => indexedDbCheckpoints(`test ${made++}`, options)],
];

describe.each(stores)("%s", (_, make) => {
  const indexedDB = new FakeIndexedDb();
  beforeEach(() => void vi.stubGlobal("indexedDB", indexedDB));
  afterEach(() => {
    vi.unstubAllGlobals();
    expect(indexedDB.opened).toBe(0);
  });

  const steps = async (store: CheckpointStore) => {
    const [last, best] = [await store.load(), await store.load("best")];
    return [last && [stepOf(last.name), [...last.bytes]], best && stepOf(best.name)];
  };

  test("is empty at first, and again when it was cleared", async () => {
    const store = make();
    expect(await steps(store)).toEqual([undefined, undefined]);
    await store.clear();
    await store.save(bytes(4), { step: 4 });
    expect(await steps(store)).toEqual([[4, [4, 1, 2]], undefined]);
    await store.clear();
    expect(await steps(store)).toEqual([undefined, undefined]);
  });

  test("keeps the last ones and the best", async () => {
    for (const [best, expected] of [
      ["min", 10],
      ["max", 9],
    ] as const) {
      const store = make({ keep: 2, best });
      for (const [step, measure] of [
        [8, -0.5],
        [9, 1e21],
        [10, -1.5e-7 - 1],
        [11, Number.NaN],
        [12, undefined],
        [100, Number.POSITIVE_INFINITY],
      ] as const) {
        await store.save(bytes(step), { step, ...(measure === undefined ? {} : { measure }) });
      }
      expect(await steps(store)).toEqual([[100, [100, 1, 2]], expected]);
      // gone back to: what was after it is not its continuation
      await store.save(bytes(50), { step: 50, measure: best === "min" ? 5 : -5 });
      expect(await steps(store)).toEqual([[50, [50, 1, 2]], expected]);
      // one of another name knows nothing of it
      expect(await make().load()).toBeUndefined();
      await store.save(bytes(60), { step: 50, measure: 6 });
      expect((await steps(store))[0]).toEqual([50, [60, 1, 2]]);
    }
  });

  test("gives copies", async () => {
    const store = make();
    const given = bytes(1);
    await store.save(given, { step: 1 });
    given[0] = 7;
    ((await store.load()) as { bytes: Uint8Array }).bytes[0] = 8;
    expect((await store.load())?.bytes[0]).toBe(1);
  });
});

test("steps are in order however what they lie on gives their names", async () => {
  const kept = new Map<string, Uint8Array<ArrayBuffer>>();
  // not in the order of their texts either: the last has a digit more than the names have room for
  const steps = [3, 10 ** 9, 7, 999_999_999, 1];
  const shelf: Shelf = {
    async put(name, bytes, outdated) {
      kept.set(name, bytes);
      outdated([...kept.keys()]);
    },
    async get(pick) {
      const name = pick([...kept.keys()]);
      return name === undefined ? undefined : { name, bytes: bytes(0) };
    },
    async clear() {},
  };
  const store = storeOn("test", shelf, {});
  for (const step of steps) await store.save(bytes(0), { step, measure: step === 7 || step === 3 ? 0.5 : 1 });
  expect(stepOf((await store.load())?.name ?? "")).toBe(10 ** 9);
  // of the same measure the earlier one
  expect(stepOf((await store.load("best"))?.name ?? "")).toBe(3);
  kept.delete([...kept.keys()][1] as string);
  expect(stepOf((await store.load())?.name ?? "")).toBe(999_999_999);
});

test("a folder has no drafts and leaves other files alone", async () => {
  const own = join(folder, "own");
  const store = folderCheckpoints(own, { keep: 1 });
  await store.save(bytes(1), { step: 1 });
  const name = readdirSync(own)[0] as string;
  for (const other of ["notes.txt", `${name}.999999999.tmp`, `${name.replace("1", "2")}.${process.pid}.tmp`]) {
    writeFileSync(join(own, other), "");
    utimesSync(join(own, other), 0, 0);
  }
  await store.save(bytes(3), { step: 3 });
  // the draft of a process that is no more is removed, that of a living one stays
  const left = [`${name.replace("1", "2")}.${process.pid}.tmp`, "notes.txt"];
  expect(readdirSync(own).sort()).toEqual([...left, name.replace("1", "3")].sort());
  await store.clear();
  expect(readdirSync(own).sort()).toEqual(left);
});

test("what cannot be kept", async () => {
  writeFileSync(join(folder, "file"), "");
  await expect(folderCheckpoints(join(folder, "file")).save(bytes(1), { step: 1 })).rejects.toThrow(/EEXIST|ENOTDIR/);
  await expect(memoryCheckpoints().save(bytes(1), { step: 0.5 })).rejects.toThrow("info.step is 0.5");
  await expect(memoryCheckpoints().save(bytes(1), { step: 1, measure: "0.5" as never })).rejects.toThrow(
    'memoryCheckpoints.save: info.measure is "0.5", expected a number',
  );
  expect(() => memoryCheckpoints({ keep: 0 })).toThrow("keep is 0, expected a positive integer");
  expect(() => browser.folderCheckpoints("x")).toThrow(/hosts without files, expected seqgrad\/node/);
  await expect(browser.indexedDbCheckpoints().load()).rejects.toThrow(/no IndexedDB.*use folderCheckpoints/);
});
