/** What an LSTM's gates do while it looks at clips. */
import { compile, type Device, float32, type Value } from "seqgrad";
import { figure, type Panel } from "../shared/figures/figure.ts";
import { heatMap } from "../shared/figures/heat-map.ts";
import type { Clip } from "./clips.ts";
import type { ClipNet } from "./video.ts";

const [most, across, shownUnits] = [3, 4, 24];

const kinds = [
  ["f", "forget gates", "what is kept"],
  ["i", "input gates", "what is let in"],
  ["o", "output gates", "what is shown"],
] as const;

/** Of each gate its openings, [frames, units]. */
type Gates = Readonly<Record<"f" | "i" | "o", number[][]>>;

/** Of a clip of some kinds its frames, and of those units that change most how open their gates are: dark where they are. */
export async function gatePicture(device: Device, model: ClipNet, clips: readonly Clip[]): Promise<string> {
  const labels = [...new Set(clips.map(({ label }) => label))].sort();
  // from among all of them, not the first alone
  const chosen = labels
    .filter((_, i) => i % Math.max(1, Math.floor(labels.length / most)) === 1 % labels.length)
    .slice(0, most);
  const shown = chosen.map((label) => clips.find((clip) => clip.label === label) as Clip);
  const gates: Gates[] = [];
  for (const clip of shown) gates.push(await gatesOf(device, model, clip));
  const units = liveliest(gates.flatMap(({ f }) => f));
  const panels = shown.flatMap(({ label, frames, width, height }, clip): Panel[] => [
    heatMap({ title: label, subtitle: "frames", values: montage(frames, width, height), size: 2.5 }),
    ...kinds.map(([gate, title, subtitle]) => {
      const values = (gates[clip] as Gates)[gate].map((row) => units.map((unit) => row[unit] as number));
      return heatMap({ title, subtitle, values, size: 9 });
    }),
  ]);
  const title = "What the gates do: a column for each unit, from the first frame at the top to the last";
  return figure(
    { title, subtitle: "units whose forget gates change most; dark where a gate is open", columns: 4 },
    panels,
  );
}

async function gatesOf(device: Device, model: ClipNet, { frames, width, height }: Clip): Promise<Gates> {
  const program = await compile(device, model, {
    inputs: { frames: float32([1, frames.length, width * height]) },
    fn: ({ frames }) => {
      const { layers } = model.lstm.inspect(model.look(frames));
      const { i, f, o } = (layers[0] as (typeof layers)[0]).gates as Record<"i" | "f" | "o", Value>;
      return { i, f, o };
    },
  });
  const found = await program.run({ frames: Float32Array.from(frames.flatMap((frame) => [...frame])) });
  const rows = async (value: { read(): Promise<ArrayLike<number>> }) => {
    const values = Array.from(await value.read());
    const units = values.length / frames.length;
    return frames.map((_, t) => values.slice(t * units, (t + 1) * units));
  };
  const gates = { f: await rows(found.f), i: await rows(found.i), o: await rows(found.o) };
  program.dispose();
  return gates;
}

/** Units by how much they vary over all rows, the most first. */
function liveliest(rows: readonly (readonly number[])[]): number[] {
  const variance = (unit: number) => {
    const values = rows.map((row) => row[unit] as number);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  };
  const units = (rows[0] ?? []).map((_, unit) => ({ unit, variance: variance(unit) }));
  return units
    .sort((a, b) => b.variance - a.variance)
    .map(({ unit }) => unit)
    .slice(0, shownUnits);
}

/** Frames in rows of four, with a line between them. Faint noise is left out. */
function montage(frames: readonly Float32Array[], width: number, height: number): number[][] {
  const rows = Math.ceil(frames.length / across);
  return Array.from({ length: rows * (height + 1) }, (_, y) =>
    Array.from({ length: across * (width + 1) }, (_, x) => {
      const [inX, inY] = [x % (width + 1), y % (height + 1)];
      const value =
        frames[Math.floor(y / (height + 1)) * across + Math.floor(x / (width + 1))]?.[inY * width + inX] ?? 0;
      return inX === width || inY === height ? 0.15 : value < 0.2 ? 0 : value;
    }),
  );
}
