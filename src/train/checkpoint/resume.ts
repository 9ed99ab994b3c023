import { DataError } from "../../errors.ts";
import type { Device } from "../../gpu/device.ts";
import { adapterKey } from "../../gpu/tuning/memory.ts";
import { formatShape, sameShape } from "../../graph/shape.ts";
import type { HostTensor } from "../../io/tensors.ts";
import { listNames } from "../../options.ts";
import { type Checkpoint, type CheckpointFields, decodeCheckpoint } from "./format.ts";
import type { PlainData, Resumed, ResumeSource } from "./resumable.ts";
import { pendingOf, type TrainerState, tensorName } from "./trainer-state.ts";

/** Where bits come from: adapter, host and kernels. */
export const machineOf = (device: Device): string => `${adapterKey(device.adapter)}, ${device.profile.kind}`;

/** A checkpoint that was read. */
export interface OpenedCheckpoint extends Checkpoint {
  readonly name: string;
  readonly resumed: Resumed;
  /** The ways to compute that hold in the run; undefined where they were measured elsewhere. */
  readonly choices: ReadonlyMap<string, string> | undefined;
}

/** Reads what is to be resumed; undefined where the store holds nothing. Says so where the bits may differ. */
export async function openCheckpoint(
  device: Device,
  { resume: source, seed }: { readonly resume?: ResumeSource | undefined; readonly seed?: number | undefined },
): Promise<OpenedCheckpoint | undefined> {
  if (!source) return undefined;
  const isBytes = source instanceof ArrayBuffer || ArrayBuffer.isView(source);
  const stored = isBytes ? { name: "the checkpoint", bytes: source } : await source.load();
  if (!stored) return undefined;
  const checkpoint = decodeCheckpoint(stored.bytes, stored.name);
  const { step, machine, choices } = checkpoint.fields;
  if (seed !== undefined && seed !== checkpoint.fields.seed) {
    throw new DataError(
      `Trainer: resume: ${stored.name} is of a run with seed ${checkpoint.fields.seed}, expected ${seed}; leave out the option seed`,
    );
  }
  const here = machineOf(device);
  const isSame = machine === here;
  const differs = isSame
    ? null
    : `the checkpoint is of "${machine}", this is "${here}": the run goes on, but its bits may differ from those of a run without a break`;
  if (differs) console.warn(`Trainer: resume: ${differs}`);
  return {
    ...checkpoint,
    name: stored.name,
    resumed: { step, differs },
    choices: isSame ? new Map(Object.entries(choices)) : undefined,
  };
}

/**
 * Checks that the checkpoint is of this model, optimizer and carry, then takes everything over. Throws DataError before anything
 * is changed.
 */
export function restore(state: TrainerState, { name: file, fields, tensors }: OpenedCheckpoint): void {
  const fail = (what: string, remedy: string) =>
    new DataError(
      `Trainer: resume: ${file} ${what}; ${remedy}, or begin anew without resume. Nothing was changed, and the checkpoint is as it was`,
    );
  checkParts(state, fields, fail);
  for (const part of state.parts) part.check?.(fields.parts[part.name] as PlainData);
  const held = state.held();
  const expected = new Map([
    ...[...state.named].map(([name, { shape }]) => [tensorName("model", name), { shape, isFloat: true }] as const),
    ...[...held].map(([name, { shape, dtype }]) => [name, { shape, isFloat: dtype === "float32" }] as const),
  ]);
  const isAttached = (name: string) => name.startsWith("attached/");
  const unexpected = [...tensors.keys()].filter((name) => !expected.has(name) && !isAttached(name));
  const missing = [...expected.keys()].filter((name) => !tensors.has(name));
  const [first] = [...missing, ...unexpected];
  if (first !== undefined) {
    const kind = first.slice(0, first.indexOf("/"));
    const lists = [
      ...(missing.length > 0 ? [`it lacks ${listNames(missing)}`] : []),
      ...(unexpected.length > 0 ? [`it has ${listNames(unexpected)} besides`] : []),
    ];
    throw fail(`is of another ${kind}: ${lists.join(", and ")}`, `make the ${kind} as it was when it was saved`);
  }
  for (const [name, { shape, isFloat }] of expected) {
    const tensor = tensors.get(name) as HostTensor;
    const kind = name.slice(0, name.indexOf("/"));
    if (!sameShape(tensor.shape, shape) || tensor.data instanceof Float32Array !== isFloat) {
      throw fail(
        `is of another ${kind}: ${name} has shape ${formatShape(tensor.shape)}, expected ${formatShape(shape)}`,
        `make the ${kind} with the sizes it was saved with`,
      );
    }
  }

  for (const part of state.parts) part.restore?.(fields.parts[part.name] as PlainData);
  const { device } = state;
  for (const [name, parameter] of state.named) {
    device.parameters.write(parameter, tensors.get(tensorName("model", name))?.data as Float32Array);
  }
  for (const [name, { buffer, byteOffset }] of held) {
    device.gpu.queue.writeBuffer(buffer, byteOffset, tensors.get(name)?.data as Float32Array<ArrayBuffer>);
  }
  const attached = { fields: fields.attached, tensors };
  for (const name of Object.keys(fields.attached)) state.expect(name, pendingOf(attached, name));
}

function checkParts(
  { parts }: TrainerState,
  fields: CheckpointFields,
  fail: (what: string, remedy: string) => DataError,
): void {
  const own = parts.flatMap((part) => (part.fields ? [part.name] : []));
  const others = Object.keys(fields.parts);
  const [odd] = [...own.filter((name) => !others.includes(name)), ...others.filter((name) => !own.includes(name))];
  if (odd === undefined) return;
  const what = own.includes(odd) ? "holds nothing of" : "was saved with";
  throw fail(`${what} the trainer's ${odd}`, "create the trainer with the options it was saved with");
}
