/** What the heads of a Transformer look at while it answers. */
import { add, compile, type Device, int32, type nn, slice, type Value } from "seqgrad";
import type { Exercise, ExerciseFormat } from "./exercises.ts";
import { figure } from "./figures/figure.ts";
import { heatMap } from "./figures/heat-map.ts";

/** The weights of every layer, [batch, heads, length, length] each: the model's forward pass, looked into. */
function attentionOf(model: nn.TransformerLM, tokens: Value): Value[] {
  const embedded = model.embed.forward(tokens);
  let x = model.position ? add(embedded, slice(model.position, 0, 0, tokens.shape[1])) : embedded;
  return model.body.layers.map((layer) => {
    const seen = layer.norm1.forward(x);
    x = layer.forward(x, { causal: true });
    return layer.self_attn.weights(seen, seen, { causal: true });
  });
}

/** One head: a row for each character of the answer, a column for each of the question. */
export interface HeadWeights {
  readonly layer: number;
  readonly head: number;
  readonly rows: readonly (readonly number[])[];
}

/** Reads the weights with which each head looks at the question when it writes the answer. */
export async function readAttention(
  device: Device,
  model: nn.TransformerLM,
  format: ExerciseFormat,
  exercise: Exercise,
): Promise<HeadWeights[]> {
  const { length, questionLength } = format;
  using program = await compile(device, model, {
    inputs: { tokens: int32([1, length]) },
    fn: ({ tokens }) => attentionOf(model, tokens),
  });
  const layers = await program.run({ tokens: format.encode([exercise]).tokens });
  const { question, answer } = exercise;
  const heads: HeadWeights[] = [];
  for (const [layer, tensor] of layers.entries()) {
    const weights = await tensor.read();
    for (let head = 0; head < (tensor.shape[1] as number); head++) {
      const rows = Array.from(answer, (_, i) => {
        // the place in front of a character is where it is written from
        const row = (head * length + questionLength - 1 + i) * length;
        return Array.from(question, (_, j) => weights[row + questionLength - question.length + j] as number);
      });
      heads.push({ layer, head, rows });
    }
  }
  return heads;
}

/** All heads, a layer per row; the darker a square, the more of the weight is there. */
export function attentionPicture(about: string, { question, answer }: Exercise, heads: readonly HeadWeights[]): string {
  const maps = heads.map(({ layer, head, rows }) =>
    heatMap({
      title: `layer ${layer + 1}, head ${head + 1}`,
      rows: [...answer],
      columns: [...question],
      values: rows,
    }),
  );
  const subtitle = "rows: the character that is written next; columns: the characters of the question";
  const columns = Math.max(...heads.map(({ head }) => head)) + 1;
  return figure({ title: `${about}: where each head looks`, subtitle, columns }, maps);
}
