import { ArgumentError, ShapeError } from "../errors.ts";
import { checkDevice, type Device } from "../gpu/device.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { formatShape, int32, sameShape } from "../graph/shape.ts";
import { flatten, type Tree, unflatten } from "../graph/tree.ts";
import { Value } from "../graph/value.ts";
import { compile } from "../nn/compile.ts";
import { checkModel, type Model } from "../nn/module.ts";
import { embedding } from "../ops/layout/embedding.ts";
import { permute, reshape, slice } from "../ops/layout/layout.ts";
import { checkOptions, count, countOrZero, fn, required, show } from "../options.ts";
import { makeInputs, namedValues, type SpecTree, specTree, type ValuesOf } from "../run/inputs.ts";
import { checkAlive } from "./alive.ts";
import { checkParents, checkTokens, type Decoder } from "./decoder.ts";
import { type Feeding, OwnedSampler, Rewind } from "./feeding.ts";
import { piecesOf } from "./prompt.ts";
import { Turns } from "./turns.ts";

/** Options of `createRecurrentDecoder`. */
export interface RecurrentDecoderOptions<S extends SpecTree> {
  /** Sequences that are decoded side by side. */
  readonly batch: number;
  /** Shapes of the state, as a layer's `stateSpec(batch)` gives them. */
  readonly state: S;
  /**
   * The axis of the states that counts sequences. Where absent it is 1 for states of rank 3 ([layers · directions, batch,
   * size], as layers have them) and 0 for others.
   */
  readonly batchAxis?: number | undefined;
  /**
   * tokens int32 [batch, length] and the state, `undefined` where sequences begin → logits [batch, length, vocabulary] and
   * the next state, of the same shapes. Traced once for each length that is used.
   */
  readonly forward: (tokens: Value, state: ValuesOf<S> | undefined) => readonly [logits: Value, state: ValuesOf<S>];
}

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

const batchAxisOf = (rank: number, { batchAxis = rank === 3 ? 1 : 0 }: { readonly batchAxis?: number | undefined }) =>
  batchAxis;

interface Advanced {
  readonly logits: Tensor;
  readonly state: unknown;
}

/** A program with inputs and outputs of these names, whatever the form of the state. */
interface Program<O> {
  run(data: Readonly<Record<string, unknown>>): Promise<O>;
  dispose(): void;
}

class RecurrentDecoder<S extends SpecTree> implements Decoder {
  readonly batch: number;
  vocabulary = 0;
  /** By length, and whether sequences begin. */
  readonly #programs = new Map<string, Promise<Program<Advanced>>>();
  #reorder: Promise<Program<{ readonly state: unknown }>> | undefined;
  readonly #compiled: { dispose(): void }[] = [];
  #disposed = false;
  readonly #turns = new Turns();
  /** Of the last run; `undefined` where sequences begin. */
  #state: unknown;
  #length = 0;
  readonly #sampler = new OwnedSampler();
  readonly #rewind: Rewind;

  constructor(
    private readonly device: Device,
    private readonly model: Model | null,
    private readonly options: RecurrentDecoderOptions<S>,
  ) {
    this.batch = options.batch;
    this.#rewind = new Rewind(device, options.state);
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
    await this.#program(1, false);
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
      this.#reorder ??= this.#compileReorder();
      // what failed may be tried again
      this.#reorder.catch(() => {
        this.#reorder = undefined;
      });
      const program = await this.#reorder;
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
    for (const program of this.#compiled) program.dispose();
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
        const program = await this.#program(length, state === undefined);
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
      ({ state } = await (await this.#program(1, false)).run({ tokens, state }));
    }
    this.#state = state;
    this.#rewind.forget();
  }

  #program(length: number, begins: boolean): Promise<Program<Advanced>> {
    const key = `${length} ${begins}`;
    let program = this.#programs.get(key);
    if (!program) {
      program = this.#compile(length, begins);
      this.#programs.set(key, program);
      // what failed may be tried again
      program.catch(() => this.#programs.delete(key));
    }
    return program;
  }

  async #compile(length: number, begins: boolean): Promise<Program<Advanced>> {
    const { batch, state, forward } = this.options;
    const compiled = await compile(this.device, this.model, {
      inputs: { tokens: int32([batch, length]), ...(begins ? {} : { state }) } as SpecTree,
      fn: (values) => {
        const given = values as { readonly tokens: Value; readonly state?: ValuesOf<S> };
        const result: unknown = forward(given.tokens, given.state);
        if (!Array.isArray(result) || !(result[0] instanceof Value)) {
          throw new ArgumentError(
            `createRecurrentDecoder: forward returned ${show(result)}, expected [logits, state]; it is called once to trace the graph, and must not be async`,
          );
        }
        const [logits, next] = result as [Value, ValuesOf<S>];
        this.#check(logits, length, next);
        this.vocabulary = logits.shape[2] as number;
        return { logits: slice(logits, 1, -1), state: next };
      },
    });
    return this.#own(compiled as unknown as Program<Advanced>);
  }

  #check(logits: Value, length: number, next: unknown): void {
    const { batch, state } = this.options;
    const [b, l] = logits.shape;
    if (logits.rank !== 3 || b !== batch || l !== length) {
      throw new ShapeError(
        `createRecurrentDecoder: forward gives logits of shape ${formatShape(logits.shape)}, expected [${batch}, ${length}, vocabulary]`,
      );
    }
    const found = namedValues(next, "state");
    for (const [name, { shape }] of Object.entries(namedValues(makeInputs(state).values, "state"))) {
      const got = found[name];
      if (!got || !sameShape(got.shape, shape)) {
        throw new ShapeError(
          `createRecurrentDecoder: forward gives ${name} ${got ? `of shape ${formatShape(got.shape)}` : "nowhere"}, expected ${formatShape(shape)} as its spec says`,
        );
      }
    }
  }

  async #compileReorder(): Promise<Program<{ readonly state: unknown }>> {
    const { batch, state } = this.options;
    const compiled = await compile(this.device, null, {
      inputs: { parents: int32([batch]), state },
      fn: ({ parents, state: before }) => {
        const gathered = flatten(before as Tree).map((x) => takeRows(x, parents, batchAxisOf(x.rank, this.options)));
        return { state: unflatten(before as Tree, gathered) };
      },
    });
    return this.#own(compiled as unknown as Program<{ readonly state: unknown }>);
  }

  /** Notes a program to be freed with the decoder. */
  #own<P extends { dispose(): void }>(program: P): P {
    this.#compiled.push(program);
    if (this.#disposed) program.dispose();
    return program;
  }
}

/** Rows `parents` of x along an axis. */
function takeRows(x: Value, parents: Value, axis: number): Value {
  const { shape } = x;
  const toFront = [axis, ...shape.keys()].filter((at, i) => i === 0 || at !== axis);
  const rows = reshape(permute(x, toFront), [shape[axis] as number, -1]);
  const taken = reshape(
    embedding(parents, rows),
    toFront.map((at) => shape[at] as number),
  );
  return permute(
    taken,
    toFront.map((_, at) => toFront.indexOf(at)),
  );
}
