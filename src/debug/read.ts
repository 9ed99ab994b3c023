import { DataError } from "../errors.ts";
import { type TypedData, toTyped } from "../gpu/host-data.ts";
import { Tensor, type TensorData } from "../gpu/tensor.ts";
import { aValue } from "../graph/arguments.ts";
import { everyDefinition, reachableLeaves, reachableNodes } from "../graph/order.ts";
import type { Node, Value } from "../graph/value.ts";
import { checkArgument } from "../options.ts";
import type { ProgramRequest } from "../plan/build.ts";
import { type PastRun, runAgain } from "../run/again.ts";
import type { Executable } from "../run/executable.ts";
import { givenInputs } from "../run/given.ts";
import { executableOf, type Inspected } from "./program.ts";

/**
 * Reads any value that was traced for a program and that it computes, row-major. An output of the last run is copied. Any other
 * value lies in memory that was used again since, so it is computed once more: what it depends on is planned, compiled and run
 * as a program of its own, with memory of its own, and updates nothing.
 *
 * - Without `data`: on the inputs and random numbers of the last run, with parameters as they are now (of a Trainer, after that
 *   step's update). Throws DataError before the first run, where another run begins meanwhile, and for a value that depends on
 *   carried state, which the run has overwritten.
 * - With `data`, for the inputs as `run` or `step` takes them: what the next run would compute of it, carried state included.
 *
 * Throws DataError for a value inside the function of a `scan` or `checkpoint` (return it from there), and for one of another
 * program (return it as an output, or read it from that one).
 *
 * ```ts
 * let hidden: Value;
 * const program = await compile(device, model, { inputs, fn: ({ x }) => model.head.forward((hidden = model.rnn.forward(x)[0])) });
 * await program.run({ x });
 * console.log(await debug.read(program, hidden));
 * ```
 */
export async function read(program: Inspected, value: Value, data?: object): Promise<TypedData> {
  const executable = executableOf("read", program);
  checkArgument("debug.read", "value", value, aValue);
  const { replay, request, last, seed } = executable;
  replay.checkUsable();
  const name = Object.keys(request.outputs).find((each) => request.outputs[each] === value);
  if (name !== undefined && last && data === undefined) return replay.tensor(name).read();
  checkValue(request, value);
  const inputOf = data === undefined ? lastInputs(executable, value) : nextInputs(executable, data);
  // the state of random numbers is the run's, past or next
  const past: PastRun = { ...((data === undefined && last) || program.next), seed, inputOf };
  const { inputs, locate, streams, adapter } = request;
  return runAgain(
    replay.device,
    { adapter, inputs, outputs: { value }, locate, ...(streams ? { streams } : {}) },
    past,
    (again) => again.tensor("value").read(),
  );
}

/** Where the inputs of the last run still lie. */
function lastInputs({ replay, request, last }: Executable, value: Value): PastRun["inputOf"] {
  if (!last) {
    throw new DataError(
      "debug.read: the program has not run, expected a run whose values can be read; run it, or give data as the third argument",
    );
  }
  const stale = new Set<Value>((request.updates ?? []).flatMap(([state, next]) => (next === state ? [] : [state])));
  const lost = reachableLeaves([value]).find((leaf) => stale.has(leaf));
  if (lost) {
    throw new DataError(
      `debug.read: ${value} depends on ${lost.origin}, which the last run has overwritten, expected a value of inputs and parameters alone; give data as the third argument to see what the next run would compute, or return the value as an output`,
    );
  }
  const { generation } = replay;
  return (name) => {
    if (replay.generation !== generation) {
      throw new DataError(
        "debug.read: another run began meanwhile and has overwritten the inputs, expected none; await debug.read before running again",
      );
    }
    return replay.inputPlace(name);
  };
}

/** What is given for them, copied, since callers may change it when this is on its way; carried ones as they are now. */
function nextInputs(executable: Executable, data: object): PastRun["inputOf"] {
  const { replay, request } = executable;
  const states = (request.updates ?? []).map(([state]) => state);
  const carried = new Set(request.inputs.filter((input) => states.includes(input)).map(({ name }) => name));
  executable.take("debug.read", data, carried);
  const copies = new Map<string, TensorData | null>();
  for (const [name, given] of givenInputs("debug.read", replay.program.inputs, data, carried)) {
    const isCopied = given !== undefined && !(given instanceof Tensor);
    copies.set(name, isCopied ? toTyped(name, given, replay.input(name)).slice() : (given ?? null));
  }
  return (name) => {
    const copy = copies.get(name);
    return copy === undefined ? replay.inputPlace(name) : copy;
  };
}

/** Throws DataError unless a program computes it, outside of loops. */
function checkValue({ outputs, updates = [], destinations = [], inputs }: ProgramRequest, value: Value): void {
  const results = [
    ...Object.values(outputs),
    ...updates.map(([, next]) => next),
    ...destinations.map(([each]) => each),
  ];
  const nodes = reachableNodes(results, undefined, everyDefinition);
  const leaves = new Set<Value>([...inputs, ...reachableLeaves(results, undefined, everyDefinition)]);
  if (value.node ? nodes.includes(value.node) : leaves.has(value)) return;
  throw new DataError(
    isInside(nodes, value)
      ? `debug.read: ${value} lies inside the function of a scan or checkpoint, expected a value outside of it; return it from that function, from a scan as one of its outputs`
      : `debug.read: ${value} is not computed by this program, expected a value that was traced for it and that its outputs depend on; return it as an output`,
  );
}

function isInside(nodes: readonly Node[], value: Value): boolean {
  return nodes.some((node) => {
    const body = node.op.body?.(node);
    if (!body) return false;
    if ([...body.bindings].some(([placeholder]) => placeholder === value)) return true;
    return body.nodes.some(({ results }) => results.includes(value)) || isInside(body.nodes, value);
  });
}
