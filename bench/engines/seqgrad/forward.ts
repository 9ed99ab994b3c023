import { compile, type Device, float32, nn } from "../../../src/index.ts";
import { forwardWeights, uniformData } from "../../cases/data.ts";
import type { ForwardWork } from "../../cases/work.ts";
import { type Prepared, timed } from "../engine.ts";
import { readOne, workOf } from "./support.ts";

/** `watched` may look at the first call, which it makes. */
export async function prepareForward(
  device: Device,
  work: ForwardWork,
  watched: <T>(first: () => Promise<T>) => Promise<T> = (first) => first(),
): Promise<Prepared> {
  const { cell, hidden, layers: numLayers, batch, time, kind } = work;
  const layer = new nn[cell](hidden, hidden, { numLayers });
  layer.loadStateDict(device, forwardWeights(work));
  const x = uniformData("x", [batch, time, hidden]);
  const stepwise = kind === "steps";
  const [{ program, y }, firstCallMs] = await timed(() =>
    watched(async () => {
      const program = await compile(device, layer, {
        inputs: { x: float32([batch, time, hidden]), ...(stepwise ? { state: layer.stateSpec(batch) } : {}) },
        fn: (values) => {
          const [y, state] = layer.forward(values.x, values.state as never);
          return { y, ...(stepwise ? { state } : {}) };
        },
      });
      const { y } = await program.run({ x });
      return { program, y: await y.read() };
    }),
  );
  return {
    firstCallMs,
    answers: { outputs: y },
    configurations: [
      {
        name: "",
        async run(steps, queued) {
          let last = await program.run({ x });
          // One step of a generator: its state goes in again and never leaves the GPU.
          for (let step = 1; step < steps; step++) {
            last = await program.run(stepwise ? { x, state: last.state as never } : { x });
          }
          queued();
          await readOne(last.y);
        },
      },
    ],
    work: workOf(program.replay.program),
    dispose() {
      program.dispose();
      layer.dispose(device);
    },
  };
}
