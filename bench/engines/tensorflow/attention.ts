/** Two matmuls and a softmax, the mask of causal order added: TensorFlow.js has no attention in its core. */
import { attentionData } from "../../cases/data.ts";
import type { AttentionWork } from "../../cases/work.ts";
import { type Answers, type Prepared, timed } from "../engine.ts";
import { configurationsOf, packedMatmul, tf } from "./library.ts";

export async function prepareAttention(work: AttentionWork): Promise<Prepared> {
  const { batch, heads, length, dim, causal, pass } = work;
  const data = attentionData(work);
  const [q, k, v, g] = [data.q, data.k, data.v, data.g].map((each) => tf.tensor(each, [batch, heads, length, dim])) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  const mask = causal ? tf.tensor(causalMask(length), [length, length]) : undefined;
  const attend = (q: tf.Tensor, k: tf.Tensor, v: tf.Tensor): tf.Tensor => {
    const scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(dim));
    return tf.matMul(tf.softmax(mask ? tf.add(scores, mask) : scores), v);
  };
  const gradients = tf.grads(attend);
  const results = (): Record<string, tf.Tensor> => {
    if (pass === "forward") return { y: attend(q, k, v) };
    const [dQ, dK, dV] = gradients([q, k, v], g) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return { "gradient of q": dQ, "gradient of k": dK, "gradient of v": dV };
  };
  const read = async (found: Record<string, tf.Tensor>): Promise<Answers> => {
    const answers: Record<string, ArrayLike<number>> = {};
    for (const [name, x] of Object.entries(found)) {
      answers[name] = await x.data();
      x.dispose();
    }
    return answers;
  };
  const all = () => tf.tidy(results);
  const [answers, firstCallMs] = await timed(() => read(all()));
  const moreAnswers = [await read(packedMatmul(all))];
  const step = () => tf.tidy(() => Object.values(results()).at(-1));
  return { firstCallMs, answers, moreAnswers, configurations: configurationsOf(step), dispose() {} };
}

function causalMask(length: number): Float32Array {
  const mask = new Float32Array(length * length);
  for (let i = 0; i < length; i++) mask.fill(-1e9, i * length + i + 1, (i + 1) * length);
  return mask;
}
