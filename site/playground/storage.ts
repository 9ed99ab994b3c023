/** What the page remembers of the run that is under way, so that a closed tab can go on with it. */
import type { RunRequest } from "./protocol.ts";

const [database, store, key] = ["seqgrad playground", "run", "last"];

/** The last run that was not finished. */
export interface Remembered {
  readonly request: RunRequest;
  readonly step: number;
}

function inStore<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(database, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(store);
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const request = work(opening.result.transaction(store, mode).objectStore(store));
      request.onsuccess = () => {
        opening.result.close();
        resolve(request.result);
      };
      request.onerror = () => reject(request.error);
    };
  });
}

export const remember = (run: Remembered): Promise<unknown> => inStore("readwrite", (each) => each.put(run, key));
export const recall = (): Promise<Remembered | undefined> => inStore("readonly", (each) => each.get(key));

/** Forgets the run and what it had learned. */
export async function forget(id: string | undefined): Promise<void> {
  await inStore("readwrite", (each) => each.delete(key));
  if (id !== undefined) indexedDB.deleteDatabase(`seqgrad playground ${id}`);
}
