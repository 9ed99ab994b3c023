import type { CellName } from "../../settings.ts";
import type { MakeBody } from "./cell.ts";
import { jordan } from "./jordan.ts";
import { gru, gruBefore, lstm, minGru, minLstm, peephole, rnn } from "./recurrent.ts";
import { seq2seq } from "./seq2seq.ts";
import { transformer } from "./transformer.ts";

export const cells: Readonly<Record<CellName, MakeBody>> = {
  lstm,
  peephole,
  gru,
  gruBefore,
  rnn,
  minGru,
  minLstm,
  jordan,
  transformer,
  seq2seq,
};
