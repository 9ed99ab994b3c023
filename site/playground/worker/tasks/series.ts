import { float32, losses, seededRandom } from "seqgrad";
import { fillMissing, Scaler } from "seqgrad/data";
import { madeUpSeries, readSeries } from "../../../../examples/forecasting/series.ts";
import { filesOf } from "../../../../examples/shared/task/files.ts";
import type { TaskData } from "../../protocol.ts";
import type { Settings } from "../../settings.ts";
import type { Batch, Problem } from "../problem.ts";

/** Foretells the next value, at every step of a window. The last fifth is never trained on. */
export async function series({ batch, length, seed, column }: Settings, data: TaskData): Promise<Problem> {
  const files = data.kind === "csv" ? filesOf(data.name, { [data.name]: data.text }) : madeUpSeries(1);
  const read = await readSeries(files, { target: column || undefined, inputs: [] });
  const rows = [...read.target].map((value) => [value]);
  const known = fillMissing(rows).data;
  const split = Math.floor(0.8 * rows.length);
  const last = rows.length - length - 1;
  if (split < length + 2 || last < split - length) {
    throw new Error(
      `The series has ${rows.length} values, ${split} to train on; a window of ${length} needs more. Take a shorter length or a longer series.`,
    );
  }
  const scaler = Scaler.fit(Array.from({ length: split }, (_, i) => [known[i] as number]));
  const values = Float32Array.from(scaler.transform(Array.from(known, (value) => [value])));
  const windowsFrom = (starts: readonly number[]): Batch => {
    const [x, y] = [new Float32Array(starts.length * length), new Float32Array(starts.length * length)];
    for (const [row, start] of starts.entries()) {
      x.set(values.subarray(start, start + length), row * length);
      y.set(values.subarray(start + 1, start + length + 1), row * length);
    }
    return { x, y };
  };
  const firstUnseen = Math.max(0, split - length);
  const unseen = Array.from({ length: batch }, (_, i) =>
    Math.round(firstUnseen + ((last - firstUnseen) * (batch - 1 - i)) / Math.max(1, batch - 1)),
  );
  const back = (scaled: Float32Array) =>
    Array.from(scaler.inverse(Array.from(scaled, (value) => [value])), (value) => value);
  return {
    input: { features: 1 },
    outputs: 1,
    time: length,
    target: (rows) => float32([rows, length, 1]),
    batch(step) {
      const random = seededRandom(seed, step + 1);
      return windowsFrom(Array.from({ length: batch }, () => Math.floor(random() * (split - length))));
    },
    validation: windowsFrom(unseen),
    loss: (outputs, y) => losses.meanSquaredError(outputs, y),
    baseline: lastValueError(values.subarray(split - 1)),
    show: (outputs, { y }) => ({
      kind: "curves",
      wanted: back(y.slice(0, length) as Float32Array),
      answer: back(outputs.slice(0, length)),
    }),
    labels: ({ x }, row) =>
      back(x.slice(row * length, (row + 1) * length) as Float32Array).map((value) => value.toPrecision(3)),
    columns: [read.name],
  };
}

/** Mean squared error of who says that nothing changes. */
function lastValueError(values: Float32Array): number {
  let sum = 0;
  for (let i = 1; i < values.length; i++) sum += ((values[i] as number) - (values[i - 1] as number)) ** 2;
  return sum / Math.max(1, values.length - 1);
}
