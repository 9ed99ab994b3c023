/** What a model holds texts for. */
import type { Tensor } from "seqgrad";
import type { Prediction } from "../task/task.ts";

/** A row for each text: what it is, its likeliest class, and how likely that is. `run` gives probabilities [batch, classes]. */
export async function* verdictsOf<Batch>(
  batches: Iterable<Batch>,
  run: (batch: Batch) => Promise<Tensor>,
  texts: readonly string[],
  classes: readonly string[],
): AsyncGenerator<Prediction> {
  let at = 0;
  for (const batch of batches) {
    const shares = await (await run(batch)).read();
    for (let from = 0; from < shares.length; from += classes.length) {
      const row = Array.from(shares.slice(from, from + classes.length), Number);
      const probability = Math.max(...row);
      yield { text: texts[at++] as string, class: classes[row.indexOf(probability)] as string, probability };
    }
  }
}
