import { openDevice, seqgrad } from "seqgrad-before";
import type { Engine } from "./engine.ts";

/** seqgrad as it was at an earlier commit, on a device of its own: nothing is shared with today's. */
export const before: Engine = {
  start: () => seqgrad.start(),
  async prepare(work, context) {
    const device = await openDevice();
    const prepared = await seqgrad.prepare(work, { ...context, engine: "seqgrad", device });
    return {
      ...prepared,
      dispose() {
        prepared.dispose();
        device.dispose();
      },
    };
  },
};
