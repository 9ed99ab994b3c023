/** Float64 oracle of the LSTM recurrence, forward and backward, as plain loops over its definition. */
import { filled, type NdArray } from "../array.ts";

const at = (data: Float64Array, index: number): number => data[index] as number;
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** What a step leaves for the way back. */
interface Step {
  readonly hBefore: Float64Array;
  readonly cBefore: Float64Array;
  readonly c: Float64Array;
  /** i f g o after their activation. */
  readonly gates: Float64Array;
}

/** projected [T, B, 4H], weight [4H, H], states [B, H]: outputs, and the gradients of Σ dOutputs · outputs. */
export function lstmWithGradients(projected: NdArray, weight: NdArray, h0: NdArray, c0: NdArray, dOutputs: NdArray) {
  const [length, batch, width] = projected.shape as readonly [number, number, number];
  const hidden = width / 4;
  const outputs = filled(dOutputs.shape, 0);
  const [dProjected, dWeight] = [filled(projected.shape, 0), filled(weight.shape, 0)];
  for (let b = 0; b < batch; b++) {
    let h: Float64Array = h0.data.slice(b * hidden, (b + 1) * hidden);
    let c: Float64Array = c0.data.slice(b * hidden, (b + 1) * hidden);
    const steps: Step[] = [];
    for (let t = 0; t < length; t++) {
      const row = t * batch + b;
      const gates = new Float64Array(width);
      for (let n = 0; n < width; n++) {
        let sum = at(projected.data, row * width + n);
        for (let k = 0; k < hidden; k++) sum += at(weight.data, n * hidden + k) * at(h, k);
        gates[n] = Math.floor(n / hidden) === 2 ? Math.tanh(sum) : sigmoid(sum);
      }
      const [hBefore, cBefore] = [h, c];
      const gate = (index: number, j: number) => at(gates, index * hidden + j);
      c = cBefore.map((before, j) => gate(1, j) * before + gate(0, j) * gate(2, j));
      h = c.map((value, j) => gate(3, j) * Math.tanh(value));
      outputs.data.set(h, row * hidden);
      steps.push({ hBefore, cBefore, c, gates });
    }
    let [dH, dC] = [new Float64Array(hidden), new Float64Array(hidden)];
    for (let t = length - 1; t >= 0; t--) {
      const row = t * batch + b;
      const { hBefore, cBefore, c: cell, gates } = steps[t] as Step;
      const dBefore = new Float64Array(width);
      for (let j = 0; j < hidden; j++) {
        const [i, f, g, o] = [0, 1, 2, 3].map((index) => at(gates, index * hidden + j)) as [
          number,
          number,
          number,
          number,
        ];
        const squashed = Math.tanh(at(cell, j));
        const d = at(dH, j) + at(dOutputs.data, row * hidden + j);
        const dCell = at(dC, j) + d * o * (1 - squashed ** 2);
        dBefore[j] = dCell * g * i * (1 - i);
        dBefore[hidden + j] = dCell * at(cBefore, j) * f * (1 - f);
        dBefore[2 * hidden + j] = dCell * i * (1 - g ** 2);
        dBefore[3 * hidden + j] = d * squashed * o * (1 - o);
        dC[j] = dCell * f;
      }
      dProjected.data.set(dBefore, row * width);
      dH = new Float64Array(hidden);
      for (let n = 0; n < width; n++) {
        for (let k = 0; k < hidden; k++) {
          const cellIndex = n * hidden + k;
          dH[k] = at(dH, k) + at(dBefore, n) * at(weight.data, cellIndex);
          dWeight.data[cellIndex] = at(dWeight.data, cellIndex) + at(dBefore, n) * at(hBefore, k);
        }
      }
    }
  }
  return { outputs, projected: dProjected, weight: dWeight };
}
