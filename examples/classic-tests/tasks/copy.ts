import { int32, losses } from "seqgrad";
import { taskFacts } from "../help.mjs";
import { below, largest, type Task } from "./task.ts";

const kinds = 8;
/** Two more inputs: nothing, and "now repeat". The net may also answer "nothing". */
const [nothing, repeat] = [kinds, kinds + 1];

/**
 * Copy memory (Hochreiter and Schmidhuber 1997; Arjovsky et al. 2016): ten symbols of eight kinds, then `length` steps of
 * nothing, then the ten symbols are to be repeated. Who knows when to answer but not what has a cross-entropy of
 * 10·ln 8 / (length + 20) per step. Fewer symbols than ten are as long to remember, but learned sooner.
 */
export const copyTask = (symbols: number): Task => ({
  name: "copy",
  about: `repeat ${symbols} symbols after a long silence`,
  defaults: taskFacts.copy.defaults,
  features: kinds + 2,
  outputs: kinds + 1,
  span: (length) => length + 2 * symbols,
  memory: (length) => length + symbols,
  curriculum: (length) => [5, 20].filter((shorter) => shorter < length),
  longer: () => [],
  targetSpec: (batch, length) => int32([batch, length + 2 * symbols]),
  make(random, batch, length) {
    const steps = length + 2 * symbols;
    const x = new Float32Array(batch * steps * (kinds + 2));
    const y = new Int32Array(batch * steps).fill(nothing);
    for (let row = 0; row < batch; row++) {
      for (let t = 0; t < steps; t++) {
        const symbol = t < symbols ? below(random, kinds) : t === length + symbols - 1 ? repeat : nothing;
        x[(row * steps + t) * (kinds + 2) + symbol] = 1;
        if (t < symbols) y[row * steps + length + symbols + t] = symbol;
      }
    }
    return { x, y };
  },
  loss: losses.crossEntropy,
  baseline: (length) => baseline(symbols, length),
  // of the symbols only: the silence is easy
  accuracy(outputs, y, length) {
    const steps = length + 2 * symbols;
    let [right, asked] = [0, 0];
    y.forEach((symbol, i) => {
      if (i % steps < length + symbols) return;
      asked++;
      if (largest(outputs, i * (kinds + 1), kinds + 1) === symbol) right++;
    });
    return right / asked;
  },
  learned: (loss, _, length) => loss < 0.1 * baseline(symbols, length),
});

const baseline = (symbols: number, length: number): number => (symbols * Math.log(kinds)) / (length + 2 * symbols);
