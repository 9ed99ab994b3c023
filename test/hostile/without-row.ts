// Public functions without a row, and why.

/** By name, the reason. */
export const withoutRow: Readonly<Record<string, string>> = {
  "MultiheadAttention#attend": "checks are its callers': forward and decode have rows",
  "TransformerDecoderLayer#run": "checks are its callers': forward has a row",
  "TransformerEncoderLayer#run": "checks are its callers': forward has a row",
  "new Value": "values come from operations; the class is there for its type and `instanceof`",
  folderCheckpoints: "that of this entry always throws; that of seqgrad/node: test/train/checkpoint-stores.test.ts",
  fileTuning: "that of this entry always throws; that of seqgrad/node: test/run/tune/store.test.ts",
};
