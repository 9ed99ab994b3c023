/**
 * Takes away what the frame's policy leaves: the policy closes the network, these lead to what the origin stores, to its
 * other pages, and to workers that would have all of it again. Imported before anything else.
 */
const taken = [
  "indexedDB",
  "caches",
  "cookieStore",
  "BroadcastChannel",
  "Worker",
  "SharedWorker",
  "Notification",
  "webkitRequestFileSystem",
  "webkitRequestFileSystemSync",
  "webkitResolveLocalFileSystemURL",
  "webkitResolveLocalFileSystemSyncURL",
];
const takenOfNavigator = ["storage", "storageBuckets", "locks", "serviceWorker", "usb", "hid", "serial"];

function take(start: object, names: readonly string[]): void {
  for (let each: object | null = start; each && each !== Object.prototype; each = Object.getPrototypeOf(each)) {
    for (const name of names) if (Object.hasOwn(each, name)) Reflect.deleteProperty(each, name);
  }
  for (const name of names) if (name in start) Object.defineProperty(start, name, { value: undefined });
}
take(globalThis, taken);
take(navigator, takenOfNavigator);
