/** Where checkpoints are kept, and which of them. */
import { ArgumentError, UnsupportedError } from "../../errors.ts";
import { checkArgument, checkOptions, count, type KindsOf, oneOf, required, show, text } from "../../options.ts";

/** What a store is told of a checkpoint. */
export interface CheckpointInfo {
  /** Steps until then. */
  readonly step: number;
  /** How good the model was then: what the best is chosen by. */
  readonly measure?: number | undefined;
}

/** A checkpoint as a store gives it. */
export interface StoredCheckpoint {
  /** For messages. */
  readonly name: string;
  /** The whole file. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Where checkpoints are kept. */
export interface CheckpointStore {
  /** Puts a checkpoint in place, whole or not at all, and removes those that need not be kept. */
  save(bytes: Uint8Array<ArrayBuffer>, info: CheckpointInfo): void | Promise<void>;
  /** The last one (default), or that with the best measure; undefined where there is none. */
  load(which?: "last" | "best"): StoredCheckpoint | undefined | Promise<StoredCheckpoint | undefined>;
  /** Removes all of them. */
  clear(): void | Promise<void>;
}

/** Options of `memoryCheckpoints`, `indexedDbCheckpoints` and `folderCheckpoints`. */
export interface StoreOptions {
  /** How many of the last checkpoints are kept, beside the best; 3. */
  readonly keep?: number | undefined;
  /** Whether the best measure is the smallest (`"min"`, default: a loss) or the largest (`"max"`: an accuracy). */
  readonly best?: "min" | "max" | undefined;
}

/** @internal What checkpoints lie on, by name. Each function is one transaction. */
export interface Shelf {
  /** Puts one in place, whole or not at all; then removes what `outdated` names of those that are there. */
  put(
    name: string,
    bytes: Uint8Array<ArrayBuffer>,
    outdated: (names: readonly string[]) => readonly string[],
  ): Promise<void>;
  get(pick: (names: readonly string[]) => string | undefined): Promise<StoredCheckpoint | undefined>;
  clear(isOurs: (name: string) => boolean): Promise<void>;
}

const kinds: KindsOf<StoreOptions> = { keep: count, best: oneOf("min", "max") };

/** @internal A store on a shelf. Names say step and measure, so that nothing is opened to choose among them. */
export function storeOn(op: string, shelf: Shelf, options: StoreOptions | undefined): CheckpointStore {
  checkOptions(op, options, kinds);
  const { keep = 3, best = "min" } = options ?? {};
  return {
    async save(bytes, info) {
      const name = nameOf(op, info);
      await shelf.put(name, bytes, (names) => outdated(names, info.step, name, keep, best));
    },
    async load(which = "last") {
      checkArgument(`${op}.load`, "which", which, oneOf("last", "best"));
      return shelf.get((names) => (which === "last" ? lastOf(names) : bestOf(names, best))?.name);
    },
    clear: () => shelf.clear((name) => entryOf(name) !== undefined),
  };
}

interface Entry {
  readonly name: string;
  readonly step: number;
  readonly measure: number;
}

function nameOf(op: string, { step, measure }: CheckpointInfo): string {
  checkArgument(`${op}.save`, "info.step", step, required({ expected: "an integer ≥ 0", fits: Number.isSafeInteger }));
  if (measure !== undefined && typeof measure !== "number") {
    throw new ArgumentError(`${op}.save: info.measure is ${show(measure)}, expected a number`);
  }
  const suffix = measure !== undefined && Number.isFinite(measure) ? `_${measure}` : "";
  return `checkpoint-${String(step).padStart(9, "0")}${suffix}.safetensors`;
}

/** NaN stands for no measure. */
function entryOf(name: string): Entry | undefined {
  const [, step, measure] = /^checkpoint-(\d+)(?:_(-?[\d.e+-]+))?\.safetensors$/.exec(name) ?? [];
  return step === undefined ? undefined : { name, step: Number(step), measure: Number(measure ?? Number.NaN) };
}

const entriesOf = (names: readonly string[]): Entry[] =>
  names.flatMap((name) => entryOf(name) ?? []).sort((a, b) => a.step - b.step || (a.name < b.name ? -1 : 1));

const lastOf = (names: readonly string[]): Entry | undefined => entriesOf(names).at(-1);

function bestOf(names: readonly string[], best: "min" | "max"): Entry | undefined {
  const sign = best === "min" ? 1 : -1;
  return entriesOf(names)
    .filter(({ measure }) => !Number.isNaN(measure))
    .reduce<Entry | undefined>(
      (found, entry) => (found === undefined || sign * entry.measure < sign * found.measure ? entry : found),
      undefined,
    );
}

/**
 * What is there beside the last `keep` and the best. Later steps than the one just saved are of a run that was gone back
 * behind: they would pass for its continuation.
 */
function outdated(
  names: readonly string[],
  step: number,
  own: string,
  keep: number,
  best: "min" | "max",
): readonly string[] {
  const entries = entriesOf(names);
  const isPast = (entry: Entry) => entry.step < step || entry.name === own;
  const past = entries.filter(isPast);
  const kept = new Set(
    [
      ...past.slice(-keep),
      bestOf(
        past.map(({ name }) => name),
        best,
      ),
    ].map((entry) => entry?.name),
  );
  return entries.filter(({ name }) => !kept.has(name)).map(({ name }) => name);
}

/** Checkpoints in memory, for the life of the object. */
export function memoryCheckpoints(options?: StoreOptions): CheckpointStore {
  const kept = new Map<string, Uint8Array<ArrayBuffer>>();
  const shelf: Shelf = {
    async put(name, bytes, outdated) {
      kept.set(name, bytes.slice());
      for (const gone of outdated([...kept.keys()])) kept.delete(gone);
    },
    async get(pick) {
      const name = pick([...kept.keys()]);
      return name === undefined ? undefined : { name, bytes: (kept.get(name) as Uint8Array<ArrayBuffer>).slice() };
    },
    async clear() {
      kept.clear();
    },
  };
  return storeOn("memoryCheckpoints", shelf, options);
}

/**
 * Checkpoints as files in a folder, in Node and in Deno by `npm:seqgrad`; the folder is made when something is saved. A file
 * is there whole or not at all, whenever the process ends. A bundle for browsers has this function as well, so that one
 * program serves all hosts, and it throws UnsupportedError.
 */
export function folderCheckpoints(_path: string, _options?: StoreOptions): CheckpointStore {
  checkArgument("folderCheckpoints", "path", _path, required(text));
  throw new UnsupportedError(
    "folderCheckpoints: this build of seqgrad is for hosts without files, expected seqgrad/node; use indexedDbCheckpoints",
  );
}
