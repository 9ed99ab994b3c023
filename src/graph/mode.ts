let training = false;

/**
 * Whether what is being traced is for training, so that dropout and the like are active: a property of the trace, true in a
 * Trainer's loss and in a function compiled with `training: true`. For modules of your own that differ in training.
 */
export const isTraining = (): boolean => training;

/** Traces in a mode; the mode before holds again afterwards, also where tracing throws. */
export function traceIn<T>(mode: boolean, trace: () => T): T {
  const before = training;
  training = mode;
  try {
    return trace();
  } finally {
    training = before;
  }
}
