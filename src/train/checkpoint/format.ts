// A checkpoint is a safetensors file. Its tensors are named by what they belong to (`model/…`, `optimizer/…`, `carry/…`); all
// else is JSON in its metadata.
import { DataError } from "../../errors.ts";
import { readSafetensors } from "../../io/safetensors-read.ts";
import { writeSafetensors } from "../../io/safetensors-write.ts";
import type { HostTensor } from "../../io/tensors.ts";
import { show } from "../../options.ts";
import { formatPlain, parsePlain } from "./plain-data.ts";
import type { PlainData } from "./resumable.ts";

const FORMAT = "seqgrad checkpoint";
const VERSION = "1";

/** Everything in a checkpoint that is no tensor. */
export interface CheckpointFields {
  /** Steps that were started; those that were skipped count. */
  readonly step: number;
  /** Steps that were skipped. */
  readonly skipped: number;
  readonly seed: number;
  /** The learning rate that was set by hand; null where the optimizer's own holds. */
  readonly rate: number | null;
  /** The learning rate of the next step. */
  readonly learningRate: number;
  /** The adapter, the host and the kernels: where they are the same, so are the bits. */
  readonly machine: string;
  /** The ways to compute that had been measured. */
  readonly choices: Readonly<Record<string, string>>;
  /** Fields of the trainer's parts, by name. */
  readonly parts: Readonly<Record<string, PlainData>>;
  /** Fields of what was attached, by name. */
  readonly attached: Readonly<Record<string, PlainData>>;
}

export interface Checkpoint {
  readonly fields: CheckpointFields;
  readonly tensors: ReadonlyMap<string, HostTensor>;
}

export function encodeCheckpoint({ fields, tensors }: Checkpoint): Uint8Array<ArrayBuffer> {
  return writeSafetensors(tensors, { format: FORMAT, version: VERSION, state: formatPlain("Trainer.save", fields) });
}

/** Throws DataError for a damaged file, for one that is no checkpoint, and for one of another version. */
export function decodeCheckpoint(bytes: Uint8Array | ArrayBuffer, name: string): Checkpoint {
  const { tensors, metadata } = readSafetensors(bytes, name);
  const wrong = (what: string, remedy = "give one that Trainer.save wrote") =>
    new DataError(`Trainer: resume: ${name} ${what}, expected ${FORMAT} version ${VERSION}; ${remedy}`);
  if (metadata.format !== FORMAT) {
    throw wrong(
      "is a safetensors file, but no checkpoint",
      "give one that Trainer.save wrote, or read weights with loadStateDict",
    );
  }
  if (metadata.version !== VERSION) {
    throw wrong(`has version ${show(metadata.version)}`, "resume it with the version of seqgrad that wrote it");
  }
  let fields: unknown;
  try {
    fields = parsePlain(metadata.state ?? "");
  } catch (error) {
    throw wrong(`is damaged: its state is no JSON (${(error as Error).message})`);
  }
  if (!isFields(fields)) throw wrong("is damaged: its state is not as it is written");
  return { fields, tensors };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function isFields(value: unknown): value is CheckpointFields {
  if (!isRecord(value)) return false;
  const { step, skipped, seed, rate, machine, choices, parts, attached } = value;
  return (
    Number.isSafeInteger(step) &&
    (step as number) >= 0 &&
    Number.isSafeInteger(skipped) &&
    Number.isSafeInteger(seed) &&
    (rate === null || (Number.isFinite(rate) && (rate as number) >= 0)) &&
    typeof machine === "string" &&
    [choices, parts, attached].every(isRecord) &&
    Object.values(choices as object).every((way) => typeof way === "string")
  );
}
