// Which objects of named fields that functions take are options, where the declarations do not tell.

const cache = "a cache: data, which may hold more than is asked for";
const decoder = "any object that decodes";
const program = "what compile gives, or a trainer";

/** By function and place, why it is not options: nothing in it is unknown. */
export const records: Readonly<Record<string, string>> = {
  "LSTM#forward 1": "states by name; an unknown one is refused by another message",
  "LSTM#inspect 1": "states by name; an unknown one is refused by another message",
  "LSTMCell#forward 1": "states by name",
  "MultiheadAttention#decode 1": cache,
  "MultiheadAttention#decode 2": "where the tokens stand: data",
  "MultiheadAttention#recall 1": cache,
  "MultiheadAttention#remember 1": cache,
  "RecurrentAttention#forward 1": "a value, or what prepare gave",
  "Seq2Seq#step 1": "what encode gave",
  "Seq2Seq#step 2": "what encode gave",
  "TransformerDecoder#decode 1": cache,
  "TransformerDecoder#remember 1": cache,
  "TransformerDecoderLayer#decode 1": cache,
  "TransformerDecoderLayer#decode 2": "where the tokens stand: data",
  "TransformerDecoderLayer#remember 1": cache,
  "TransformerEncoder#decode 1": cache,
  "TransformerEncoderLayer#decode 1": cache,
  "TransformerEncoderLayer#decode 2": "where the tokens stand: data",
  "TransformerLM#decode 1": cache,
  "StreamBatches#restore 0": "what state gave",
  "Trainer#attach 1": "any object with state and restore",
  "Trainer#save 0": "any store",
  "beamSearch 0": decoder,
  "debug.dispatchTable 0": program,
  "debug.dispatches 0": program,
  "debug.graph 0": program,
  "debug.graphSvg 0": program,
  "debug.read 0": program,
  "debug.wgsl 0": program,
  "findLearningRate 0": "a trainer",
  "fit 0": "a trainer",
  "generate 0": decoder,
  "generateTokens 0": decoder,
  "new Parameter 1": "an initializer, which nn.initializers makes",
  "slidingWindow 0": decoder,
};

/** Of functions that need a device, the places of options: there are no declarations where those are called. */
export const deviceOptions: Readonly<Record<string, readonly number[]>> = {
  "Compiled#describe": [0],
  "Compiled#profile": [0],
  "Module#loadStateDict": [2],
  "Module#stateDict": [1],
  "Trainer#describe": [0],
  "Trainer#profile": [0],
  "Trainer#save": [1],
  "Trainer.create": [2],
  beamSearch: [1],
  compile: [2],
  createRecurrentDecoder: [2],
  createSeq2SeqDecoder: [2],
  createTransformerDecoder: [2],
  findLearningRate: [2],
  fit: [2],
  generate: [1],
  generateTokens: [1],
  "nn.loadStateDict": [3],
  "nn.stateDict": [2],
  openDevice: [0],
  slidingWindow: [1],
};
