/** Cells to begin with: texts, which the editor's checker reads as it reads a visitor's own. */
import cornn from "./examples/cornn.ts?raw";
import gru from "./examples/gru.ts?raw";
import lstm from "./examples/lstm.ts?raw";
import mgu from "./examples/mgu.ts?raw";
import norm from "./examples/norm.ts?raw";
import slstm from "./examples/slstm.ts?raw";
import simple from "./examples/tanh.ts?raw";

export const examples: readonly { readonly title: string; readonly text: string }[] = [
  { title: "Simple RNN", text: simple },
  { title: "LSTM", text: lstm },
  { title: "GRU", text: gru },
  { title: "Minimal gated unit", text: mgu },
  { title: "sLSTM", text: slstm },
  { title: "Coupled oscillators", text: cornn },
  { title: "RNN with layer norm", text: norm },
];
