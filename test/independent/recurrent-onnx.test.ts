// nn.RNN, nn.LSTM and nn.GRU with all options that ONNX has, against ONNX Runtime: outputs of all steps and final states.
import { describe, expect, test } from "vitest";
import { compile, float32, int32, nn, type Tensor, type Value } from "../../src/node.ts";
import { assertClose } from "../cases/support/assert.ts";
import { device } from "../support/device.ts";
import { tolerance } from "../support/tolerance.ts";
import { type OnnxKind, runOnnx } from "./onnx-recurrent.ts";
import { pairwise } from "./pairwise.ts";
import { numbers, setParameters, swapped } from "./support.ts";

const INPUT = 3;

const shared = {
  direction: ["forward", "reverse", "bidirectional"],
  batch: [1, 3, 17],
  hidden: [1, 5, 33, 64, 130],
  time: [1, 2, 19],
  lengths: [false, true],
  state: [false, true],
  bias: [true, false],
} as const;

const gated = { gate: ["sigmoid", "hard_sigmoid"], activation: ["tanh", "relu", "leaky_relu", "sigmoid"] } as const;

const clip = [undefined, 0.4] as const;

const factors = {
  RNN: { ...shared, activation: ["tanh", "relu", "leaky_relu", "sigmoid", "identity", "hard_sigmoid"], clip },
  GRU: { ...shared, ...gated, resetAfter: [true, false], clip },
  LSTM: { ...shared, ...gated, peephole: [false, true], clip, inputForget: [false, true] },
} as const;

interface Configuration {
  readonly direction: (typeof shared.direction)[number];
  readonly batch: number;
  readonly hidden: number;
  readonly time: number;
  readonly lengths: boolean;
  readonly state: boolean;
  readonly bias: boolean;
  readonly activation: nn.Activation;
  readonly gate?: nn.Activation;
  readonly resetAfter?: boolean;
  readonly peephole?: boolean;
  readonly clip?: number | undefined;
  readonly inputForget?: boolean;
}

const usual = { direction: "bidirectional", lengths: true, state: true, bias: true, activation: "tanh" } as const;
const plain = { direction: "forward", lengths: false, state: false, bias: true, activation: "tanh" } as const;
const sizes = { batch: 3, hidden: 33, time: 19 };

/** What the pairs may miss: the defaults at all sizes' ends, everything at once, and each option by itself. */
const corners: Readonly<Record<OnnxKind, readonly Configuration[]>> = {
  RNN: [
    { ...plain, batch: 17, hidden: 130, time: 19 },
    { ...usual, ...sizes },
    { ...usual, ...sizes, clip: 0.3 },
  ],
  GRU: [true, false].flatMap((resetAfter) => [
    { ...plain, gate: "sigmoid", resetAfter, batch: 17, hidden: 130, time: 19 } as const,
    { ...usual, gate: "sigmoid", resetAfter, ...sizes } as const,
    { ...usual, gate: "sigmoid", resetAfter, ...sizes, clip: 0.3 } as const,
    { ...usual, gate: "sigmoid", resetAfter, direction: "reverse", batch: 3, hidden: 64, time: 19 } as const,
  ]),
  LSTM: [
    { ...plain, gate: "sigmoid", batch: 17, hidden: 130, time: 19 },
    { ...usual, gate: "sigmoid", ...sizes },
    { ...plain, gate: "sigmoid", ...sizes, peephole: true },
    { ...plain, gate: "sigmoid", ...sizes, inputForget: true },
    { ...plain, gate: "sigmoid", ...sizes, clip: 0.3 },
    { ...usual, gate: "sigmoid", ...sizes, clip: 0.3, peephole: true },
    { ...usual, gate: "hard_sigmoid", ...sizes, clip: 0.3, peephole: true, inputForget: true },
  ],
};

/** Those that ONNX has. */
type Named = "tanh" | "relu" | "leaky_relu" | "sigmoid" | "hard_sigmoid" | "identity";

const SLOPE = 0.2;
const ONNX_NAMES: Readonly<Record<Named, string>> = {
  tanh: "Tanh",
  relu: "Relu",
  leaky_relu: "LeakyRelu",
  sigmoid: "Sigmoid",
  hard_sigmoid: "HardSigmoid",
  identity: "Affine",
};
/** ONNX's defaults, which ONNX Runtime does not fill in for all. */
const ALPHAS: Partial<Record<Named, (kind: OnnxKind) => number>> = {
  // only nn.RNN lets one choose the slope
  leaky_relu: (kind) => (kind === "RNN" ? SLOPE : 0.01),
  hard_sigmoid: () => 0.2,
  identity: () => 1,
};

type AnyLayer = nn.RNN | nn.GRU | nn.LSTM;

function layerOf(kind: OnnxKind, { hidden, direction, bias, activation, ...rest }: Configuration): AnyLayer {
  const options = {
    bias,
    bidirectional: direction === "bidirectional",
    reverse: direction === "reverse",
    activation,
    hardSigmoidSlope: 0.2,
    ...(rest.clip === undefined ? {} : { gateClip: rest.clip }),
  };
  if (kind === "RNN") return new nn.RNN(INPUT, hidden, { ...options, negativeSlope: SLOPE });
  const gateActivation = rest.gate ?? "sigmoid";
  if (kind === "GRU") {
    return new nn.GRU(INPUT, hidden, { ...options, gateActivation, resetAfter: rest.resetAfter ?? true });
  }
  return new nn.LSTM(INPUT, hidden, {
    ...options,
    gateActivation,
    peephole: rest.peephole ?? false,
    coupleForget: rest.inputForget ?? false,
  });
}

