/** What an LSTM's gates do while it looks at clips. */
import { compile, type Device, float32, type Value } from "seqgrad";
import { figure, type Panel } from "../shared/figures/figure.ts";
import { heatMap } from "../shared/figures/heat-map.ts";
import type { Clip } from "./clips.ts";
import type { ClipNet } from "./video.ts";

const [most, across] = [4, 4];

/** Of a clip of some kinds its frames, and of each unit how open its gates are: dark where they are. */
export async function gatePicture(device: Device, model: ClipNet, clips: readonly Clip[]): Promise<string> {
  const labels = [...new Set(clips.map(({ label }) => label))].sort().slice(0, most);
  const panels: Panel[] = [];
  for (const label of labels) {
    const { frames, width, height } = clips.find((clip) => clip.label === label) as Clip;
    const program = await compile(device, model, {
      inputs: { frames: float32([1, frames.length, width * height]) },
      fn: ({ frames }) => {
        const { layers } = model.lstm.inspect(model.look(frames));
        const { i, f, o } = (layers[0] as (typeof layers)[0]).gates as Record<"i" | "f" | "o", Value>;
        return { i, f, o };
      },
    });
    const gates = await program.run({ frames: Float32Array.from(frames.flatMap((frame) => [...frame])) });
    panels.push(heatMap({ title: label, subtitle: "frames", values: montage(frames, width, height), size: 2.5 }));
    for (const [gate, title, subtitle] of [
      ["f", "forget gates", "what is kept"],
      ["i", "input gates", "what is let in"],
      ["o", "output gates", "what is shown"],
    ] as const) {
      const values = await gates[gate].read();
      const units = values.length / frames.length;
      const rows = frames.map((_, t) => Array.from(values.slice(t * units, (t + 1) * units)));
      panels.push(heatMap({ title, subtitle, values: rows, size: 5 }));
    }
    program.dispose();
  }
  return figure(
    { title: "What the gates do, a column for each unit, from the first frame at the top to the last", columns: 4 },
    panels,
  );
}

/** Frames in rows of four, with a line between them. */
function montage(frames: readonly Float32Array[], width: number, height: number): number[][] {
  const rows = Math.ceil(frames.length / across);
  return Array.from({ length: rows * (height + 1) }, (_, y) =>
    Array.from({ length: across * (width + 1) }, (_, x) => {
      const [inX, inY] = [x % (width + 1), y % (height + 1)];
      const frame = frames[Math.floor(y / (height + 1)) * across + Math.floor(x / (width + 1))];
      return inX === width || inY === height ? 0.15 : ((frame?.[inY * width + inX] as number) ?? 0);
    }),
  );
}
