/** jax-js's own nn.dotProductAttention, jitted; it takes [batch, length, heads, dim], and so do we give it. */
import { type JaxArray, jit, nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import { attentionData } from "../../cases/data.ts";
import type { AttentionWork } from "../../cases/work.ts";
import { type Prepared, timed } from "../engine.ts";
import { exchangeHeads } from "../layout.ts";
import { runSteps } from "./wait.ts";

interface Operands {
  readonly q: JaxArray;
  readonly k: JaxArray;
  readonly v: JaxArray;
}

export async function prepareAttention(work: AttentionWork): Promise<Prepared> {
  const { batch, heads, length, dim, causal, pass } = work;
  const data = attentionData(work);
  const array = (values: Float32Array) =>
    np.array(exchangeHeads(values, batch, heads, length, dim)).reshape([batch, length, heads, dim]);
  const [q, k, v, g] = [array(data.q), array(data.k), array(data.v), array(data.g)];
  const attend = ({ q, k, v }: Operands) => nn.dotProductAttention(q, k, v, { isCausal: causal });
  const operands = (): Operands => ({ q: q.ref, k: k.ref, v: v.ref });
  const back = async (x: JaxArray) => exchangeHeads(await x.data(), batch, length, heads, dim);

  if (pass === "forward") {
    const step = jit(attend);
    const [y, firstCallMs] = await timed(() => step(operands()).data());
    return {
      firstCallMs,
      answers: { y: exchangeHeads(y, batch, length, heads, dim) },
      configurations: [{ name: "", run: (steps, queued) => runSteps(steps, () => step(operands()), queued) }],
      dispose() {},
    };
  }
  const loss = (operands: Operands, g: JaxArray) => np.sum(attend(operands).mul(g));
  const both = valueAndGrad(loss);
  const step = jit((operands: Operands, g: JaxArray): Operands => {
    const [value, gradient] = both(operands, g);
    value.dispose();
    return gradient;
  });
  const [found, firstCallMs] = await timed(async () => {
    const { q, k, v } = step(operands(), g.ref);
    return { "gradient of q": await back(q), "gradient of k": await back(k), "gradient of v": await back(v) };
  });
  return {
    firstCallMs,
    answers: found,
    configurations: [
      {
        name: "",
        // all three are asked for, or what only the dropped ones need would not be computed
        run: (steps, queued) =>
          runSteps(
            steps,
            () => {
              const { q, k, v } = step(operands(), g.ref);
              void q.blockUntilReady().then((x) => x.dispose());
              void k.blockUntilReady().then((x) => x.dispose());
              return v;
            },
            queued,
          ),
      },
    ],
    dispose() {},
  };
}
