/** Recurrent cells in jax-js's words, beside those of `cells.ts`. A use takes an array; `ref` is one more. */
import type { JaxArray } from "@jax-js/jax";
import { exchangeAxes, transposed } from "../engines/layout.ts";
import type { Data, Sizes } from "./cells.ts";

export type Jax = typeof import("@jax-js/jax");

/** By gate, or all gates in one. Of a peephole LSTM three rows more. */
interface Weights {
  readonly [name: string]: JaxArray[];
  readonly wx: JaxArray[];
  readonly wh: JaxArray[];
  readonly bx: JaxArray[];
  readonly bh: JaxArray[];
  readonly peephole: JaxArray[];
}

/** A cell of ours, and what it is there. */
export interface Kind {
  readonly gates: number;
  readonly base: "LSTM" | "GRU";
  readonly peephole?: boolean;
  /** Probability with which a unit keeps its state. */
  readonly zoneout?: number;
}

export const kinds: Readonly<Record<string, Kind>> = {
  "LSTM by scan": { gates: 4, base: "LSTM" },
  "LSTM peephole": { gates: 4, base: "LSTM", peephole: true },
  "LSTM zoneout": { gates: 4, base: "LSTM", zoneout: 0.1 },
  "GRU by scan": { gates: 3, base: "GRU" },
};

/** Our parameters as it takes them. */
function weightsOf(
  jax: Jax,
  of: ReadonlyMap<string, Float32Array>,
  kind: Kind,
  hidden: number,
  parts: number,
): Weights {
  const { numpy: np } = jax;
  const rows = (kind.gates * hidden) / parts;
  const cut = (name: string, columns: number) =>
    Array.from({ length: parts }, (_, i) =>
      (of.get(name) as Float32Array).slice(i * rows * columns, (i + 1) * rows * columns),
    );
  const matrix = (name: string) =>
    cut(name, hidden).map((part) => np.array(transposed(part, rows, hidden)).reshape([hidden, rows]));
  const peephole = of.get("weight_peephole_l0");
  return {
    wx: matrix("weight_ih_l0"),
    wh: matrix("weight_hh_l0"),
    bx: cut("bias_ih_l0", 1).map((part) => np.array(part)),
    bh: cut("bias_hh_l0", 1).map((part) => np.array(part)),
    peephole: peephole ? [0, 1, 2].map((i) => np.array(peephole.slice(i * hidden, (i + 1) * hidden))) : [],
  };
}

const retained = (weights: Weights): Weights =>
  Object.fromEntries(Object.entries(weights).map(([name, list]) => [name, list.map((each) => each.ref)])) as Weights & {
    [name: string]: JaxArray[];
  };

const disposeAll = (weights: Weights): void => {
  for (const list of Object.values(weights)) for (const each of list) each.dispose();
};

