import type { Training } from "../open-training.ts";
import type { PlainData } from "./resumable.ts";

/** Notes all that a trainer remembers, when the steps that were started are done; gives what puts it back. */
export async function remember(op: string, { state, stepping, metrics }: Training): Promise<() => void> {
  const { log, guard, programs, carry } = stepping;
  programs.checkUsable();
  stepping.checkOwnWeights(op);
  await programs.begun();
  if (log.failure) throw await log.failure;
  await stepping.settle();
  const [{ rate }, { steps, skipped }] = [stepping, log];
  const noted = state.note();
  const snapshot = state.snapshot(() => {});
  const fields: Readonly<Record<string, PlainData>> = structuredClone(snapshot.parts);
  const [[model, held], attached] = await Promise.all([snapshot.contents, noted]);
  const bits = new Map([...snapshot.held.keys()].map((name, i) => [name, held[i] as ArrayBuffer]));
  return () => {
    programs.checkUsable();
    log.rewind(steps, skipped);
    guard.release();
    stepping.rate = rate;
    // what there was nothing of by then
    carry.reset();
    metrics?.reset();
    for (const part of state.parts) {
      part.check?.(fields[part.name] as PlainData);
      part.restore?.(fields[part.name] as PlainData);
    }
    log.wrote(carry.names);
    const { device } = state;
    [...state.named.values()].forEach((parameter, i) => {
      device.parameters.write(parameter, model[i] as Float32Array);
    });
    for (const [name, { buffer, byteOffset }] of state.held()) {
      const was = bits.get(name);
      if (was) device.gpu.queue.writeBuffer(buffer, byteOffset, was);
    }
    state.restore(attached);
  };
}
