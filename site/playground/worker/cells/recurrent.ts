import { nn } from "seqgrad";
import type { BodyOptions, MakeBody } from "./cell.ts";

/** What all layers of the library take. */
const shared = ({ settings: { layers, bothWays, dropout }, foretells }: BodyOptions) => ({
  numLayers: layers,
  bidirectional: bothWays && !foretells,
  ...(layers > 1 && dropout > 0 && { dropout }),
});

/** A layer of the library as a body; its outputs are twice as wide where it goes both ways. */
const body = <Layer extends nn.Module>(layer: Layer, { settings, foretells }: BodyOptions) =>
  Object.assign(layer, { size: settings.hidden * (settings.bothWays && !foretells ? 2 : 1) });

export const lstm: MakeBody = (options) =>
  body(new nn.LSTM(options.input, options.settings.hidden, { ...shared(options), forgetBias: 1 }), options);

export const peephole: MakeBody = (options) =>
  body(
    new nn.LSTM(options.input, options.settings.hidden, { ...shared(options), forgetBias: 1, peephole: true }),
    options,
  );

export const gru: MakeBody = (options) =>
  body(new nn.GRU(options.input, options.settings.hidden, shared(options)), options);

export const gruBefore: MakeBody = (options) =>
  body(new nn.GRU(options.input, options.settings.hidden, { ...shared(options), resetAfter: false }), options);

export const rnn: MakeBody = (options) => {
  const { hidden, activation } = options.settings;
  const initializers = { recurrent: () => nn.initializers.orthogonal() };
  return body(new nn.RNN(options.input, hidden, { ...shared(options), activation, initializers }), options);
};

export const minGru: MakeBody = (options) =>
  body(new nn.MinGRU(options.input, options.settings.hidden, shared(options)), options);

export const minLstm: MakeBody = (options) =>
  body(new nn.MinLSTM(options.input, options.settings.hidden, shared(options)), options);
