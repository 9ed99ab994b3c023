/** A GRU in each direction that goes on with its own predictions where numbers are missing (after Cao et al. 2018, BRITS). */
import { add, concat, float32, losses, mul, nn, permute, relu, scan, select, sub, type Value, zeros } from "seqgrad";

export interface ImputerSizes {
  readonly columns: number;
  readonly seasons: number;
  readonly window: number;
  readonly hidden: number;
}

/** One direction: the state before a row predicts the row. */
class Direction extends nn.Module {
  readonly cell: nn.GRUCell;
  readonly predict: nn.Linear;

  constructor(
    { columns, seasons, hidden }: ImputerSizes,
    private readonly reverse: boolean,
  ) {
    super();
    this.cell = new nn.GRUCell(2 * columns + 2 * seasons, hidden);
    this.predict = new nn.Linear(hidden, columns);
  }

  /** All [time, batch, …] → of each row its prediction and the state that made it. */
  forward(rows: { filled: Value; known: Value; seasons: Value }): { predictions: Value; states: Value } {
    const [, batch] = rows.filled.shape as [number, number];
    const start = zeros([batch, this.cell.hiddenSize]);
    const [, found] = scan(
      rows,
      start,
      (h, { filled, known, seasons }) => {
        const predictions = this.predict.forward(h);
        const whole = select(known, filled, predictions);
        return [this.cell.forward(concat([whole, known, seasons], 1), h), { predictions, states: h }];
      },
      { reverse: this.reverse },
    );
    return found;
  }
}

export class Imputer extends nn.Module {
  readonly forth: Direction;
  readonly back: Direction;
  readonly both: nn.Linear;
  readonly head: nn.Linear;

  constructor(readonly sizes: ImputerSizes) {
    super();
    const { columns, hidden } = sizes;
    this.forth = new Direction(sizes, false);
    this.back = new Direction(sizes, true);
    this.both = new nn.Linear(2 * hidden + 4 * columns, hidden);
    this.head = new nn.Linear(hidden, columns);
  }

  /** All [batch, time, …] → what each direction predicts, and both together: what is to be added to the straight line. */
  forward(filled: Value, known: Value, seasons: Value): { forth: Value; back: Value; found: Value } {
    const byTime = (x: Value) => permute(x, [1, 0, 2]);
    const rows = { filled: byTime(filled), known: byTime(known), seasons: byTime(seasons) };
    const [forth, back] = [this.forth.forward(rows), this.back.forward(rows)];
    const wholes = [forth, back].map(({ predictions }) =>
      sub(select(rows.known, rows.filled, predictions), rows.filled),
    );
    const seen = concat([forth.states, back.states, ...wholes, rows.filled, rows.known], 2);
    const found = add(rows.filled, this.head.forward(relu(this.both.forward(seen))));
    return { forth: byTime(forth.predictions), back: byTime(back.predictions), found: byTime(found) };
  }
}

export const imputerInputs = ({ columns, seasons, window }: ImputerSizes) => {
  const table = float32(["batch", window, columns]);
  return { filled: table, known: table, truth: table, asked: table, seasons: float32(["batch", window, 2 * seasons]) };
};

/** The directions learn from all that is known, both together from what is hidden. */
export const imputerLoss =
  (model: Imputer) =>
  ({ filled, known, truth, asked, seasons }: Record<"filled" | "known" | "truth" | "asked" | "seasons", Value>) => {
    const { forth, back, found } = model.forward(filled, known, seasons);
    const all = add(known, asked);
    const alone = [forth, back].map((each) => losses.meanAbsoluteError(each, truth, { weights: all })) as [
      Value,
      Value,
    ];
    const loss = add(losses.meanAbsoluteError(found, truth, { weights: asked }), mul(add(...alone), 0.2));
    return { loss, outputs: found };
  };
