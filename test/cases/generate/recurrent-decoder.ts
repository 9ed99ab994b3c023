import type { Case, CaseContext } from "../../../harness/case.ts";
import {
  add,
  createRecurrentDecoder,
  float32,
  mul,
  nn,
  permute,
  reshape,
  split,
  stack,
  type Value,
  zeros,
} from "../../../src/index.ts";
import { tolerance } from "../../support/tolerance.ts";
import { assert, assertClose, assertEqual, assertRejects, assertSame } from "../support/assert.ts";
import { adapterKinds, withProfile } from "../support/profile.ts";
import { HIDDEN, LAYERS, type Layer, RecurrentModel } from "../support/recurrent-model.ts";

const BATCH = 3;

const makers: readonly [string, () => nn.Module][] = [
  ["LSTM", () => new nn.LSTM(5, HIDDEN, { numLayers: LAYERS })],
  ["LSTM that learns its first state", () => new nn.LSTM(5, HIDDEN, { trainableState: true })],
  ["GRU", () => new nn.GRU(5, HIDDEN, { numLayers: LAYERS })],
  ["RNN", () => new nn.RNN(5, HIDDEN, { numLayers: LAYERS })],
  ["MinGRU", () => new nn.MinGRU(5, HIDDEN, { numLayers: LAYERS })],
  ["MinLSTM", () => new nn.MinLSTM(5, HIDDEN, { numLayers: LAYERS })],
];

const tokensOf = (length: number, vocabulary: number): number[][] =>
  Array.from({ length: BATCH }, (_, i) => Array.from({ length }, (_, t) => (1 + 3 * i + t * t * (i + 1)) % vocabulary));

const part = (rows: readonly (readonly number[])[], from: number, to: number): Int32Array =>
  Int32Array.from(rows.flatMap((row) => row.slice(from, to)));

async function likeWhole(context: CaseContext): Promise<void> {
  for (const [name, make] of makers) {
    const model = new RecurrentModel(make() as Layer);
    // of 64 + 4 + 2 + 1 tokens, and of 4 + 2 + 1
    const read = name === "GRU" ? 71 : 7;
    const rows = tokensOf(read + 4, model.vocabulary);
    const allowed = tolerance.recurrent(LAYERS * (read + 4), HIDDEN);
    for (const kind of adapterKinds) {
      await withProfile(context.device, kind, async () => {
        const want = await model.whole(context, rows);
        const decoder = await model.decoder(context, BATCH);
        assertEqual("shape", [decoder.batch, decoder.vocabulary], [BATCH, model.vocabulary]);
        const check = (what: string, got: Float32Array, position: number) =>
          assertClose(`${name}, ${kind} kernels: ${what} ${position}`, got, want[position] as number[], allowed);
        for (const begin of ["first", "after reset"]) {
          check(`prefill, ${begin}, to`, await decoder.prefill(part(rows, 0, read)), read - 1);
          check("step", await decoder.step(part(rows, read, read + 1)), read);
          check("prefill on, to", await decoder.prefill(part(rows, read + 1, read + 3)), read + 2);
          check("step", await decoder.step(part(rows, read + 3, read + 4)), read + 3);
          decoder.reset();
        }
        check("first step", await decoder.step(part(rows, 0, 1)), 0);
        decoder.dispose();
      });
    }
    model.dispose(context.device);
  }
}

async function reorders(context: CaseContext): Promise<void> {
  for (const [name, make] of makers) {
    const model = new RecurrentModel(make() as Layer);
    const rows = tokensOf(9, model.vocabulary);
    const decoder = await model.decoder(context, BATCH);
    // before the first token there is nothing to move
    await decoder.reorder(Int32Array.of(2, 1, 0));
    await decoder.prefill(part(rows, 0, 4));
    await decoder.reorder(Int32Array.of(2, 0, 0));
    await decoder.step(part(rows, 4, 5));
    await decoder.reorder(Int32Array.of(1, 2, 0));
    await decoder.prefill(part(rows, 5, 8));
    const got = await decoder.step(part(rows, 8, 9));
    const [a, b] = rows as [number[], number[], number[]];
    const c = rows[2] as number[];
    const [first, second, third] = [
      [...c.slice(0, 4), a[4] as number],
      [...a.slice(0, 4), b[4] as number],
      [...a.slice(0, 4), c[4] as number],
    ];
    const moved = [
      [...second, ...a.slice(5)],
      [...third, ...b.slice(5)],
      [...first, ...c.slice(5)],
    ];
    const want = (await model.whole(context, moved)).at(-1) as number[];
    assertClose(name, got, want, tolerance.recurrent(LAYERS * 9, HIDDEN));
    decoder.dispose();
    model.dispose(context.device);
  }
}

