import { type Builder, type Choices, type Known, ref } from "../builder.ts";
import type { Arg } from "../form.ts";
import { last, rank } from "./support.ts";

type Options = Record<string, Arg>;

/** Which losses of a shape count how much, and what becomes of them. */
function weighing(b: Builder, c: Choices, shape: readonly number[]): Options {
  const options: Options = {};
  const kind = c.next(4);
  if (kind > 1) {
    const own = b.operand(c, shape.slice(0, 1 + c.next(Math.max(1, shape.length))));
    // shares, or what is left out
    options.weights = ref(kind === 2 ? b.one("sigmoid", ref(own)) : b.one("greater", ref(own), 0.1));
  }
  if (c.flag()) options.reduction = c.of(["mean", "sum", "none"]);
  return options;
}

/** One class out of several. */
export function classLoss(b: Builder, c: Choices): void {
  const x = b.float(c, rank(1, 4));
  const classes = last(x);
  const rows = x.x.shape.slice(0, -1);
  const soft = c.next(4) === 1;
  const plain = c.next(3) === 0;
  const targets = soft ? b.one("softmax", ref(b.operand(c, x.x.shape))) : b.ints(rows, c.flag() ? -1 : 0, classes - 1);
  if (plain) {
    b.one("crossEntropy", ref(x), ref(targets));
    return;
  }
  const options = weighing(b, c, rows);
  if (c.flag()) options.classWeights = ref(b.one("sigmoid", ref(b.operand(c, [classes]))));
  if (!soft && c.flag()) options.ignoreIndex = c.of([0, classes - 1, -100, classes]);
  if (!soft && c.flag()) {
    b.one("negativeLogLikelihood", ref(b.one("logSoftmax", ref(x))), ref(targets), options);
    return;
  }
  if (c.flag()) options.labelSmoothing = c.of([0.1, 1]);
  b.one("crossEntropy", ref(x), ref(targets), options);
}

/** Predictions and targets of one shape. */
export function pairLoss(b: Builder, c: Choices): void {
  const x = b.float(c, rank(1, 4));
  const y = b.operand(c, x.x.shape);
  const byElement = (fn: string, own: Options = {}, target: Known = y) =>
    b.one(fn, ref(x), ref(target), { ...weighing(b, c, x.x.shape), ...own });
  const byRow = () => weighing(b, c, x.x.shape.slice(0, -1));
  switch (c.next(8)) {
    case 0:
      byElement("meanSquaredError");
      return;
    case 1:
      byElement("meanAbsoluteError");
      return;
    case 2:
      byElement("huber", c.flag() ? { delta: 0.3 } : {});
      return;
    case 3:
      byElement("quantile", { quantile: c.of([0.5, 0.9]) });
      return;
    case 4: {
      const own: Options = {};
      if (c.flag()) own.positiveWeight = 1.7;
      if (c.flag()) own.labelSmoothing = 0.2;
      byElement("binaryCrossEntropy", own, b.one("sigmoid", ref(y)));
      return;
    }
    case 5:
      byElement("hinge", c.flag() ? { margin: 0.4 } : {});
      return;
    case 6: {
      const logTargets = c.flag();
      const target = b.one(logTargets ? "logSoftmax" : "softmax", ref(y));
      b.one("klDivergence", ref(b.one("logSoftmax", ref(x))), ref(target), { ...byRow(), logTargets });
      return;
    }
    default:
      b.one("cosineDistance", ref(x), ref(y), byRow());
  }
}

/** CTC of [batch, time, classes], RNN-T of [batch, time, symbols + 1, classes]. */
export function alignmentLoss(b: Builder, c: Choices): void {
  const isCtc = c.flag();
  const fits = (x: { readonly shape: readonly number[] }) =>
    x.shape.length === (isCtc ? 3 : 4) && (x.shape.at(-1) as number) > 1 && (isCtc || (x.shape[2] as number) > 1);
  const own = () => b.input([b.size(c) % 5, 4, ...(isCtc ? [] : [3]), 3].map((extent) => extent || 1));
  const logits = c.flag() ? b.float(c, fits) : own();
  const [batch, time] = logits.x.shape as [number, number];
  const classes = last(logits);
  const symbols = isCtc ? c.of([1, 2, 4]) : (logits.x.shape[2] as number) - 1;
  // the blank is the first class or the last
  const isLast = c.flag();
  const targets = b.ints([batch, symbols], isLast ? 0 : 1, classes - (isLast ? 2 : 1));
  const options: Options = { ...weighing(b, c, [batch]), zeroInfinity: c.flag() };
  if (isLast) options.blank = classes - 1;
  if (c.flag()) options.lengths = ref(b.ints([batch], 0, time));
  if (c.flag()) options.targetLengths = ref(b.ints([batch], 0, symbols));
  b.one(isCtc ? "ctc" : "rnnt", ref(logits), ref(targets), options);
}
