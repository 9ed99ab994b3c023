/** What is to be done, as data: each engine does it in its own words. */

/** How many gates each kind of cell has, the candidate among them. */
export const gatesOf = { LSTM: 4, GRU: 3, RNN: 1 } as const;

export type CellName = keyof typeof gatesOf;

export interface RecurrentPart {
  readonly type: CellName;
  readonly input: number;
  readonly hidden: number;
  readonly bidirectional?: boolean;
  /** Of a GRU: the reset gate acts after the recurrent matmul (PyTorch, cuDNN) or before it (TensorFlow.js). */
  readonly resetAfter?: boolean;
  /** Gives every step's output, or only the last. */
  readonly sequences: boolean;
}
export type Part =
  | RecurrentPart
  | { readonly type: "Dense"; readonly input: number; readonly size: number; readonly activation?: "tanh" }
  /** softmax(x·mᵀ)·m over the encoder's outputs m, and x behind it: features double. */
  | { readonly type: "DotAttention" }
  | { readonly type: "Embedding"; readonly entries: number; readonly features: number }
  | { readonly type: "Repeat"; readonly times: number };

/** A training step of a model that is a chain of parts, where there is an encoder with the state that it ends in. */
export interface TrainingWork {
  readonly kind: "training";
  readonly batch: number;
  readonly time: number;
  /** oneHot and normal are [batch, time, features], indices [batch, time] below features. */
  readonly input: { readonly form: "oneHot" | "normal" | "indices"; readonly features: number };
  readonly encoder?: { readonly time: number; readonly features: number; readonly hidden: number };
  readonly parts: readonly Part[];
  readonly loss: "crossEntropy" | "absolute" | "binary" | "square";
  /** Of the targets: of logits without their last axis for cross-entropy. */
  readonly targets: readonly number[];
  readonly optimizer: "adam" | "rmsprop" | "sgd";
}

/** Inference of stacked layers of one size, [batch, time, hidden] → the same; `steps`: one step at a time, with its state. */
export interface ForwardWork {
  readonly kind: "forward" | "steps";
  readonly cell: CellName;
  readonly batch: number;
  readonly time: number;
  readonly hidden: number;
  readonly layers: number;
}

export type KernelWork =
  | { readonly kind: "matmul"; readonly m: number; readonly k: number; readonly n: number }
  | { readonly kind: "softmax"; readonly rows: number; readonly columns: number }
  | { readonly kind: "embedding"; readonly rows: number; readonly entries: number; readonly features: number }
  | { readonly kind: "crossEntropy"; readonly rows: number; readonly classes: number }
  | { readonly kind: "update"; readonly parameters: number };

/** Attention of [batch, heads, length, dim]: its result, or the gradients of q, k and v of the result times a fixed one. */
export interface AttentionWork {
  readonly kind: "attention";
  readonly pass: "forward" | "training";
  readonly batch: number;
  readonly heads: number;
  readonly length: number;
  readonly dim: number;
  readonly causal: boolean;
}

/** A decoder-only Transformer: a training step, or one step of decoding behind `length` tokens. */
export interface TransformerWork {
  readonly kind: "transformer";
  readonly pass: "training" | "decode";
  readonly batch: number;
  readonly length: number;
  readonly dModel: number;
  readonly heads: number;
  readonly layers: number;
  readonly vocabulary: number;
}

/** A training step of a layer of ours: MinGRU unless the engine's name says another. */
export interface MinimalWork {
  readonly kind: "minimal";
  readonly batch: number;
  readonly time: number;
  readonly hidden: number;
}

export type Work = TrainingWork | ForwardWork | KernelWork | AttentionWork | TransformerWork | MinimalWork;
