/** How a recurrent layer may be put in jax-js's words. Apart from the words, so that their names are known without the package. */
export interface Formulation {
  readonly name: string;
  /** One matmul for all gates, which are cut from its result; else a matmul for each gate. */
  readonly joint: boolean;
  /** The input's matmul for all steps before the loop; else within each step, from an input that comes in steps. */
  readonly hoisted: boolean;
  /** One sigmoid over all gates of the LSTM, tanh(x) being 2σ(2x) − 1, and over both of the GRU: fewer kernels backwards. */
  readonly oneSigmoid?: boolean;
}
/** None is the cheapest for everything: an array cut in steps costs little forwards, and many additions backwards. */
export const formulations: readonly Formulation[] = [
  { name: "joint", joint: true, hoisted: true },
  { name: "by gate", joint: false, hoisted: true },
  { name: "one sigmoid", joint: true, hoisted: true, oneSigmoid: true },
  { name: "joint in steps", joint: true, hoisted: false },
  { name: "one sigmoid in steps", joint: true, hoisted: false, oneSigmoid: true },
];

/** All of them, or the one that is asked for. */
export const formulationsOf = (name: string | undefined): readonly Formulation[] =>
  name === undefined ? formulations : formulations.filter((each) => each.name === name);
