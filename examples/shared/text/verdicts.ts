/** What a model holds texts for. */
import type { Tensor } from "seqgrad";
import { likeliest } from "../likeliest.ts";
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
    for (const verdict of likeliest(await (await run(batch)).read(), classes)) {
      yield { text: texts[at++] as string, ...verdict };
    }
  }
}
