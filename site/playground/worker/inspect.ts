/** What goes on inside a model while it reads one sequence, forward and backward. */
import { compile, type Device, gradients, nn, sqrt, square, sum, type Tensor, type Value, zeros } from "seqgrad";
import type { AttentionMap, Inside, LayerInside, Matrix } from "../protocol.ts";
import type { Body } from "./cells/cell.ts";
import type { PlayModel } from "./model.ts";
import { inputSpec, type Problem, rowOf } from "./problem.ts";

const gateTitles: Readonly<Record<string, string>> = {
  i: "input gate i",
  f: "forget gate f",
  g: "candidate g",
  o: "output gate o",
  r: "reset gate r",
  z: "update gate z",
  n: "candidate n",
};
const stateTitles: Readonly<Record<string, string>> = { h: "hidden state h", c: "cell state c" };
const norm = (x: Value) => sqrt(sum(square(x)));

/** A program of the inside, made once; each look runs it with the weights as they are then. */
export async function openInspector(device: Device, model: PlayModel, problem: Problem, rows: number) {
  const names = [...model.namedParameters()].map(([name]) => name);
  const program = await compile(device, model, {
    inputs: { x: inputSpec(problem, 1), y: problem.target(1) },
    fn: ({ x, y }) => {
      const entered = model.enter(x);
      const traced = model.body.inspect?.(entered);
      const outputs = model.answer(traced ? traced.outputs : model.body.forward(entered)[0]);
      const loss = problem.loss(outputs, y);
      const parameters = model.parameters();
      const [toInput, ...toParameters] = gradients(loss, [entered, ...parameters]);
      const layers = traced?.layers ?? [];
      return {
        layers: layers.map(({ states, gates }) => ({ ...prefixed("state", states), ...prefixed("gate", gates) })),
        norms: layers.length > 0 ? nn.gradientNorms(loss, layers) : [],
        attention: [...(model.body.attention?.(entered) ?? [])],
        saliency: toInput ? [sqrt(sum(square(toInput), [0, 2]))] : [],
        weights: parameters.map(norm),
        slopes: toParameters.map((gradient) => (gradient ? norm(gradient) : zeros([]))),
      };
    },
  });
  const directions = layerTitles(model);
  return {
    async look(example: number, step: number): Promise<Inside> {
      const { x, y } = rowOf(problem.validation, example, rows);
      const found = await program.run({ x, y });
      const all = async (tensors: readonly Tensor[]) =>
        (await Promise.all(tensors.map((tensor) => tensor.read()))) as Float32Array[];
      const [norms, saliency, weights, slopes] = await Promise.all([
        all(found.norms),
        all(found.saliency),
        all(found.weights),
        all(found.slopes),
      ]);
      const layers = await Promise.all(
        found.layers.map(async (layer, i): Promise<LayerInside> => {
          const entries = Object.entries(layer as Record<string, Tensor>);
          const matrices = await Promise.all(entries.map(([name, tensor]) => byUnit(name, tensor)));
          return {
            title: directions[i] ?? `layer ${i + 1}`,
            matrices,
            norms: norms[i] ?? new Float32Array(),
            start: model.body.starts?.[i] ?? 0,
          };
        }),
      );
      const attention = await Promise.all(
        found.attention.map(async (tensor, layer) => heads(await tensor.read(), tensor.shape, layer, model.body.looks)),
      );
      return {
        step,
        example,
        labels: problem.labels(problem.validation, example),
        layers,
        attention: attention.flat(),
        saliency: saliency[0] ?? new Float32Array(problem.time),
        parameters: names.map((name, i) => ({
          name,
          norm: weights[i]?.[0] ?? 0,
          gradient: slopes[i]?.[0] ?? 0,
        })),
      };
    },
    dispose: () => program.dispose(),
  };
}

export type Inspector = Awaited<ReturnType<typeof openInspector>>;

const prefixed = (kind: string, values: Readonly<Record<string, Value>>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${kind} ${name}`, value]));

function layerTitles(model: PlayModel): readonly string[] {
  if (model.body.titles) return model.body.titles;
  const { options } = model.body as { options?: { numLayers?: number; bidirectional?: boolean } };
  const { numLayers = 1, bidirectional = false } = options ?? {};
  return Array.from({ length: numLayers }, (_, i) =>
    bidirectional ? [`Layer ${i + 1}, forwards`, `Layer ${i + 1}, backwards`] : [`Layer ${i + 1}`],
  ).flat();
}

/** [1, time, units] → [units, time]. */
async function byUnit(name: string, tensor: Tensor): Promise<Matrix> {
  const [, columns, rows] = tensor.shape as [number, number, number];
  const read = (await tensor.read()) as Float32Array;
  const values = new Float32Array(read.length);
  for (let t = 0; t < columns; t++)
    for (let unit = 0; unit < rows; unit++) values[unit * columns + t] = read[t * rows + unit] as number;
  const [kind, short = ""] = name.split(" ");
  const title = (kind === "gate" ? gateTitles : stateTitles)[short] ?? `${kind} ${short}`;
  return { name: title, rows, columns, values };
}

function heads(read: ArrayLike<number>, shape: readonly number[], layer: number, looks: Body["looks"]): AttentionMap[] {
  const [, count, rows, columns] = shape as [number, number, number, number];
  const values = Float32Array.from(read);
  return Array.from({ length: count }, (_, head) => ({
    name: looks?.title ?? `layer ${layer + 1}, head ${head + 1}`,
    from: looks?.from ?? 0,
    rows,
    columns,
    values: values.slice(head * rows * columns, (head + 1) * rows * columns),
  }));
}
