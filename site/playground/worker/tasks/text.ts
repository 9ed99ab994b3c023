import { CharTokenizer, int32, losses, StreamBatches } from "seqgrad";
import { makeStories } from "../../../../examples/text-generation/corpus.ts";
import type { TaskData } from "../../protocol.ts";
import type { Settings } from "../../settings.ts";
import { largest, type Problem } from "../problem.ts";

/** Predicts each next character. The text is read in rows side by side, each going on where it ended. */
export function text({ batch, length }: Settings, data: TaskData): Problem {
  const own = data.kind === "text" ? data.text.replaceAll("\r\n", "\n") : makeStories(200_000);
  const needed = batch * (length + 1) * 4;
  if (own.length < needed) {
    throw new Error(
      `The text has ${own.length} characters; a batch of ${batch} rows of ${length} needs ${needed}. Take a longer text, or a smaller batch or length.`,
    );
  }
  const tokenizer = CharTokenizer.fromText(own);
  const tokens = Int32Array.from(tokenizer.encode(own));
  // the last tenth, and a whole batch at least, is never trained on
  const held = Math.max(Math.floor(tokens.length / 10), batch * length + 1);
  const batches = new StreamBatches(tokens.subarray(0, tokens.length - held), { batch, seqLen: length });
  const unseen = new StreamBatches(tokens.subarray(tokens.length - held), { batch, seqLen: length }).next();
  const size = tokenizer.characters.length;
  return {
    input: { tokens: size },
    outputs: size,
    time: length,
    target: (rows) => int32([rows, length]),
    batch(step) {
      batches.restore({ ...batches.state(), step });
      const { tokens: x, targets: y } = batches.next();
      return { x, y };
    },
    continues(step) {
      batches.restore({ ...batches.state(), step });
      return !batches.startsEpoch;
    },
    validation: { x: unseen.tokens, y: unseen.targets },
    loss: (outputs, y) => losses.crossEntropy(outputs, y),
    baseline: entropy(tokens, size),
    accuracy: (outputs, y) => y.filter((token, i) => largest(outputs, i * size, size) === token).length / y.length,
    labels: ({ x }, row) =>
      Array.from(x.subarray(row * length, (row + 1) * length), (token) => tokenizer.decode([token])),
    tokenizer,
  };
}

/** Nats a character of who knows only how often each one comes. */
function entropy(tokens: Int32Array, size: number): number {
  const counts = new Float64Array(size);
  for (const token of tokens) counts[token] = (counts[token] as number) + 1;
  return counts.reduce(
    (sum, count) => (count ? sum - (count / tokens.length) * Math.log(count / tokens.length) : sum),
    0,
  );
}
