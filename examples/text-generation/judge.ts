// How well a model foretells a text that it was not trained on, beside trigrams.
import { compile, type Device, int32, losses, type StreamBatch, StreamBatches } from "seqgrad";
import { NGrams } from "../baselines/n-grams.ts";
import { RecurrentModel, type TextModel } from "./model.ts";

/** Mean loss in nats per character, and of how many characters. */
export interface TextLoss {
  readonly lossNats: number;
  readonly characters: number;
}

const streamsAtMost = 16;
const discounts = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/**
 * The text is read in streams side by side; a recurrent model's state goes on from window to window, a Transformer sees each window by
 * itself. What does not fill a window of every stream is left out.
 * @param tokens at least two
 * @param stop is asked after each window; undefined is given where it says so
 */
export async function textLoss(
  device: Device,
  model: TextModel,
  tokens: Int32Array,
  window: number,
  stop: () => boolean = () => false,
): Promise<TextLoss | undefined> {
  // with a state that goes on, how long a window is changes nothing but the number of runs
  const wanted = model instanceof RecurrentModel ? Math.max(window, 64) : window;
  const seqLen = Math.min(wanted, tokens.length - 1);
  const batch = Math.min(streamsAtMost, Math.floor((tokens.length - 1) / seqLen));
  const judge = await openJudge(device, model, batch, seqLen);
  const batches = new StreamBatches(tokens, { batch, seqLen });
  let sum = 0;
  try {
    for (const each of batches) {
      if (stop()) return undefined;
      sum += await judge.loss(each);
    }
  } finally {
    judge.dispose();
  }
  return { lossNats: sum / batches.length, characters: batches.length * batch * seqLen };
}

export const resultFile = "result.json";

/** The figures of a run, as every task has them: of the model and of trigrams on the same text. */
export interface Judgement {
  readonly metrics: { readonly lossNats: number };
  readonly baseline: { readonly lossNats: number };
  readonly data: { readonly trained: number; readonly tested: number };
}

/** Undefined where the text is too short to be foretold, or where `stop` says so. */
export async function judge(
  device: Device,
  model: TextModel,
  { training, test, vocabulary, window }: JudgedTexts,
  stop: () => boolean,
): Promise<Judgement | undefined> {
  const loss = test.length < 2 ? undefined : await textLoss(device, model, test, window, stop);
  if (loss === undefined) return undefined;
  return {
    metrics: { lossNats: loss.lossNats },
    baseline: { lossNats: NGrams.fit(training, vocabulary, 3, discounts).nats(test) },
    data: { trained: training.length, tested: loss.characters },
  };
}

export interface JudgedTexts {
  readonly training: Int32Array;
  readonly test: Int32Array;
  /** Number of different characters. */
  readonly vocabulary: number;
  /** Characters in a row that the model is given. */
  readonly window: number;
}

/** The loss of one window of all streams, and then of the next one. */
interface Judge {
  loss(window: StreamBatch): Promise<number>;
  dispose(): void;
}

async function openJudge(device: Device, model: TextModel, batch: number, seqLen: number): Promise<Judge> {
  const inputs = { tokens: int32([batch, seqLen]), targets: int32([batch, seqLen]) };
  if (!(model instanceof RecurrentModel)) {
    const program = await compile(device, model, {
      inputs,
      fn: ({ tokens, targets }) => losses.crossEntropy(model.forward(tokens), targets),
    });
    const loss = async (window: StreamBatch) => (await (await program.run(window)).read())[0] as number;
    return { loss, dispose: () => program.dispose() };
  }
  const program = await compile(device, model, {
    inputs: { ...inputs, state: model.rnn.stateSpec(batch) },
    fn: ({ tokens, targets, state }) => {
      const [logits, next] = model.forward(tokens, state);
      return { loss: losses.crossEntropy(logits, targets), state: next };
    },
  });
  let state: Awaited<ReturnType<typeof program.run>>["state"] | undefined;
  const loss = async (window: StreamBatch) => {
    const result = await program.run(state === undefined ? window : { ...window, state });
    state = result.state;
    return (await result.loss.read())[0] as number;
  };
  return { loss, dispose: () => program.dispose() };
}
