/** What recognises pen strokes: corners and bends by convolution, their order by a GRU. */
import { dropout, float32, int32, losses, metrics, nn, pool, relu, type Value } from "seqgrad";
import { Batches } from "seqgrad/data";
import { type Random, seededRandom } from "../shared/random.ts";
import { channels, featuresOf, type Gesture, resampled, steps, varied } from "./strokes.ts";

export interface GestureSizes {
  /** Units of the GRU in each direction. */
  readonly hidden: number;
  /** Outputs of each convolution. */
  readonly filters: number;
}

export class GestureNet extends nn.Module {
  readonly fine: nn.Conv1d;
  readonly coarse: nn.Conv1d;
  readonly gru: nn.GRU;
  readonly head: nn.Linear;

  constructor(
    classes: number,
    { hidden, filters }: GestureSizes,
    private readonly rate = 0.2,
  ) {
    super();
    this.fine = new nn.Conv1d(channels, filters, 5, { padding: "same" });
    this.coarse = new nn.Conv1d(filters, filters, 5, { stride: 2, padding: "same" });
    this.gru = new nn.GRU(filters, hidden, { bidirectional: true });
    this.head = new nn.Linear(2 * hidden, classes);
  }

  /** float32 [batch, steps, channels] → logits [batch, classes] */
  forward(points: Value): Value {
    const corners = relu(this.coarse.forward(relu(this.fine.forward(points))));
    const [outputs] = this.gru.forward(dropout(corners, this.rate));
    return this.head.forward(dropout(pool(outputs, undefined, "max"), this.rate));
  }
}

export const gestureInputs = { points: float32(["batch", steps, channels]), label: int32(["batch"]) };

export const gestureLoss =
  (model: GestureNet, labelSmoothing = 0) =>
  ({ points, label }: { readonly points: Value; readonly label: Value }) => {
    const logits = model.forward(points);
    const loss = losses.crossEntropy(logits, label, { labelSmoothing });
    const lossNats = metrics.mean(losses.crossEntropy(logits, label, { reduction: "none" }));
    return { loss, metrics: { accuracy: metrics.accuracy(logits, label), lossNats } };
  };

/** What is trained on: `variants` of each stroke. */
export function variantsOf(gestures: readonly Gesture[], variants: number, seed: number): Gesture[] {
  const random: Random = seededRandom(seed, 1);
  const copy = ({ label, points }: Gesture): Gesture => ({ label, points: varied(points, random) });
  return Array.from({ length: variants }, () => gestures.map(copy)).flat();
}

export function gestureBatches(
  gestures: readonly Gesture[],
  classes: readonly string[],
  { batchSize, shuffle = false }: { readonly batchSize: number; readonly shuffle?: number | false },
): Batches<{ points: number[][][]; label: number[] }> {
  const points = gestures.map((gesture) => featuresOf(resampled(gesture.points)));
  const label = gestures.map((gesture) => classes.indexOf(gesture.label));
  return new Batches({ points, label }, { batchSize, shuffle });
}
