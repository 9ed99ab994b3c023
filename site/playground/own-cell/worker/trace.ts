/** What becomes of a cell: the graph of a step, what is hoisted out of the loop, the kernels. */
import { compile, type Device, debug, float32, gradients, nn, scan, sum, UnsupportedError, type Value } from "seqgrad";
import { kernelsOf } from "../../worker/kernels.ts";
import { embedded } from "../../worker/model.ts";
import { openProblem } from "../../worker/tasks/index.ts";
import type { Cell } from "../define.ts";
import { placeIn } from "../places.ts";
import type { Operation, Pass, Places, Setting, Traced } from "../protocol.ts";
import { OwnCell } from "./body.ts";

interface Sizes {
  readonly inputs: number;
  readonly hidden: number;
  readonly batch: number;
  readonly time: number;
}

export async function trace(device: Device, cell: Cell, places: Places, { settings, data }: Setting): Promise<Traced> {
  const { input, time } = await openProblem(settings, data);
  const { hidden, batch } = settings;
  const sizes = { inputs: "tokens" in input ? embedded : input.features, hidden, batch, time };
  const body = new OwnCell(cell, sizes.inputs, hidden);
  const picture = await drawStep(device, body, sizes);
  const whole = await openWhole(device, body, sizes);
  try {
    return {
      ...sizes,
      ...picture,
      parameters: body.parameters().reduce((total, { shape }) => total + shape.reduce((a, b) => a * b, 1), 0),
      passes: passesOf(debug.graph(whole), places),
      notes: whole
        .describe()
        .split("\n")
        .filter((line) => line.includes("runs operation by operation")),
      kernels: kernelsOf(whole),
    };
  } finally {
    whole.dispose();
    body.dispose(device);
  }
}

/** One step by itself, as a picture. */
async function drawStep(device: Device, body: OwnCell, { inputs, batch }: Sizes) {
  const carry = body.stateSpec(batch);
  const program = await compile(device, body, {
    inputs: { x: float32([batch, inputs]), carry },
    fn: ({ x, carry: before }: { x: Value; carry: Record<string, Value> }) => {
      const [next, output] = body.step(before, x);
      return { next, output };
    },
  });
  try {
    const operations = debug
      .graph(program)
      .split("\n")
      .filter((line) => line.includes(" = ") && line.includes("(")).length;
    return { svg: debug.graphSvg(program), tooLarge: "", operations };
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    return { svg: "", tooLarge: error.message, operations: 0 };
  } finally {
    program.dispose();
  }
}

/** The loop over a sequence with its gradient, and nothing else. */
function openWhole(device: Device, body: OwnCell, { inputs, batch, time }: Sizes) {
  const carry = body.stateSpec(batch);
  return compile(device, body, {
    inputs: { xs: float32([time, batch, inputs]), carry },
    debug: true,
    fn: ({ xs, carry: start }: { xs: Value; carry: Record<string, Value> }) => {
      const [, outputs] = scan(xs, start, (before, x) => body.step(before, x));
      const trained = [...nn.namedParameters(body)].filter(([, { trainable }]) => trainable);
      const slopes = gradients(
        sum(outputs),
        trained.map(([, parameter]) => parameter),
      );
      return {
        outputs,
        gradient: Object.fromEntries(trained.map(([name], i) => [name.replaceAll(".", "/"), slopes[i] as Value])),
      };
    },
  });
}

/** Where each line of a graph is: before a loop, in it, after it; forward, and backward. */
function passesOf(graph: string, places: Places): Pass[] {
  const isBackward = (line: string) => line.includes("  # gradient of ");
  const operations = graph.split("\n").filter((line) => / = (\w+)\(| = (carried|a step of |\S+$)/.test(line));
  const rows = operations.filter((line) => !/^(output|gradient|next) /.test(line));
  const firstBackward = rows.findIndex(isBackward);
  const [forward, backward] =
    firstBackward < 0 ? [rows, []] : [rows.slice(0, firstBackward), rows.slice(firstBackward)];
  return [passOf("Forward", forward, places), passOf("Backward", backward, places)];
}

function passOf(title: string, rows: readonly string[], places: Places): Pass {
  const isLoop = (line: string) => / = scan\(/.test(line) && !line.startsWith(" ");
  const first = rows.findIndex(isLoop);
  const inside = rows.filter((line) => line.startsWith(" "));
  const outside = (from: number, to?: number) =>
    rows.slice(from, to).filter((line) => !line.startsWith(" ") && !isLoop(line));
  const operation = (line: string): Operation => {
    const [, made = "", call = "", where = ""] = /^\s*(.*?) = (.*?)(?: {2}# (.*))?$/.exec(line) ?? [];
    return { made, call: named(call), line: placeIn(where, places)?.line ?? null };
  };
  return {
    title,
    parts: [
      { name: "before", lines: outside(0, Math.max(0, first)).map(operation) },
      { name: "step", lines: inside.map(operation) },
      { name: "after", lines: outside(first + 1).map(operation) },
    ],
  };
}

/** `binary(a=%1, b=%2) { kind: "add" }` by the name that the cell calls it by; turned matrices with a ᵀ. */
const named = (call: string): string =>
  call
    .replace(/^(?:unary|binary)\((.*)\) \{ kind: "(\w+)".*\}$/, "$2($1)")
    .replace(/^(matmul\(a=[^,)]+)(.*) \{ transposeA: true/, "$1ᵀ$2 { transposeA: false")
    .replace(/^(matmul\(a=[^,)]+, b=[^,)]+)(.*) \{ transposeA: false, transposeB: true \}$/, "$1ᵀ$2")
    .replace(" { transposeA: false, transposeB: false }", "");
