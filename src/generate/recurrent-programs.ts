/** The programs of a recurrent decoder: a step for each length that is used, and what puts sequences into another order. */

import { ArgumentError, ShapeError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { formatShape, int32, sameShape } from "../graph/shape.ts";
import { flatten, type Tree, unflatten } from "../graph/tree.ts";
import { Value } from "../graph/value.ts";
import { compile } from "../nn/compile.ts";
import type { Model } from "../nn/module.ts";
import { embedding } from "../ops/layout/embedding.ts";
import { permute, reshape, slice } from "../ops/layout/layout.ts";
import { show } from "../options.ts";
import { makeInputs, namedValues, type SpecTree, type ValuesOf } from "../run/inputs.ts";

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

/** The axis of a state of this rank that counts sequences. */
export const batchAxisOf = (
  rank: number,
  { batchAxis = rank === 3 ? 1 : 0 }: { readonly batchAxis?: number | undefined },
) => batchAxis;

interface Advanced {
  readonly logits: Tensor;
  readonly state: unknown;
}

interface Reordered {
  readonly state: unknown;
}

/** A program with inputs and outputs of these names, whatever the form of the state. */
interface Program<O> {
  run(data: Readonly<Record<string, unknown>>): Promise<O>;
  dispose(): void;
}

/** Compiles each when it is first asked for. */
export class RecurrentPrograms<S extends SpecTree> {
  /** Known from the first step on. */
  vocabulary = 0;
  /** By length, and whether sequences begin. */
  readonly #steps = new Map<string, Promise<Program<Advanced>>>();
  #reorder: Promise<Program<Reordered>> | undefined;
  readonly #compiled: { dispose(): void }[] = [];
  #disposed = false;

  constructor(
    private readonly device: Device,
    private readonly model: Model | null,
    private readonly options: RecurrentDecoderOptions<S>,
  ) {}

  /** Feeds tokens of this length to sequences that begin or go on. */
  step(length: number, begins: boolean): Promise<Program<Advanced>> {
    const key = `${length} ${begins}`;
    let program = this.#steps.get(key);
    if (!program) {
      program = this.#compileStep(length, begins);
      this.#steps.set(key, program);
      // what failed may be tried again
      program.catch(() => this.#steps.delete(key));
    }
    return program;
  }

  /** Puts sequences into another order. */
  reorder(): Promise<Program<Reordered>> {
    this.#reorder ??= this.#compileReorder();
    // what failed may be tried again
    this.#reorder.catch(() => {
      this.#reorder = undefined;
    });
    return this.#reorder;
  }

  dispose(): void {
    this.#disposed = true;
    for (const program of this.#compiled) program.dispose();
  }

  async #compileStep(length: number, begins: boolean): Promise<Program<Advanced>> {
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

  async #compileReorder(): Promise<Program<Reordered>> {
    const { batch, state } = this.options;
    const compiled = await compile(this.device, null, {
      inputs: { parents: int32([batch]), state },
      fn: ({ parents, state: before }) => {
        const gathered = flatten(before as Tree).map((x) => takeRows(x, parents, batchAxisOf(x.rank, this.options)));
        return { state: unflatten(before as Tree, gathered) };
      },
    });
    return this.#own(compiled as unknown as Program<Reordered>);
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
