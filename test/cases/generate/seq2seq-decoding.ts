import type { Case, CaseContext } from "../../../harness/case.ts";
import { beamSearch, compile, createSeq2SeqDecoder, generate, int32 } from "../../../src/index.ts";
import type { NdArray } from "../../reference/array.ts";
import { seq2seq } from "../../reference/recurrent/seq2seq.ts";
import { dataOf, fill, modelOf, SETTINGS, type Setting, toleranceOf, typed } from "../nn/seq2seq.ts";
import { assert, assertClose, assertEqual, assertRejects, assertSame } from "../support/assert.ts";
import { adapterKinds, withProfile } from "../support/profile.ts";

const STEPS = 6;

/** Settings in which the likeliest token is ahead by more than rounding, which the oracle tells. */
const DECODED = SETTINGS.slice(1);

const lengthsOf = ({ batch, source }: Setting, lengths: NdArray | undefined): Int32Array =>
  lengths ? (typed(lengths) as Int32Array) : new Int32Array(batch).fill(source);

/** Tokens and weights of a decode in one program are the oracle's. */
async function greedy(context: CaseContext): Promise<void> {
  const { device } = context;
  for (const setting of DECODED) {
    const model = modelOf(setting);
    const numbers = fill(context, model);
    const { source, lengths } = dataOf(setting);
    const want = seq2seq(setting, numbers, { source, lengths, steps: STEPS });
    for (const kind of adapterKinds) {
      await withProfile(device, kind, async () => {
        using compiled = await compile(device, model, {
          inputs: { source: int32(source.shape), lengths: int32([setting.batch]) },
          fn: ({ source, lengths }) => model.greedy(source, STEPS, { lengths }),
        });
        compiled.replay.poison();
        const given = { source: typed(source), lengths: lengthsOf(setting, lengths) };
        const { tokens, weights } = await compiled.run(given);
        const what = `${setting.cell} ${setting.attention} ${kind}`;
        assertEqual(`${what} shape`, tokens.shape, [setting.batch, STEPS]);
        assertSame(`${what} tokens`, await tokens.read(), want.tokens);
        const allowed = toleranceOf({ ...setting, target: STEPS });
        assertClose(`${what} weights`, await weights.read(), want.weights.data, allowed);
      });
    }
  }
}

