import type { Device } from "../gpu/device.ts";
import type { Tensor } from "../gpu/tensor.ts";
import type { SpecTree } from "../run/inputs.ts";
import { State } from "../run/state.ts";
import { checkAlive } from "./alive.ts";
import { TokenSampler } from "./sampler.ts";

/** How a decoder is fed with tokens that are drawn on the GPU. Its calls run in order with the decoder's others. */
export interface Feeding {
  /** Whether the GPU is emulated by a CPU: there a token is drawn faster from logits that are read. */
  isSoftware(): boolean;
  /** Draws for its sequences; freed with the decoder. */
  sampler(): Promise<TokenSampler>;
  /** Tokens that each sequence can still take from the GPU. */
  room(): number;
  /**
   * Feeds tokens from the host, [batch · length], or from the GPU, [batch]. `use` is given the logits behind the last of them,
   * before anything else is run. Resolves when all of it has begun.
   */
  feed(op: "step" | "prefill", tokens: Int32Array | Tensor, use: (logits: Tensor) => Promise<void>): Promise<void>;
  /**
   * Of the tokens that were fed from the GPU since the last ones from the host, these stand, the first of them; the decoder is as
   * if it had never been fed with those behind.
   */
  keep(tokens: readonly Int32Array[]): void;
}

/** A decoder's sampler, made when it is first asked for. */
export class OwnedSampler {
  #made: Promise<TokenSampler> | undefined;
  #disposed = false;

  async get(device: Device, batch: number, vocabulary: number): Promise<TokenSampler> {
    checkAlive("generate", this.#disposed);
    this.#made ??= TokenSampler.create(device, batch, vocabulary).then((sampler) => {
      if (this.#disposed) sampler.dispose();
      return sampler;
    });
    // what failed may be tried again
    this.#made.catch(() => {
      this.#made = undefined;
    });
    return this.#made;
  }

  dispose(): void {
    this.#disposed = true;
    this.#made?.then(
      (sampler) => sampler.dispose(),
      () => {},
    );
  }
}

/**
 * The way back for a decoder whose state is what the last step left: a copy of the state before the first token from the GPU, and
 * the tokens that are to be fed again from there. They are only when the decoder is used again, since most often it is reset.
 */
export class Rewind {
  #copy: State<{ readonly state: SpecTree }> | undefined;
  /** Tokens from the GPU since the copy; null where there is none. */
  #fed: number | null = null;
  #again: readonly Int32Array[] | undefined;

  constructor(
    private readonly device: Device,
    private readonly specs: SpecTree,
  ) {}

  /** Before a token from the GPU is fed: `state` is the one that it changes. */
  beforeToken(state: unknown): void {
    if (this.#fed === null) {
      this.#copy ??= new State(this.device, { state: this.specs });
      this.#copy.write({ state } as never);
      this.#fed = 0;
    }
    this.#fed++;
  }

  /** Tokens from the GPU that stand. Gives how many do not. */
  keep(tokens: readonly Int32Array[]): number {
    const excess = Math.max(0, (this.#fed ?? 0) - tokens.length);
    if (excess > 0) this.#again = tokens;
    this.#fed = null;
    return excess;
  }

  /** What is held is of no use any more: the state is another, or new tokens from the host stand behind it. */
  forget(): void {
    this.#fed = null;
    this.#again = undefined;
  }

  /** The state to go on from, and what to feed to get to where the decoder stands; undefined where it is there. */
  get pending(): { readonly state: unknown; readonly tokens: readonly Int32Array[] } | undefined {
    if (!this.#again || !this.#copy) return undefined;
    return { state: (this.#copy.tensors as { readonly state: unknown }).state, tokens: this.#again };
  }

  dispose(): void {
    this.#copy?.dispose();
  }
}
