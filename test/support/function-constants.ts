/** Override constants that name the function a variant computes; others say how. */
export const functionConstants: readonly string[] = [
  ...["OP", "GATE", "ACTIVATION", "LOG", "MASKED", "RMS", "LSTM", "ZERO", "GRADIENT"],
];
