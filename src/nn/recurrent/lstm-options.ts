import type { Activation } from "./activations.ts";
import type { CellOptions } from "./options.ts";

/** Options of an LSTM's layer norm. */
export interface LSTMNormOptions {
  /** Added to variances; 1e-5 unless given. */
  readonly epsilon?: number;
  /** The cell state is carried on as it was normalised, not as it was before; false. */
  readonly carry?: boolean;
}

/** Options of `LSTMCell`, and of `LSTM`, whose directions may have activations of their own. */
export interface LSTMCellOptions<A = Activation> extends CellOptions {
  /** Initial bias of the forget gate; all other biases start at 0 then (1: Gers et al. 2000; Jozefowicz et al. 2015). */
  readonly forgetBias?: number;
  /**
   * Input and forget gate see the cell state of the step before, the output gate the new one: each unit its own (true), or all
   * of them by matrices (`full`).
   */
  readonly peephole?: boolean | "full";
  /** Size to which h is projected, as PyTorch's `proj_size` (Sak et al. 2014). */
  readonly projectionSize?: number;
  /** Normalise the input's part, the recurrent part and the cell state (Ba et al. 2016). */
  readonly layerNorm?: boolean | LSTMNormOptions;
  /** Of input, forget and output gate; "sigmoid". */
  readonly gateActivation?: A;
  /** Of the candidate; "tanh". */
  readonly activation?: A;
  /** Of the cell state in the output; that of the candidate unless given. */
  readonly outputActivation?: A;
  /** Of hard_sigmoid; 1/6 unless given, as PyTorch and Keras 3. ONNX, Keras 2 and TensorFlow.js have 0.2. */
  readonly hardSigmoidSlope?: number;
  /** Bound of the cell state. */
  readonly cellClip?: number;
  /** Bound of what goes into the activations of the gates (ONNX's `clip`). */
  readonly gateClip?: number;
  /** f = 1 − i (Greff et al. 2017). */
  readonly coupleForget?: boolean;
}

/** The options of its layer norm, where it has one. */
export const normOf = ({ layerNorm }: LSTMCellOptions): LSTMNormOptions | undefined =>
  layerNorm === true ? {} : layerNorm || undefined;
