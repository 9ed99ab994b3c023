import type { HostTensor } from "../../io/tensors.ts";
import { type CheckpointFields, encodeCheckpoint } from "./format.ts";
import { machineOf } from "./resume.ts";
import { type Attached, type Snapshot, type TrainerState, tensorName } from "./trainer-state.ts";

/** The bytes of a checkpoint, of what was copied. */
export function encodeSnapshot(
  { device, named }: TrainerState,
  { parts, held }: Snapshot,
  [model, words]: Awaited<Snapshot["contents"]>,
  attached: Attached,
  fields: Omit<CheckpointFields, "machine" | "parts" | "attached">,
): Uint8Array<ArrayBuffer> {
  const tensors = new Map<string, HostTensor>();
  [...named].forEach(([name, { shape }], i) => {
    tensors.set(tensorName("model", name), { shape, data: model[i] as Float32Array });
  });
  [...held].forEach(([name, { shape, dtype }], i) => {
    const bits = words[i] as ArrayBuffer;
    tensors.set(name, { shape, data: dtype === "float32" ? new Float32Array(bits) : new Int32Array(bits) });
  });
  for (const [name, tensor] of attached.tensors) tensors.set(name, tensor);
  const all = { ...fields, machine: machineOf(device), parts, attached: attached.fields };
  return encodeCheckpoint({ fields: all, tensors });
}
