import { concat, nn, reshape, slice, tanh, type Value, zeros } from "seqgrad";
import type { Body, MakeBody } from "./cell.ts";

/**
 * The encoder reads the question; the decoder begins with its state and reads the answer so far. What it then knows asks all
 * that the encoder wrote, and the mean of that goes into the answer beside it (Luong et al. 2015, without input feeding).
 */
class EncoderDecoder extends nn.Module implements Body {
  readonly encoder: nn.LSTM;
  readonly decoder: nn.LSTM;
  readonly attend: nn.LuongAttention;
  /** Of what was found, then what the decoder knows. */
  readonly readout: nn.Linear;
  readonly titles: readonly string[];
  readonly starts: readonly number[];
  readonly looks: { readonly title: string; readonly from: number };

  constructor(
    input: number,
    readonly size: number,
    layers: number,
    dropout: number,
    /** The first step that an answer is asked of. */
    private readonly answerFrom: number,
  ) {
    super();
    const options = { numLayers: layers, forgetBias: 1, ...(layers > 1 && dropout > 0 && { dropout }) };
    this.encoder = new nn.LSTM(input, size, options);
    this.decoder = new nn.LSTM(input, size, options);
    this.attend = new nn.LuongAttention(size, size);
    this.readout = new nn.Linear(2 * size, size);
    const each = (what: string) =>
      Array.from({ length: layers }, (_, i) => (layers > 1 ? `${what}, layer ${i + 1}` : what));
    this.titles = [...each("Encoder"), ...each("Decoder")];
    this.starts = this.titles.map((_, i) => (i < layers ? 0 : answerFrom));
    this.looks = { title: "what the answer looks at", from: answerFrom };
  }

  forward(x: Value): readonly [outputs: Value, state: undefined] {
    const [memory, state] = this.encoder.forward(this.#question(x));
    const [known] = this.decoder.forward(this.#answer(x), state);
    return [this.#write(known, memory).outputs, undefined];
  }

  inspect(x: Value) {
    const read = this.encoder.inspect(this.#question(x));
    const written = this.decoder.inspect(this.#answer(x), read.state);
    const { outputs } = this.#write(written.outputs, read.outputs);
    return { outputs, layers: [...read.layers, ...written.layers] };
  }

  /** [batch, 1, steps of the answer, steps of the question]. */
  attention(x: Value): Value[] {
    const [memory, state] = this.encoder.forward(this.#question(x));
    const [known] = this.decoder.forward(this.#answer(x), state);
    const { weights } = this.#write(known, memory);
    const [batch, asking, looked] = weights.shape as [number, number, number];
    return [reshape(weights, [batch, 1, asking, looked])];
  }

  #question(x: Value): Value {
    return slice(x, 1, 0, this.answerFrom);
  }

  #answer(x: Value): Value {
    return slice(x, 1, this.answerFrom, x.shape[1] as number);
  }

  /** Of the question's steps, of which no answer is asked, zeros. */
  #write(known: Value, memory: Value): { outputs: Value; weights: Value } {
    const { context, weights } = this.attend.forward(known, memory);
    const readout = tanh(this.readout.forward(concat([context, known], 2)));
    const [batch, , size] = known.shape as [number, number, number];
    return { outputs: concat([zeros([batch, this.answerFrom, size]), readout], 1), weights };
  }
}

export const seq2seq: MakeBody = ({ input, answerFrom, settings }) => {
  if (answerFrom === undefined) {
    throw new Error(
      "This task is not a question and its answer, which encoder and decoder need. Take dates or copying.",
    );
  }
  const { hidden, layers, dropout } = settings;
  return new EncoderDecoder(input, hidden, layers, dropout, answerFrom);
};
