import { ShapeError } from "../errors.ts";
import { checkDevice, type Device } from "../gpu/device.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { formatShape } from "../graph/shape.ts";
import { checkModel, type Model } from "../nn/module.ts";
import { checkOptions, count, countOrZero, fn, required } from "../options.ts";
import { makeInputs, namedValues, type SpecTree, specTree } from "../run/inputs.ts";
import { checkAlive } from "./alive.ts";
import { checkParents, checkTokens, type Decoder } from "./decoder.ts";
import { type Feeding, OwnedSampler, Rewind } from "./feeding.ts";
import { piecesOf } from "./prompt.ts";
import { batchAxisOf, type RecurrentDecoderOptions, RecurrentPrograms } from "./recurrent-programs.ts";
import { Turns } from "./turns.ts";

export type { RecurrentDecoderOptions } from "./recurrent-programs.ts";

/** Longest piece of a prompt that is fed at once. */
const LONGEST_PIECE = 64;

/**
 * A decoder for any recurrent model. Its state stays on the GPU. A prompt is fed in pieces of 64, 32, … 1 tokens, so that
 * a few programs serve all lengths.
 */
export async function createRecurrentDecoder<S extends SpecTree>(
  device: Device,
  model: Model | null,
  options: RecurrentDecoderOptions<S>,
): Promise<Decoder> {
  checkDevice("createRecurrentDecoder", device);
  checkModel("createRecurrentDecoder", model);
  checkOptions("createRecurrentDecoder", options, {
    batch: required(count),
    state: required(specTree),
    batchAxis: countOrZero,
    forward: required(fn),
  });
  const form = makeInputs(options.state).values;
  for (const [name, { shape }] of Object.entries(namedValues(form, "state"))) {
    const axis = batchAxisOf(shape.length, options);
    if (shape[axis] !== options.batch) {
      throw new ShapeError(
        `createRecurrentDecoder: ${name} has shape ${formatShape(shape)}, expected batch ${options.batch} along axis ${axis}; set batchAxis where sequences are counted along another`,
      );
    }
  }
  const decoder = new RecurrentDecoder(device, model, options);
  await decoder.open();
  return decoder;
}

class RecurrentDecoder<S extends SpecTree> implements Decoder {
  readonly batch: number;
  readonly #programs: RecurrentPrograms<S>;
  #disposed = false;
  readonly #turns = new Turns();
  /** Of the last run; `undefined` where sequences begin. */
  #state: unknown;
  #length = 0;
  readonly #sampler = new OwnedSampler();
  readonly #rewind: Rewind;

  constructor(
    private readonly device: Device,
    model: Model | null,
    options: RecurrentDecoderOptions<S>,
  ) {
    this.batch = options.batch;
    this.#programs = new RecurrentPrograms(device, model, options);
    this.#rewind = new Rewind(device, options.state);
  }

  get vocabulary(): number {
    return this.#programs.vocabulary;
  }

  get length(): number {
    return this.#length;
  }

  readonly feeding: Feeding = {
    isSoftware: () => this.device.profile.kind === "software",
    sampler: () => this.#sampler.get(this.device, this.batch, this.vocabulary),
    room: () => Number.POSITIVE_INFINITY,
    feed: (op, tokens, use) => this.#feed(op, tokens, use),
    keep: (tokens) => {
      this.#turns
        .next("keep", () => {
          this.#length -= this.#rewind.keep(tokens);
        })
        .catch(() => {});
    },
  };

  /** Compiles a step, which tells the vocabulary. */
  async open(): Promise<void> {
    await this.#programs.step(1, false);
  }

  async step(tokens: Int32Array): Promise<Float32Array> {
    checkAlive("step", this.#disposed);
    checkTokens("step", tokens, this.batch, 1);
    return this.#read("step", tokens);
  }

  async prefill(tokens: Int32Array): Promise<Float32Array> {
    checkAlive("prefill", this.#disposed);
    checkTokens("prefill", tokens, this.batch);
    return this.#read("prefill", tokens);
  }

  async reorder(parents: Int32Array): Promise<void> {
    checkAlive("reorder", this.#disposed);
    checkParents(parents, this.batch);
    const given = parents.slice();
    return this.#turns.next("reorder", async () => {
      await this.#catchUp();
      if (this.#state === undefined) return;
      const program = await this.#programs.reorder();
      this.#state = (await program.run({ parents: given, state: this.#state })).state;
    });
  }

  reset(): void {
    checkAlive("reset", this.#disposed);
    this.#turns.anew();
    this.#turns.next("reset", () => {
      this.#state = undefined;
      this.#length = 0;
      this.#rewind.forget();
    });
  }

  dispose(): void {
    this.#disposed = true;
    this.#sampler.dispose();
    this.#rewind.dispose();
    this.#programs.dispose();
    this.#state = undefined;
  }

  async #read(op: string, tokens: Int32Array): Promise<Float32Array> {
    // the copy is ordered before whatever comes next; waiting for it would only delay that
    const { reading } = await this.#feed(op, tokens, (logits) => ({ reading: logits.read() }));
    return (await reading) as Float32Array;
  }

  /** `use` is given the logits behind the last token, before anything else is run. */
  #feed<T>(op: string, tokens: Int32Array | Tensor, use: (logits: Tensor) => T | Promise<T>): Promise<T> {
    const isHost = tokens instanceof Int32Array;
    const pieces = isHost ? [...piecesOf(tokens, this.batch, LONGEST_PIECE)] : [tokens];
    return this.#turns.next(op, async () => {
      await this.#catchUp();
      let [last, state]: [Tensor | undefined, unknown] = [undefined, this.#state];
      if (isHost) this.#rewind.forget();
      else if (state !== undefined) this.#rewind.beforeToken(state);
      for (const piece of pieces) {
        const length = piece instanceof Int32Array ? piece.length / this.batch : 1;
        const program = await this.#programs.step(length, state === undefined);
        ({ logits: last, state } = await program.run({ tokens: piece, state }));
      }
      this.#state = state;
      this.#length += isHost ? tokens.length / this.batch : 1;
      return use(last as Tensor);
    });
  }

  /** Goes back to what stands of tokens that were fed from the GPU. */
  async #catchUp(): Promise<void> {
    const { pending } = this.#rewind;
    if (!pending) return;
    let { state } = pending;
    for (const tokens of pending.tokens) {
      ({ state } = await (await this.#programs.step(1, false)).run({ tokens, state }));
    }
    this.#state = state;
    this.#rewind.forget();
  }
}
