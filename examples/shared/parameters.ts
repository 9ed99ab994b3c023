import type { nn } from "seqgrad";

/** How many numbers a model learns. */
export function parameterCount(model: nn.Module): number {
  const learned = model.parameters().filter(({ trainable }) => trainable);
  return learned.reduce((sum, { shape }) => sum + shape.reduce((size, extent) => size * extent, 1), 0);
}
