/** The model of a run: tokens or numbers in, a body of the chosen cell, a linear layer on each of its outputs. */
import { dropout, nn, type Value } from "seqgrad";
import { taskFacts } from "../facts.ts";
import type { Settings } from "../settings.ts";
import type { Body, MakeBody } from "./cells/cell.ts";
import { cells } from "./cells/index.ts";
import type { Problem } from "./problem.ts";

/** Numbers that stand for a token. */
export const embedded = 24;

export class PlayModel extends nn.Module {
  readonly embed: nn.Embedding | null;
  readonly body: Body;
  readonly head: nn.Linear;

  constructor(
    problem: Problem,
    private readonly settings: Settings,
    makeBody: MakeBody = cells[settings.cell],
  ) {
    super();
    const { input, outputs } = problem;
    this.embed =
      "tokens" in input ? new nn.Embedding(input.tokens, embedded, { initializer: nn.initializers.normal() }) : null;
    this.body = makeBody({
      input: "tokens" in input ? embedded : input.features,
      outputs,
      answerFrom: problem.answerFrom,
      foretells: taskFacts[settings.task].foretells,
      settings,
    });
    this.head = new nn.Linear(this.body.size, outputs);
  }

  /** What goes into the body. */
  enter(x: Value): Value {
    return this.embed ? this.embed.forward(x) : x;
  }

  /** [batch, time] or [batch, time, features] → [batch, time, outputs], and the state after. */
  forward(x: Value, state?: unknown): readonly [outputs: Value, state: unknown] {
    const [hidden, next] = this.body.forward(this.enter(x), state as never);
    return [this.answer(hidden), next];
  }

  answer(hidden: Value): Value {
    return this.head.forward(this.settings.dropout > 0 ? dropout(hidden, this.settings.dropout) : hidden);
  }
}