/** A state of the user's own, h = h₋₁ / 2 + row of the token, whose sequences are counted along the first or last axis. */
async function ownStates({ device }: CaseContext): Promise<void> {
  const vocabulary = 4;
  const table = Float32Array.from({ length: vocabulary ** 2 }, (_, i) => (i * 7) % 11);
  for (const last of [false, true]) {
    const embed = new nn.Embedding(vocabulary, vocabulary);
    embed.loadStateDict(device, new Map([["weight", { shape: [vocabulary, vocabulary], data: table }]]));
    const decoder = await createRecurrentDecoder(device, embed, {
      batch: BATCH,
      state: { deep: [float32(last ? [2, 2, BATCH] : [BATCH, vocabulary])] as const },
      ...(last ? { batchAxis: 2 } : {}),
      forward(tokens, state) {
        const given = state?.deep[0];
        let h = given
          ? reshape(last ? permute(given, [2, 0, 1]) : given, [BATCH, vocabulary])
          : zeros([BATCH, vocabulary]);
        const rows = split(embed.forward(tokens), tokens.shape[1] as number, 1);
        const outputs = rows.map((row) => {
          h = add(mul(h, 0.5), reshape(row, [BATCH, vocabulary]));
          return h;
        });
        return [stack(outputs, 1), { deep: [last ? permute(reshape(h, [BATCH, 2, 2]), [1, 2, 0]) : h] as const }];
      },
    });
    const wanted = (sequences: readonly (readonly number[])[]) =>
      sequences.flatMap((tokens) =>
        Array.from({ length: vocabulary }, (_, j) =>
          tokens.reduce((h, token) => h / 2 + (table[token * vocabulary + j] as number), 0),
        ),
      );
    const got = await decoder.prefill(Int32Array.of(0, 1, 2, 3, 2, 2, 1, 0, 3));
    const sequences = [
      [0, 1, 2],
      [3, 2, 2],
      [1, 0, 3],
    ];
    assertSame("own state", got, wanted(sequences));
    await decoder.reorder(Int32Array.of(1, 2, 1));
    const moved = [1, 2, 1].map((parent, i) => [...(sequences[parent] as number[]), i]);
    assertSame("own state, moved", await decoder.step(Int32Array.of(0, 1, 2)), wanted(moved));
    decoder.dispose();
    embed.dispose(device);
  }
}

/** After the first rounds nothing is made: steps and moves only replay. */
async function replays(context: CaseContext): Promise<void> {
  const model = new RecurrentModel(new nn.GRU(5, HIDDEN) as unknown as Layer);
  const decoder = await model.decoder(context, BATCH);
  const round = async () => {
    decoder.reset();
    await decoder.prefill(new Int32Array(BATCH * 2));
    await decoder.reorder(Int32Array.of(0, 0, 1));
    await decoder.step(new Int32Array(BATCH));
  };
  await round();
  const { buffers, bindGroups, bytes } = context.device.counters;
  for (let i = 0; i < 5; i++) await round();
  const after = context.device.counters;
  // staging buffers come from a pool
  assert(after.buffers - buffers <= 1, `${after.buffers - buffers} buffers were made`);
  assertEqual("bind groups", after.bindGroups, bindGroups);
  decoder.dispose();
  assert(context.device.counters.bytes < bytes, "dispose freed nothing");
  await assertRejects("DataError", ["decoder", "disposed of"], () => decoder.step(new Int32Array(BATCH)));
  model.dispose(context.device);
}

async function errors(context: CaseContext): Promise<void> {
  const { device } = context;
  const model = new RecurrentModel(new nn.GRU(5, HIDDEN) as unknown as Layer);
  const decoder = await model.decoder(context, BATCH);
  await assertRejects("ShapeError", ["step", "got 2 tokens", "each of the 3"], () => decoder.step(Int32Array.of(1, 2)));
  await assertRejects("ShapeError", ["prefill", "got 4 tokens"], () => decoder.prefill(new Int32Array(4)));
  await assertRejects("ShapeError", ["prefill", "got 0 tokens"], () => decoder.prefill(new Int32Array(0)));
  await assertRejects("DataError", ["7", "at most 6"], () => decoder.step(Int32Array.of(1, 7, 0)));
  await assertRejects("DataError", ["reorder", "0, 3, 1", "0 to 2"], () => decoder.reorder(Int32Array.of(0, 3, 1)));
  await assertRejects("DataError", ["reorder"], () => decoder.reorder(Int32Array.of(0, 1)));
  decoder.dispose();
  const head = new nn.Linear(4, 5);
  const make = (options: object) =>
    createRecurrentDecoder(device, head, {
      batch: 2,
      state: float32([2, 4]),
      forward: (_, state) => {
        const h = state ?? zeros([2, 4]);
        return [stack([head.forward(h)], 1), h] as const;
      },
      ...options,
    });
  await assertRejects("ArgumentError", ["batch is 0"], () => make({ batch: 0 }));
  await assertRejects("ShapeError", ["state has shape [2, 4]", "batch 2 along axis 1"], () => make({ batchAxis: 1 }));
  await assertRejects("ShapeError", ["logits of shape [2, 5]", "[2, 1, vocabulary]"], () =>
    make({ forward: (_: Value, h: Value) => [head.forward(h), h] }),
  );
  await assertRejects("ShapeError", ["gives state of shape [2, 5]", "expected [2, 4]"], () =>
    make({ forward: (_: Value, h: Value) => [stack([head.forward(h)], 1), head.forward(h)] }),
  );
  model.dispose(device);
  head.dispose(device);
}

export const recurrentDecoderCases: readonly Case[] = [
  { name: "recurrent decoder: pieces and steps are the whole sequence", run: likeWhole },
  { name: "recurrent decoder: reorder", run: reorders },
  { name: "recurrent decoder: states of one's own", run: ownStates },
  { name: "recurrent decoder: only replays", run: replays },
  { name: "recurrent decoder: errors", run: errors },
];
