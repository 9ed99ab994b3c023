// A valid call of each function of seqgrad/data that the main entry does not have.
import * as data from "../../src/data/index.ts";
import type { Rows } from "./rows.ts";

const arrays = () => ({ x: [[1, 2], [3, 4], [5]], y: [1, 2, 3] });
const batchOptions = () => ({
  batchSize: 2,
  shuffle: 1,
  dropLast: false,
  lengths: { x: "lengths" },
  buckets: [2, 4],
  pad: { side: "left", value: 1 },
});
const batches = () => new data.Batches(arrays(), batchOptions() as data.BatchOptions);
const stream = () => new data.BatchStream([{ x: [1, 2] }, { x: [3, 4] }], { batchSize: 2, shuffle: 1 });

export const dataRows: Rows = {
  "new Batches": () => [arrays(), batchOptions()],
  "Batches#next": () => [batches()],
  "Batches#state": () => [batches()],
  "Batches#restore": () => [batches(), batches().state()],
  "new BatchStream": () => [[{ x: [1], y: 2 }], { ...batchOptions(), shuffleBuffer: 4, prefetch: 1 }],
  "BatchStream#state": () => [stream()],
  "BatchStream#restore": () => [stream(), stream().state()],
  padSequences: () => [[[1, 2], [3]], { length: 3, side: "left", truncate: "right", mode: "constant", value: 1 }],
};

const state = "a saved position: data";

/** By function and place, why it is not options. */
export const dataRecords: Readonly<Record<string, string>> = {
  "Batches#restore 0": state,
  "BatchStream#restore 0": state,
};

/** By name, why there is none. */
export const dataWithoutRow: Readonly<Record<string, string>> = {};
