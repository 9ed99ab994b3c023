/**
 * What `src/gpu/indexed-db.ts` asks of IndexedDB, in memory, for hosts that have none: requests that are answered later and in
 * order, transactions that are done as a whole when nothing is asked of them any more, and objects that are copies.
 */
export class FakeIndexedDb {
  readonly #databases = new Map<string, Map<string, Map<string, unknown>>>();
  /** Databases that are open. */
  opened = 0;

  open(name: string, _version: number): object {
    const known = this.#databases.get(name);
    const stores = known ?? new Map<string, Map<string, unknown>>();
    this.#databases.set(name, stores);
    const opening = { result: this.#database(stores), onupgradeneeded: () => {}, onsuccess: () => {} };
    later(() => {
      if (!known) opening.onupgradeneeded();
      this.opened++;
      opening.onsuccess();
    });
    return opening;
  }

  #database(stores: Map<string, Map<string, unknown>>): object {
    return {
      createObjectStore: (name: string) => void stores.set(name, new Map()),
      close: () => void this.opened--,
      transaction(name: string, mode: "readonly" | "readwrite") {
        const kept = stores.get(name);
        if (!kept) throw new Error(`there is no object store ${name}`);
        const draft = new Map(kept);
        const transaction = { oncomplete: () => {}, objectStore: () => store };
        let asked = 0;
        const ask = <T>(run: () => T, writes = false) => {
          if (writes && mode === "readonly") throw new Error("the transaction only reads");
          asked++;
          const request = { result: undefined as T | undefined, onsuccess: () => {} };
          later(() => {
            request.result = run();
            request.onsuccess();
            later(() => {
              if (--asked > 0) return;
              stores.set(name, draft);
              transaction.oncomplete();
            });
          });
          return request;
        };
        const store = {
          put: (value: unknown, key: string) => ask(() => void draft.set(key, structuredClone(value)), true),
          get: (key: string) => ask(() => structuredClone(draft.get(key))),
          getAllKeys: () => ask(() => [...draft.keys()].sort()),
          delete: (key: string) => ask(() => void draft.delete(key), true),
          clear: () => ask(() => draft.clear(), true),
        };
        return transaction;
      },
    };
  }
}

/** When all promises that wait have gone on. */
const later = (call: () => void): void => void setTimeout(call);
