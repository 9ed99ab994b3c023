/** What is done against overfitting: each is a change of how the same net is trained. */

export interface Remedy {
  readonly label: string;
  readonly dropout?: number;
  readonly weightDecay?: number;
  readonly labelSmoothing?: number;
  /** Variants of each stroke, in place of the stroke itself; epochs become fewer, so that there are as many steps. */
  readonly variants?: number;
  /** A sixth of the training data chooses the epoch. */
  readonly stopsEarly?: boolean;
}

export const none: Remedy = { label: "none" };

export const list: readonly Remedy[] = [
  none,
  { label: "dropout 0.3", dropout: 0.3 },
  { label: "weight decay 0.1", weightDecay: 0.1 },
  { label: "label smoothing 0.1", labelSmoothing: 0.1 },
  { label: "early stopping", stopsEarly: true },
  { label: "variants of strokes", variants: 6 },
  { label: "variants and dropout 0.3", variants: 6, dropout: 0.3 },
];
