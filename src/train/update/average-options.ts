/** A moving average of the weights: option `weightAverage` of a trainer. */
export interface WeightAverageOptions {
  /** How much of the average stays at each update; 0.999. */
  readonly decay?: number;
  /**
   * Corrects for what the average began with, as Adam does: the weights of updates since `start` count by age alone (optax's
   * `ema(debias=True)`). Otherwise those of the first count as if they had been there for ever (Keras's `use_ema`). True.
   */
  readonly debias?: boolean;
  /** Updates before it begins; until one after it is the weights themselves; 0. */
  readonly start?: number;
}

export const decayOf = ({ decay = 0.999 }: WeightAverageOptions): number => decay;