/** Outputs of all steps. A use takes an array, `ref` is one more; the weights are not taken. */
function unrolled(jax: Jax, kind: Kind, x: JaxArray, weights: Weights, masks: readonly JaxArray[], sizes: Sizes) {
  const { numpy: np, nn } = jax;
  const { time, batch, hidden } = sizes;
  const { wx, wh, bx, bh, peephole } = weights;
  const gatesOf = (list: JaxArray[]): JaxArray[] => {
    const [whole] = list as [JaxArray];
    if (list.length > 1) return list;
    const found = Array.from({ length: kind.gates }, (_, i) => whole.ref.slice([], [i * hidden, (i + 1) * hidden]));
    whole.dispose();
    return found;
  };
  const projected = wx.map((w, i) =>
    np
      .matmul(x.ref, w.ref)
      .add((bx[i] as JaxArray).ref)
      .reshape([time, batch, w.shape[1] as number]),
  );
  x.dispose();
  let h = np.zeros([batch, hidden]);
  let c = np.zeros([batch, hidden]);
  const outputs: JaxArray[] = [];
  const see = (gate: JaxArray, state: JaxArray, i: number) =>
    kind.peephole ? gate.add(state.ref.mul((peephole[i] as JaxArray).ref)) : gate;
  for (let t = 0; t < time; t++) {
    const given = projected.map((each) => each.ref.slice(t));
    const recurrent = wh.map((w, i) => np.matmul(h.ref, w.ref).add((bh[i] as JaxArray).ref));
    if (kind.base === "GRU") {
      const [xr, xz, xn] = gatesOf(given) as [JaxArray, JaxArray, JaxArray];
      const [hr, hz, hn] = gatesOf(recurrent) as [JaxArray, JaxArray, JaxArray];
      const z = nn.sigmoid(xz.add(hz));
      const n = np.tanh(xn.add(nn.sigmoid(xr.add(hr)).mul(hn)));
      h = n.ref.add(z.mul(h.sub(n)));
    } else {
      const sums = gatesOf(given.map((each, i) => each.add(recurrent[i] as JaxArray)));
      const [zi, zf, zg, zo] = sums as [JaxArray, JaxArray, JaxArray, JaxArray];
      const [i, f] = [nn.sigmoid(see(zi, c, 0)), nn.sigmoid(see(zf, c, 1))];
      const after = f.mul(c.ref).add(i.mul(np.tanh(zg)));
      const out = nn.sigmoid(see(zo, after, 2)).mul(np.tanh(after.ref));
      const keep = (before: JaxArray, now: JaxArray, mask: JaxArray | undefined) => {
        if (mask) return before.ref.add(mask.ref.slice(t).mul(now.sub(before)));
        before.dispose();
        return now;
      };
      c = keep(c, after, masks[1]);
      h = keep(h, out, masks[0]);
    }
    outputs.push(h.ref);
  }
  for (const each of [...projected, h, c]) each.dispose();
  return np.stack(outputs);
}

const RATE = 1e-3;

/** A training step, begun from our weights. */
export function training(
  jax: Jax,
  kind: Kind,
  of: ReadonlyMap<string, Float32Array>,
  data: Data,
  sizes: Sizes,
  parts: number,
) {
  const { numpy: np, jit, valueAndGrad } = jax;
  const { time, batch, hidden } = sizes;
  const inSteps = (given: Float32Array) => np.array(exchangeAxes(given, batch, time, hidden));
  const x = inSteps(data.x).reshape([time * batch, hidden]);
  const y = inSteps(data.y).reshape([time, batch, hidden]);
  const { zoneout } = kind;
  const mask = (factor: number) =>
    np
      .array(Float32Array.from({ length: time * batch * hidden }, (_, i) => Number(Math.sin(i * factor) > -0.95)))
      .reshape([time, batch, hidden]);
  const masks = zoneout ? [mask(12.9), mask(78.2)] : [];
  const lossOf = (weights: Weights, x: JaxArray, y: JaxArray, ...masks: JaxArray[]): JaxArray => {
    const result = np.mean(np.square(unrolled(jax, kind, x, weights, masks, sizes).sub(y)));
    disposeAll(weights);
    for (const each of masks) each.dispose();
    return result;
  };
  const both = valueAndGrad(lossOf);
  const step = jit((weights: Weights, x: JaxArray, y: JaxArray, ...masks: JaxArray[]): [JaxArray, Weights] => {
    const [loss, gradient] = both(retained(weights), x, y, ...masks);
    const next = Object.entries(weights).map(([name, list]) => [
      name,
      list.map((w, i) => w.sub((gradient[name] as JaxArray[])[i]?.mul(RATE) as JaxArray)),
    ]);
    return [loss, Object.fromEntries(next)];
  });
  let weights = weightsOf(jax, of, kind, hidden, parts);
  return async () => {
    const [loss, next] = step(weights, x.ref, y.ref, ...masks.map((each) => each.ref));
    weights = next;
    return (await loss.data())[0] as number;
  };
}
