import { add, float32, linear, matmul, mul, nn, Parameter, permute, scan, tanh, type Value, zeros } from "seqgrad";
import type { Body, MakeBody } from "./cell.ts";

/** How much of the answers before the last one stays in what is remembered. */
const trace = 0.5;

/** What goes back in is what came out: the answers themselves, fading (Jordan 1986). */
class Jordan extends nn.Module implements Body {
  readonly size: number;
  readonly weight_ih: Parameter;
  readonly weight_yh: Parameter;
  readonly bias_h: Parameter;
  readonly readout: nn.Linear;

  constructor(
    input: number,
    hidden: number,
    readonly outputs: number,
  ) {
    super();
    this.size = hidden;
    this.weight_ih = new Parameter([hidden, input], nn.initializers.glorotUniform([hidden, input]));
    this.weight_yh = new Parameter([outputs, hidden], nn.initializers.glorotUniform([outputs, hidden]));
    this.bias_h = new Parameter([hidden], nn.initializers.zero);
    this.readout = new nn.Linear(hidden, outputs);
  }

  stateSpec(batch: number) {
    return float32([batch, this.outputs], { default: 0 });
  }

  forward(x: Value, state?: Value): readonly [outputs: Value, state: Value] {
    const [batch] = x.shape as [number];
    const projected = linear(permute(x, [1, 0, 2]), this.weight_ih, this.bias_h);
    const [last, hidden] = scan(projected, state ?? zeros([batch, this.outputs]), (said, given) => {
      const h = tanh(add(given, matmul(said, this.weight_yh)));
      // through tanh, so that what is fed back stays small whatever the answers are
      return [add(mul(said, trace), tanh(this.readout.forward(h))), h];
    });
    return [permute(hidden, [1, 0, 2]), last];
  }
}

export const jordan: MakeBody = ({ input, outputs, settings }) => new Jordan(input, settings.hidden, outputs);
