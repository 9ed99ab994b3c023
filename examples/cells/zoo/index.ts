import type { Tree } from "seqgrad";
import type { Cell } from "../cell.ts";
import type { papers } from "../help.mjs";
import { CIFG } from "./cifg.ts";
import { ClockworkRNN } from "./clockwork-rnn.ts";
import { CoRNN } from "./cornn.ts";
import { IndRNN } from "./indrnn.ts";
import { LayerNormGRU } from "./layer-norm-gru.ts";
import { LEM } from "./lem.ts";
import { MGU } from "./mgu.ts";
import { MultiplicativeLSTM } from "./multiplicative-lstm.ts";
import { QRNN } from "./qrnn.ts";
import { SLSTM } from "./slstm.ts";
import { SRU } from "./sru.ts";
import { UGRNN } from "./ugrnn.ts";

/** By name, as `--cells` takes them. */
export const zoo: Readonly<
  Record<keyof typeof papers, new (inputSize: number, hiddenSize: number, memory?: number) => Cell<Tree>>
> = {
  cifg: CIFG,
  mgu: MGU,
  ugrnn: UGRNN,
  indRnn: IndRNN,
  sru: SRU,
  qrnn: QRNN,
  mLstm: MultiplicativeLSTM,
  clockwork: ClockworkRNN,
  layerNormGru: LayerNormGRU,
  sLstm: SLSTM,
  coRnn: CoRNN,
  lem: LEM,
};
