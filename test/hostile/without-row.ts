// Public functions without a row, and why.

const DEVICE = "needs a device, which this table has none of: no row yet";

const DEVICE_NAMES = `
  Compiled#describe Compiled#dispose Compiled#profile Compiled#run Device#check Device#dispose Device#idle
  Module#dispose Module#half Module#loadStateDict Module#stateDict State#dispose State#reset State#write
  Tensor#read Trainer#describe Trainer#dispose Trainer#profile Trainer#recover Trainer#resetCarry
  Trainer#stateDict Trainer#step Trainer#stepWithoutLoss Trainer.create TransformerLMDecoder#dispose
  TransformerLMDecoder#prefill TransformerLMDecoder#reorder TransformerLMDecoder#reset TransformerLMDecoder#step
  TransformerLMDecoder#trim beamSearch compile createRecurrentDecoder createSeq2SeqDecoder
  createTransformerDecoder generate generateTokens nn.loadStateDict nn.stateDict openDevice
`;

/** By name, the reason. */
export const withoutRow: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    DEVICE_NAMES.trim()
      .split(/\s+/)
      .map((name) => [name, DEVICE]),
  ),
  "new State": DEVICE,
  "MultiheadAttention#attend": "checks are its callers': forward and decode have rows",
  "TransformerDecoderLayer#run": "checks are its callers': forward has a row",
  "TransformerEncoderLayer#run": "checks are its callers': forward has a row",
  "new Value": "values come from operations; the class is there for its type and `instanceof`",
  fileTuning: "writes files: test/tune",
  slidingWindow: "takes a decoder, which needs a device: no row yet",
};
