import { done, inIndexedDb } from "../../gpu/indexed-db.ts";
import { checkArgument, text } from "../../options.ts";
import { type CheckpointStore, type Shelf, type StoreOptions, storeOn } from "./store.ts";

/**
 * Checkpoints in IndexedDB, which pages and workers of one origin share; a database of this name is made. One is there whole
 * or not at all, whenever the tab closes. Throws UnsupportedError where there is no IndexedDB.
 */
export function indexedDbCheckpoints(database = "seqgrad checkpoints", options?: StoreOptions): CheckpointStore {
  checkArgument("indexedDbCheckpoints", "database", database, text);
  const inStore = <T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => Promise<T>): Promise<T> =>
    inIndexedDb({ op: "indexedDbCheckpoints", remedy: "folderCheckpoints", database, name: "checkpoints", mode }, work);
  const namesIn = async (store: IDBObjectStore) => (await done(store.getAllKeys())).map(String);
  const shelf: Shelf = {
    put: (name, bytes, outdated) =>
      inStore("readwrite", async (store) => {
        await done(store.put(bytes, name));
        for (const gone of outdated(await namesIn(store))) await done(store.delete(gone));
      }),
    get: (pick) =>
      inStore("readonly", async (store) => {
        const name = pick(await namesIn(store));
        return name === undefined ? undefined : { name, bytes: await done(store.get(name)) };
      }),
    clear: () => inStore("readwrite", (store) => done(store.clear())),
  };
  return storeOn("indexedDbCheckpoints", shelf, options);
}
