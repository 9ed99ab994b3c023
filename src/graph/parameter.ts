import { checkArgument, type Kind } from "../options.ts";
import { checkShape, type DType, type Shape } from "./shape.ts";
import { Value } from "./value.ts";

/** How a parameter starts. Random ones are drawn on the GPU from counters, so a seed gives the same on every host. */
export type Initializer = Start & {
  /** A row that is zeros, whatever the others are. */
  readonly zeroRow?: number;
};

type Start =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "uniform"; readonly low: number; readonly high: number }
  | { readonly kind: "normal"; readonly mean: number; readonly std: number }
  | { readonly kind: "truncated_normal"; readonly mean: number; readonly std: number }
  /** Computed on the host from random numbers in (-1, 1): what is no matter of single elements. */
  | { readonly kind: "host"; readonly make: (shape: Shape, random: () => number) => Float32Array };

const KINDS: readonly Initializer["kind"][] = ["constant", "uniform", "normal", "truncated_normal", "host"];
/** An initializer that must be given. */
export const anInitializer: Kind = {
  expected: "an initializer, such as nn.initializers.zero",
  required: true,
  fits: (value) => KINDS.includes((value as Initializer | null)?.kind as Initializer["kind"]),
};

/** A trained tensor: a leaf of the graph whose memory belongs to the device. float32, unless `Module.half` says otherwise. */
export class Parameter extends Value {
  /** Set by the module that holds it, for labels and messages. */
  name = "parameter";
  /** A parameter that is not trained gets no gradient and no update. */
  trainable = true;

  constructor(
    shape: Shape,
    public initializer: Initializer,
  ) {
    checkShape("parameter", shape);
    super({ shape: [...shape], dtype: "float32" });
    checkArgument("Parameter", "initializer", initializer, anInitializer);
  }

  /** @internal */
  override get origin(): string {
    return this.name === "parameter" ? "a parameter" : `parameter ${this.name}`;
  }

  /** @internal Says that it is stored in 16 bits, which is too coarse to be trained. It has no memory at that moment. */
  half(): void {
    (this as { dtype: DType }).dtype = "float16";
    this.trainable = false;
  }
}
