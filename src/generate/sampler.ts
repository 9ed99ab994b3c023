import type { Device } from "../gpu/device.ts";
import { seedWords } from "../gpu/random.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { float32 } from "../graph/shape.ts";
import { compile } from "../nn/compile.ts";
import type { Compiled } from "../nn/compiled.ts";
import { type SampleState, SETTINGS, sample, sampleSpecs, TURN, wordsOf } from "../ops/rows/sample.ts";
import type { ValuesOf } from "../run/inputs.ts";
import { State } from "../run/state.ts";
import type { SamplingOptions } from "./sampling.ts";

/** What one generation draws by. */
export interface SamplerSettings {
  readonly sampling: SamplingOptions;
  readonly seed: number;
  readonly stopTokens: Iterable<number>;
  /** By row: tokens that came already. */
  readonly seen: readonly Iterable<number>[];
  /** By row: the position at which it has ended. */
  readonly ends: readonly number[];
}

type Specs = { readonly settings: SpecsOf["settings"]; readonly rows: SpecsOf["state"] };
type SpecsOf = ReturnType<typeof sampleSpecs>;
type Program = Compiled<{ logits: ReturnType<typeof float32>; turn: SpecsOf["turn"] }, Record<never, never>>;

/** Tokens that may be drawn before they are read. */
export const SLOTS = 64;

/** The smallest number that no adapter takes for 0, and the largest that is none for ∞. */
const [SMALLEST, LARGEST] = [2 ** -126, 2 ** 127];
/** Above any sum of probabilities: all tokens are kept. */
const ALL = 2;

/**
 * Draws tokens on the GPU as `sampleToken` does on the host, by the same random numbers. What is drawn stays there, so that a
 * decoder goes on from it at once; `read` gives several turns' tokens.
 */
export class TokenSampler {
  private constructor(
    private readonly rows: number,
    readonly vocabulary: number,
    private readonly state: State<Specs>,
    private readonly program: Program,
  ) {}

  static async create(device: Device, rows: number, vocabulary: number): Promise<TokenSampler> {
    const { turn, settings, state: each } = sampleSpecs(rows, vocabulary, SLOTS);
    const state = new State<Specs>(device, { settings, rows: each });
    try {
      const program = await compile(device, null, {
        inputs: { logits: float32([rows, vocabulary]), turn },
        state,
        fn({ logits, turn }, { settings, rows }: ValuesOf<Specs>) {
          return [{}, { settings, rows: sample(logits, turn, settings, rows as SampleState) }] as const;
        },
      });
      return new TokenSampler(rows, vocabulary, state, program as Program);
    } catch (error) {
      state.dispose();
      throw error;
    }
  }

  /** What was drawn last, int32 [rows]. */
  get tokens(): Tensor {
    return this.state.tensors.rows.tokens as Tensor;
  }

  /** Begins a generation. */
  begin({ sampling, seed, stopTokens, seen, ends }: SamplerSettings): void {
    const { rows, vocabulary } = this;
    const { temperature = 1, topK = vocabulary, topP = 1, repetitionPenalty = 1 } = sampling;
    const words = wordsOf(vocabulary);
    const settings = new Int32Array(SETTINGS + rows + words);
    const floats = new Float32Array(settings.buffer);
    settings.set(seedWords(seed));
    floats[2] = temperature === 0 ? 0 : Math.min(LARGEST, Math.max(SMALLEST, temperature));
    settings[3] = Math.min(topK, vocabulary);
    floats[4] = topP < 1 ? Math.max(SMALLEST, topP) : ALL;
    floats[5] = Math.min(LARGEST, repetitionPenalty);
    settings.set(ends, SETTINGS);
    mark(settings.subarray(SETTINGS + rows), stopTokens);
    const marks = new Int32Array(rows * words);
    seen.forEach((tokens, row) => {
      mark(marks.subarray(row * words, (row + 1) * words), tokens);
    });
    const none = new Int32Array(rows);
    this.state.write({ settings, rows: { tokens: none, ended: none, seen: marks } });
  }

  /**
   * Draws each row's token at a position of its sequence and keeps it in a slot for `read`. `given`, by row, are tokens that are
   * taken as they are; a negative number draws. Begins at once.
   */
  async draw(logits: Tensor, position: number, slot: number, given: readonly number[]): Promise<void> {
    const turn = new Int32Array(TURN + this.rows);
    turn.set([position, slot, ...given]);
    await this.program.run({ logits, turn });
  }

  /** What was drawn in the first slots, [slots · rows] and more behind; negative numbers as kernels/rows/sample.wgsl says. */
  async read(): Promise<Int32Array> {
    return (await (this.state.tensors.rows.drawn as Tensor).read()) as Int32Array;
  }

  dispose(): void {
    this.program.dispose();
    this.state.dispose();
  }
}

function mark(words: Int32Array, tokens: Iterable<number>): void {
  for (const token of tokens) words[token >> 5] = (words[token >> 5] as number) | (1 << (token & 31));
}
