import { ArgumentError, DataError } from "../errors.ts";
import { anything, checkOptions, count, countOrZero, flag, type KindsOf, nonNegative, required } from "../options.ts";
import { type Candidate, logSoftmax, take } from "./beam-candidates.ts";
import { checkDecoder, type Decoder } from "./decoder.ts";
import { signalKind } from "./generate.ts";
import { occupy } from "./in-use.ts";
import { type Prompt, packPrompts, promptsOf } from "./prompt.ts";

/** Options of `beamSearch`. */
export interface BeamSearchOptions {
  /** Tokens to begin with: one list for all sequences, or one for each, of equal lengths. */
  readonly prompt: Prompt;
  /** Hypotheses that are followed side by side. */
  readonly beams: number;
  /** Tokens of a hypothesis at most, its end included. */
  readonly maxTokens: number;
  /** The token that ends a hypothesis. Without it all have `maxTokens` tokens. */
  readonly endToken?: number | undefined;
  /**
   * α ≥ 0 in Wu et al. 2016: hypotheses are compared by log P / ((5 + length) / 6)^α. 0, the default, compares log P, which
   * favours short ones.
   */
  readonly lengthPenalty?: number | undefined;
  /** Ends as soon as `beams` hypotheses have ended, where otherwise it goes on until no better one can come. */
  readonly earlyStopping?: boolean | undefined;
  /** Ends the search with the signal's reason as error. */
  readonly signal?: AbortSignal | undefined;
}

/** A sequence that `beamSearch` found, with its log-probability. */
export interface Hypothesis {
  /** Without the prompt and the end token. */
  readonly tokens: Int32Array;
  /** Of the tokens and, where it has ended, of the end token. */
  readonly logProbability: number;
  /** The log-probability over the length's penalty. */
  readonly score: number;
  /** Whether the end token came; otherwise `maxTokens` cut it. */
  readonly ended: boolean;
}

/** A hypothesis that goes on. */
interface Beam {
  readonly tokens: readonly number[];
  readonly logProbability: number;
}

/**
 * Beam search over one sequence (`decoder.batch` = `beams`) or several (`decoder.batch` a multiple of it: rows `s · beams`
 * to `(s + 1) · beams` belong to sequence s). Gives each sequence's best hypotheses, `beams` at most, the best first. An
 * end counts where it is among the best `beams` continuations. Equal inputs give equal results: of equal scores the
 * better beam's comes first, then the lower token's. Throws ArgumentError for options out of range, DataError for a prompt that
 * is none, and where the decoder is in use by another search or generation.
 */
export async function beamSearch(decoder: Decoder, options: BeamSearchOptions): Promise<Hypothesis[][]> {
  checkDecoder("beamSearch", decoder);
  checkOptions("beamSearch", options, kinds);
  requireFitting(decoder, options);
  const { batch, vocabulary } = decoder;
  const { beams, signal } = options;
  const searches = Array.from({ length: batch / beams }, () => new Search(options));
  const prompts = promptsOf("beamSearch", options.prompt, searches.length, vocabulary);
  const length = (prompts[0] as ArrayLike<number>).length;
  if (prompts.some((prompt) => prompt.length !== length)) {
    const lengths = prompts.map((prompt) => prompt.length).join(", ");
    throw new DataError(`beamSearch: prompts have lengths ${lengths}, expected equal ones; search one after the other`);
  }
  const rows = prompts.flatMap((prompt) => new Array<ArrayLike<number>>(beams).fill(prompt));
  signal?.throwIfAborted();
  const release = occupy(decoder, "beamSearch");
  try {
    return await runSearches(decoder, searches, packPrompts(rows, length), options);
  } finally {
    release();
  }
}

