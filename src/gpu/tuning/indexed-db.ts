import { UnsupportedError } from "../../errors.ts";
import { checkArgument, text } from "../../options.ts";
import type { TunedChoices, TuningStore } from "./store.ts";

const STORE = "choices";

/**
 * Remembers in IndexedDB, which pages and workers of one origin share; a database of this name is made. What is broken there
 * is dropped with a warning. Throws UnsupportedError where there is no IndexedDB.
 */
export function indexedDbTuning(database = "seqgrad tuning"): TuningStore {
  checkArgument("indexedDbTuning", "database", database, text);
  return {
    load: (adapter) =>
      inStore(database, "readonly", async (store) => readChoices(await done(store.get(adapter)), adapter)),
    save: (adapter, choices) =>
      // reading and writing are one transaction: pages and workers that save at the same time do not undo each other
      inStore(database, "readwrite", async (store) => {
        const before = readChoices(await done(store.get(adapter)), adapter);
        await done(store.put({ ...before, ...choices }, adapter));
      }),
  };
}

async function inStore<T>(
  database: string,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => Promise<T>,
): Promise<T> {
  const factory = (globalThis as { indexedDB?: IDBFactory }).indexedDB;
  if (!factory) {
    throw new UnsupportedError(
      "indexedDbTuning: this host has no IndexedDB, expected a page or a worker; use fileTuning in Node and Deno",
    );
  }
  const opening = factory.open(database, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const db = await done(opening);
  try {
    const transaction = db.transaction(STORE, mode);
    const committed = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    // told by the work's own failure, where that comes first
    committed.catch(() => {});
    const result = await work(transaction.objectStore(STORE));
    await committed;
    return result;
  } finally {
    db.close();
  }
}

const done = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

function readChoices(found: unknown, adapter: string): TunedChoices | undefined {
  if (found === undefined) return undefined;
  const isRecord = typeof found === "object" && found !== null && !Array.isArray(found);
  if (isRecord && Object.values(found).every((way) => typeof way === "string")) return found as TunedChoices;
  console.warn(`tuning: IndexedDB holds no choices for ${adapter}; it is ignored and will be written anew`);
  return undefined;
}