/** Outputs and final states by ONNX Runtime's names. */
function forward(layer: AnyLayer, x: Value, state: Record<string, Value> | undefined, lengths: Value | undefined) {
  if (layer instanceof nn.LSTM) {
    const given = state && { h: state.h as Value, c: state.c as Value };
    const [y, next] = layer.forward(x, given, { lengths });
    return { y, ...next };
  }
  const [y, h] = layer.forward(x, state?.h, { lengths });
  return { y, h };
}

function dataOf({ batch, time, hidden, direction, lengths, state }: Configuration, seed: number) {
  const stateSize = (direction === "bidirectional" ? 2 : 1) * batch * hidden;
  return {
    x: numbers(seed, batch * time * INPUT, 2),
    lengths: lengths ? Int32Array.from({ length: batch }, (_, row) => 1 + ((row * 7 + time - 1) % time)) : undefined,
    states: state ? { h: numbers(seed + 1, stateSize), c: numbers(seed + 2, stateSize) } : undefined,
  };
}

class Layers extends nn.Module {
  constructor(readonly list: AnyLayer[]) {
    super();
  }
}

const labelOf = (configuration: Configuration) =>
  Object.entries(configuration)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");

async function compareAll(kind: OnnxKind, list: readonly Configuration[]): Promise<void> {
  const model = new Layers(list.map((configuration) => layerOf(kind, configuration)));
  const dict = setParameters(device, model, 1, 0.25);
  const data = list.map((configuration, i) => dataOf(configuration, 10 * i));
  using compiled = await compile(device, model, {
    inputs: list.map(({ batch, time, lengths, state }, i) => ({
      x: float32([batch, time, INPUT]),
      ...(lengths ? { lengths: int32([batch]) } : {}),
      ...(state ? { state: stateSpecOf(model.list[i] as AnyLayer, batch) } : {}),
    })),
    fn: (inputs) =>
      inputs.map((given, i) => {
        const { x, lengths, state } = given as { x: Value; lengths?: Value; state?: Record<string, Value> };
        return forward(model.list[i] as AnyLayer, x, state, lengths);
      }),
  });
  compiled.replay.poison();
  const results = await compiled.run(
    data.map(({ x, lengths, states }) => ({
      x,
      ...(lengths ? { lengths } : {}),
      ...(states ? { state: kind === "LSTM" ? states : { h: states.h } } : {}),
    })) as never,
  );
  let silent = 0;
  for (const [i, configuration] of list.entries()) {
    const { batch, time, hidden, direction, gate, activation, ...rest } = configuration;
    const directions = direction === "bidirectional" ? 2 : 1;
    const { x, lengths, states } = data[i] as ReturnType<typeof dataOf>;
    const names = (gate ? [gate, activation] : [activation]) as Named[];
    if (kind === "LSTM") names.push(activation as Named);
    const node = {
      kind,
      batch,
      time,
      hidden,
      direction,
      inputSize: INPUT,
      ...rest,
      activations: names.map((name) => ONNX_NAMES[name]),
      alphas: names.flatMap((name) => ALPHAS[name]?.(kind) ?? []),
    };
    const want = await runOnnx(node, dict, `list.${i}.`, { x: swapped(x, batch, time, INPUT), lengths, states });
    const got = results[i] as unknown as Record<string, Tensor>;
    for (const [name, tensor] of Object.entries(got)) {
      const found = want[name] as Float32Array;
      const wanted = name === "y" ? batchFirst(found, time, directions, batch, hidden) : found;
      const bounds = tolerance.recurrent(time, hidden);
      assertClose(`${labelOf(configuration)}: ${name}`, await tensor.read(), wanted, bounds);
    }
    if (!(want.y as Float32Array).some((value) => Math.abs(value) > 1e-3)) silent++;
  }
  // an oracle that gives zeros would prove nothing; one ReLU unit may well stay silent
  expect(silent).toBeLessThan(list.length / 4);
  model.dispose(device);
}

const stateSpecOf = (layer: AnyLayer, batch: number) =>
  layer instanceof nn.LSTM ? { ...layer.stateSpec(batch) } : { h: layer.stateSpec(batch) };

/** [time, directions, batch, hidden] → [batch, time, directions · hidden]. */
function batchFirst(y: Float32Array, time: number, directions: number, batch: number, hidden: number): Float32Array {
  const result = new Float32Array(y.length);
  for (let t = 0; t < time; t++) {
    for (let d = 0; d < directions; d++) {
      for (let b = 0; b < batch; b++) {
        const from = ((t * directions + d) * batch + b) * hidden;
        result.set(y.subarray(from, from + hidden), ((b * time + t) * directions + d) * hidden);
      }
    }
  }
  return result;
}

describe.for<OnnxKind>(["RNN", "GRU", "LSTM"])("%s", (kind) => {
  const all = [...pairwise(factors[kind], 1), ...corners[kind]] as readonly Configuration[];
  const parts = Array.from({ length: Math.ceil(all.length / 8) }, (_, i) => all.slice(i * 8, i * 8 + 8));
  test.for(parts.map((part, i) => ({ part, number: i + 1, of: parts.length })))(
    "every pair of options, part $number of $of",
    ({ part }) => compareAll(kind, part),
  );
});
