/**
 * A model that predicts the next token of each of a batch of sequences, with a state that stays on the GPU. Sampling and
 * beam search know no more of a model than this.
 */
export interface Decoder {
  /** Sequences that are decoded side by side. */
  readonly batch: number;
  /** Different tokens. */
  readonly vocabulary: number;
  /** Feeds each sequence its next token, [batch]; resolves to the logits of the token behind it, [batch · vocabulary]. */
  step(tokens: Int32Array): Promise<Float32Array>;
  /** Feeds a prompt of equal length to each sequence, [batch · length]; resolves to the logits behind its last token. */
  prefill(tokens: Int32Array): Promise<Float32Array>;
  /** Lets sequence i go on from the state of sequence `parents[i]`. */
  reorder(parents: Int32Array): Promise<void>;
  /** Begins new sequences. */
  reset(): void;
  dispose(): void;
}
