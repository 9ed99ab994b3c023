/** What random programs are made of. */
import type { Operation } from "../builder.ts";
import { checkpoint, scan } from "./bodies.ts";
import { binary, select, unary } from "./elementwise.ts";
import { argmax, embedding, places } from "./indices.ts";
import { broadcast, join, move } from "./layout.ts";
import { alignmentLoss, classLoss, pairLoss } from "./losses.ts";
import { glu, linear, matmul, norm, overAxis, reduce } from "./rows.ts";
import { attention, batchNorm, layer, minimalLayer, recurrence, sequence, steps } from "./sequences.ts";

/** As often as they stand here. */
export const operations: readonly Operation[] = [
  unary,
  binary,
  move,
  matmul,
  reduce,
  scan,
  checkpoint,
  layer,
  unary,
  binary,
  move,
  linear,
  join,
  overAxis,
  norm,
  attention,
  embedding,
  binary,
  move,
  scan,
  checkpoint,
  classLoss,
  pairLoss,
  sequence,
  select,
  recurrence,
  move,
  glu,
  minimalLayer,
  argmax,
  places,
  broadcast,
  alignmentLoss,
  steps,
  batchNorm,
];
