import { checkArgument, text } from "../../options.ts";
import { done, inIndexedDb } from "../indexed-db.ts";
import type { TunedChoices, TuningStore } from "./store.ts";

const STORE = "choices";

/**
 * Remembers in IndexedDB, which pages and workers of one origin share; a database of this name is made. What is broken there
 * is dropped with a warning. Throws UnsupportedError where there is no IndexedDB.
 */
export function indexedDbTuning(database = "seqgrad tuning"): TuningStore {
  checkArgument("indexedDbTuning", "database", database, text);
  const inStore = <T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => Promise<T>): Promise<T> =>
    inIndexedDb({ op: "indexedDbTuning", remedy: "fileTuning", database, name: STORE, mode }, work);
  return {
    load: (adapter) => inStore("readonly", async (store) => readChoices(await done(store.get(adapter)), adapter)),
    save: (adapter, choices) =>
      // reading and writing are one transaction: pages and workers that save at the same time do not undo each other
      inStore("readwrite", async (store) => {
        const before = readChoices(await done(store.get(adapter)), adapter);
        await done(store.put({ ...before, ...choices }, adapter));
      }),
  };
}

function readChoices(found: unknown, adapter: string): TunedChoices | undefined {
  if (found === undefined) return undefined;
  const isRecord = typeof found === "object" && found !== null && !Array.isArray(found);
  if (isRecord && Object.values(found).every((way) => typeof way === "string")) return found as TunedChoices;
  console.warn(`tuning: IndexedDB holds no choices for ${adapter}; it is ignored and will be written anew`);
  return undefined;
}
