import type { Device } from "../gpu/device.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { float32, int32 } from "../graph/shape.ts";
import { flatten, type Tree, unflatten } from "../graph/tree.ts";
import type { Value } from "../graph/value.ts";
import { compile } from "../nn/compile.ts";
import type { Seq2SeqState } from "../nn/seq2seq/cell.ts";
import type { Seq2Seq } from "../nn/seq2seq/seq2seq.ts";
import { embedding } from "../ops/layout/embedding.ts";
import { reshape } from "../ops/layout/layout.ts";
import type { Unfinished } from "../run/unfinished.ts";

/** What a source leaves: read by every step, moved about by `reorder`. */
export interface Held<T> {
  readonly memory: T;
  readonly keys: T;
}

interface Program<O> {
  run(data: Readonly<Record<string, unknown>>): Promise<O>;
  dispose(): void;
}

/** What a decoder runs. */
export interface Programs {
  readonly encode: Program<Held<Tensor> & { readonly state: Seq2SeqState<Tensor> }>;
  readonly step: Program<{ readonly logits: Tensor; readonly weights: Tensor; readonly state: Seq2SeqState<Tensor> }>;
  readonly moveState: Program<{ readonly state: Seq2SeqState<Tensor> }>;
  readonly moveMemory: Program<Held<Tensor>>;
}

/** All programs of a decoder; `unfinished` frees them where one fails. */
export async function compileAll(
  device: Device,
  model: Seq2Seq,
  { batch, sourceLength }: { readonly batch: number; readonly sourceLength: number },
  unfinished: Unfinished,
): Promise<Programs> {
  const lengths = int32([batch]);
  let widths = { memory: 0, keys: 0 };
  const encode = await compile(device, model, {
    inputs: { source: int32([batch, sourceLength]), lengths },
    fn: ({ source, lengths }) => {
      const { memory, state } = model.encode(source, { lengths });
      widths = { memory: memory.memory.shape[2] as number, keys: memory.keys.shape[2] as number };
      return { memory: memory.memory, keys: memory.keys, state };
    },
  });
  unfinished.own(encode);
  const held = {
    memory: float32([batch, sourceLength, widths.memory]),
    keys: float32([batch, sourceLength, widths.keys]),
  };
  const state = model.stateSpec(batch);
  const parents = int32([batch]);
  const step = await compile(device, model, {
    inputs: { tokens: int32([batch]), lengths, ...held, state },
    fn: ({ tokens, lengths, memory, keys, state }) => {
      const before = state as unknown as Seq2SeqState;
      const token = model.target_embedding.forward(tokens);
      const { readout, weights, state: next } = model.decoder.forward(token, before, { memory, keys, lengths });
      return { logits: model.output.forward(readout), weights, state: next };
    },
  });
  unfinished.own(step);
  const moveState = await compile(device, null, {
    inputs: { parents, state },
    fn: ({ parents, state }) => ({ state: takeRows(state as Tree, parents) }),
  });
  unfinished.own(moveState);
  const moveMemory = await compile(device, null, {
    inputs: { parents, ...held },
    fn: ({ parents, memory, keys }) => takeRows({ memory, keys }, parents),
  });
  unfinished.own(moveMemory);
  return { encode, step, moveState, moveMemory } as unknown as Programs;
}

/** Rows `parents` of all values, whose first axis counts sequences. */
function takeRows(tree: Tree, parents: Value): Tree {
  const rows = flatten(tree).map((x) => reshape(embedding(parents, reshape(x, [x.shape[0] as number, -1])), x.shape));
  return unflatten(tree, rows);
}