/** Step by step: the logits of the oracle, the tokens of the decode in one program, and what beam search asks for. */
async function decoder(context: CaseContext): Promise<void> {
  for (const setting of DECODED) {
    const model = modelOf(setting);
    const numbers = fill(context, model);
    const { source, target, lengths } = dataOf(setting);
    const { batch, target: steps, startToken = 0 } = setting;
    const options = { batch, sourceLength: setting.source, attention: true };
    const decoding = await createSeq2SeqDecoder(context.device, model, options);
    const what = `${setting.cell} ${setting.attention}`;
    await assertRejects("DataError", ["encode"], () => decoding.step(new Int32Array(batch)));
    const sources = [typed(source) as Int32Array, lengthsOf(setting, lengths)] as const;
    await decoding.encode(...sources);
    assertEqual(`${what} vocabulary`, decoding.vocabulary, model.targetVocabulary);

    const want = seq2seq(setting, numbers, { source, target, lengths });
    const allowed = toleranceOf(setting);
    const column = (t: number) =>
      Int32Array.from({ length: batch }, (_, b) => (t === 0 ? startToken : (target.data[b * steps + t - 1] as number)));
    const rowsAt = (t: number) => {
      const size = model.targetVocabulary;
      return Array.from({ length: batch }, (_, b) => [
        ...want.logits.data.subarray((b * steps + t) * size, (b * steps + t + 1) * size),
      ]).flat();
    };
    for (let t = 0; t < steps; t++) {
      assertClose(`${what} step ${t}`, await decoding.step(column(t)), rowsAt(t), allowed);
    }
    const seen = decoding.attention();
    assertEqual(
      `${what} steps`,
      seen.map((each) => each.steps),
      new Array(batch).fill(steps),
    );
    assertClose(
      `${what} weights`,
      seen.flatMap(({ weights }) => [...weights]),
      want.weights.data,
      allowed,
    );

    // a prompt is as many steps, and reset begins again
    decoding.reset();
    const prompt = Int32Array.from(
      { length: batch * steps },
      (_, i) => column(i % steps)[Math.floor(i / steps)] as number,
    );
    assertClose(`${what} prefill`, await decoding.prefill(prompt), rowsAt(steps - 1), allowed);

    // turned around, sequence b goes on as the one that stood there
    decoding.reset();
    for (let t = 0; t + 1 < steps; t++) await decoding.step(column(t));
    const parents = Int32Array.from({ length: batch }, (_, b) => batch - 1 - b);
    await decoding.reorder(parents);
    const turned = Int32Array.from(parents, (parent) => column(steps - 1)[parent] as number);
    const size = model.targetVocabulary;
    const expected = Array.from(parents).flatMap((p) => rowsAt(steps - 1).slice(p * size, (p + 1) * size));
    assertClose(`${what} reordered`, await decoding.step(turned), expected, allowed);
    const weights = decoding.attention().map((each) => [...each.weights]);
    const byRow = (b: number) => [
      ...want.weights.data.subarray(b * steps * setting.source, (b + 1) * steps * setting.source),
    ];
    assertClose(`${what} reordered weights`, weights.flat(), Array.from(parents).flatMap(byRow), allowed);

    const own = seq2seq(setting, numbers, { source, lengths, steps: STEPS });
    const written = await generate(decoding, { prompt: [startToken], maxTokens: STEPS, temperature: 0 });
    assertSame(
      `${what} generated`,
      written.flatMap(({ tokens }) => [...tokens]),
      own.tokens,
    );
    decoding.dispose();

    // each source for as many sequences as there are beams: the best is at least as likely as the greedy one
    const beams = 3;
    const wide = await createSeq2SeqDecoder(context.device, model, {
      ...options,
      batch: batch * beams,
      attention: false,
    });
    await wide.encode(...sources);
    const found = await beamSearch(wide, { prompt: [startToken], beams, maxTokens: STEPS });
    found.forEach((hypotheses, b) => {
      const [best] = hypotheses;
      const tokens = Array.from(own.tokens.subarray(b * STEPS, (b + 1) * STEPS));
      const likelihood = (sequence: readonly number[]) => logLikelihood(setting, numbers, b, sequence);
      const allowedLog = toleranceOf({ ...setting, target: STEPS });
      assertClose(
        `${what} log-probability`,
        [best?.logProbability as number],
        [likelihood(Array.from(best?.tokens ?? []))],
        { relative: allowedLog.relative * STEPS, absolute: allowedLog.absolute * STEPS },
      );
      assert((best?.logProbability as number) > likelihood(tokens) - 1e-3, `${what}: beam search is worse than greedy`);
    });
    await assertRejects("DataError", ["attention: true"], () => wide.attention());
    await assertRejects("ShapeError", ["encode", "count"], () => wide.encode(new Int32Array(setting.source + 1)));
    wide.dispose();
  }
}

/** log P of a sequence of STEPS tokens for source b, by the oracle. */
function logLikelihood(
  setting: Setting,
  numbers: Record<string, NdArray>,
  b: number,
  sequence: readonly number[],
): number {
  const { source, lengths } = dataOf(setting);
  const one = (x: NdArray, width: number): NdArray => ({
    ...x,
    shape: width === 1 ? [1] : [1, width],
    data: x.data.slice(b * width, (b + 1) * width),
  });
  const target: NdArray = { shape: [1, STEPS], data: Float64Array.from(sequence), dtype: "int32" };
  const rows = { ...source, shape: [1, setting.source], data: one(source, setting.source).data };
  const { logits } = seq2seq(setting, numbers, { source: rows, target, lengths: lengths && one(lengths, 1) });
  const size = logits.shape[2] as number;
  return sequence.reduce((total, token, t) => {
    const row = Array.from(logits.data.subarray(t * size, (t + 1) * size));
    const largest = Math.max(...row);
    const sum = row.reduce((all, x) => all + Math.exp(x - largest), 0);
    return total + (row[token] as number) - largest - Math.log(sum);
  }, 0);
}

export const seq2seqDecodingCases: readonly Case[] = [
  { name: "seq2seq greedy decode", run: greedy },
  { name: "seq2seq decoder", run: decoder },
];