/** @param prompts [batch · length] */
async function runSearches(
  decoder: Decoder,
  searches: readonly Search[],
  prompts: Int32Array,
  { beams, signal }: BeamSearchOptions,
): Promise<Hypothesis[][]> {
  const { batch, vocabulary } = decoder;
  decoder.reset();
  let logits = await decoder.prefill(prompts);
  for (;;) {
    signal?.throwIfAborted();
    const tokens = new Int32Array(batch);
    const parents = Int32Array.from({ length: batch }, (_, i) => i);
    searches.forEach((search, s) => {
      const from = s * beams;
      if (search.done) return;
      const rowOf = (beam: number) => logits.subarray((from + beam) * vocabulary, (from + beam + 1) * vocabulary);
      search.extend(rowOf).forEach(({ beam, token }, i) => {
        parents[from + i] = from + beam;
        tokens[from + i] = token;
      });
    });
    if (searches.every(({ done }) => done)) return searches.map((search) => search.results());
    if (parents.some((parent, i) => parent !== i)) await decoder.reorder(parents);
    logits = await decoder.step(tokens);
  }
}

const kinds: KindsOf<BeamSearchOptions> = {
  prompt: required(anything),
  beams: required(count),
  maxTokens: required(count),
  endToken: countOrZero,
  lengthPenalty: nonNegative,
  earlyStopping: flag,
  signal: signalKind,
};

/** Throws ArgumentError for options that do not fit the decoder. */
function requireFitting({ batch, vocabulary }: Decoder, { beams, endToken = 0 }: BeamSearchOptions): void {
  if (batch % beams !== 0) {
    throw new ArgumentError(
      `beamSearch: the decoder's batch is ${batch}, expected a multiple of beams ${beams}; make a decoder of batch sequences · beams`,
    );
  }
  if (endToken >= vocabulary) {
    throw new ArgumentError(
      `beamSearch: endToken is ${endToken}, expected an integer from 0 to ${vocabulary - 1}; leave it out where there is none`,
    );
  }
}

/** The search of one sequence. */
class Search {
  done = false;
  /** After the prompt all rows are alike, so one stands for all. */
  #alive: readonly Beam[] = [{ tokens: [], logProbability: 0 }];
  readonly #finished: Hypothesis[] = [];

  constructor(private readonly options: BeamSearchOptions) {}

  /** Goes on by a token. Gives for each hypothesis that lives on its parent's row and its token, in the order of rows. */
  extend(rowOf: (beam: number) => Float32Array): Candidate[] {
    const { beams, endToken, maxTokens, earlyStopping = false } = this.options;
    // each beam ends in one way only, so among twice as many there are enough that live on
    const best = take(
      this.#alive.map(({ logProbability }, beam) => ({
        base: logProbability,
        row: logSoftmax("beamSearch", rowOf(beam)),
      })),
      endToken === undefined ? beams : 2 * beams,
    );
    const ends = best.slice(0, beams).filter(({ token }) => token === endToken);
    for (const { beam, logProbability } of ends) this.#finish(this.#alive[beam] as Beam, logProbability, true);
    const going = best.filter(({ token }) => token !== endToken).slice(0, beams);
    this.#alive = going.map(({ beam, token, logProbability }) => ({
      tokens: [...(this.#alive[beam] as Beam).tokens, token],
      logProbability,
    }));
    const enough = this.#finished.length >= beams;
    if ((this.#alive[0]?.tokens.length ?? maxTokens) === maxTokens) {
      for (const beam of this.#alive) this.#finish(beam, beam.logProbability, false);
      this.done = true;
    } else this.done = enough && (earlyStopping || !this.#canImprove());
    return going;
  }

  /** The best first. */
  results(): Hypothesis[] {
    return this.#finished;
  }

  #finish({ tokens }: Beam, logProbability: number, ended: boolean): void {
    const score = logProbability / this.#penalty(tokens.length + (ended ? 1 : 0));
    const found = this.#finished;
    // behind those that are as good
    const at = found.findIndex((other) => other.score < score);
    found.splice(at < 0 ? found.length : at, 0, { tokens: Int32Array.from(tokens), logProbability, score, ended });
    found.length = Math.min(found.length, this.options.beams);
  }

  /** Log-probabilities only fall, so a living hypothesis is at its best with its present one and the longest length. */
  #canImprove(): boolean {
    const highest = (this.#alive[0] as Beam).logProbability / this.#penalty(this.options.maxTokens);
    return highest > (this.#finished.at(-1) as Hypothesis).score;
  }

  #penalty(length: number): number {
    return ((5 + length) / 6) ** (this.options.lengthPenalty ?? 0);
  }
}
