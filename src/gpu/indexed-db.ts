import { UnsupportedError } from "../errors.ts";

/** Which objects of which database, for whom, and what serves in hosts that have none. */
export interface IndexedDbRequest {
  readonly op: string;
  readonly remedy: string;
  readonly database: string;
  readonly name: string;
  readonly mode: IDBTransactionMode;
}

/**
 * Works on IndexedDB in one transaction: all of it is done, and on the disk, when this resolves, or none of it. Throws
 * UnsupportedError where there is no IndexedDB.
 */
export async function inIndexedDb<T>(
  { op, remedy, database, name, mode }: IndexedDbRequest,
  work: (store: IDBObjectStore) => Promise<T>,
): Promise<T> {
  const factory = (globalThis as { indexedDB?: IDBFactory }).indexedDB;
  if (!factory) {
    throw new UnsupportedError(
      `${op}: this host has no IndexedDB, expected a page or a worker; use ${remedy} in Node and Deno`,
    );
  }
  const opening = factory.open(database, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(name);
  const db = await done(opening);
  try {
    const transaction = db.transaction(name, mode, { durability: "strict" });
    const committed = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    // told by the work's own failure, where that comes first
    committed.catch(() => {});
    const result = await work(transaction.objectStore(name));
    await committed;
    return result;
  } finally {
    db.close();
  }
}

/** What a request gives. */
export const done = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
