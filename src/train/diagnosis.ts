import { Arena } from "../gpu/arena.ts";
import type { Device } from "../gpu/device.ts";
import type { InputValue } from "../graph/leaves.ts";
import { everyDefinition, reachableNodes } from "../graph/order.ts";
import { Parameter } from "../graph/parameter.ts";
import type { Value } from "../graph/value.ts";
import type { ModuleCall } from "../nn/calls.ts";
import { lowerNonFinite } from "../ops/elementwise/non-finite.ts";
import { gradients } from "../ops/loop/gradients.ts";
import { type AgainRequest, type PastRun, runAgain } from "../run/again.ts";
import type { NonFinite } from "./guard.ts";
import type { StepTrace } from "./trace.ts";

/** The step that is to be run again. */
export interface FailedStep extends PastRun {
  readonly what: NonFinite;
  readonly streams?: Map<object, number> | undefined;
}

export interface Diagnosis {
  /** Path of the first module that is not finite, or null. */
  readonly module: string | null;
  readonly text: string;
}

/** A value that may be the first that is not finite, and what is to be said then. */
interface Suspect {
  readonly value: Value;
  readonly module: string | null;
  readonly text: string;
}

/** Runs a failed step once more, without its updates, and looks where what is not finite comes from. */
export async function diagnose(device: Device, trace: StepTrace, failed: FailedStep): Promise<Diagnosis> {
  const gone = trace.inputs.filter(({ name }) => failed.inputOf(name) === undefined).map(({ name }) => name);
  if (gone.length > 0) {
    return {
      module: null,
      text: `no module can be named, because ${gone.join(", ")} of that step ${gone.length > 1 ? "are" : "is"} gone: later steps have other data in that place`,
    };
  }
  try {
    const suspects = failed.what === "gradient" ? backwardSuspects(trace) : forwardSuspects(trace);
    const causes = causesOf(trace);
    const isBad = await lookAt(device, trace, failed, [...suspects, ...causes]);
    const first = suspects.find(({ value }) => isBad(value));
    const cause = causes.filter(({ value }) => isBad(value)).map(({ text }) => text);
    if (!first) return { module: null, text: failed.what === "gradient" ? OVERFLOW : NOT_AGAIN };
    const module = first.module ?? causes.find(({ value }) => isBad(value))?.module ?? null;
    return { module, text: [first.text, ...cause.slice(0, 3)].join("; ") };
  } catch (error) {
    return { module: null, text: `no module can be named: ${error instanceof Error ? error.message : error}` };
  }
}

const OVERFLOW = "every single gradient is finite, but their norm is beyond float32";
const NOT_AGAIN = "run once more with the parameters as they are now, everything is finite";

/** In forward order: what modules return, then what the loss function makes of it. */
function forwardSuspects({ loss, updates, events, inputs }: StepTrace): Suspect[] {
  const isInside = insideOf([loss, ...updates.map(([, next]) => next)], inputs);
  const ends = events.filter(({ kind }) => kind === "end");
  return [
    ...ends.flatMap(({ call }) =>
      call.outputs.filter(isInside).map((value) => ({
        value,
        module: call.path,
        text: `the first module whose output is not finite is ${nameOf(call)}`,
      })),
    ),
    ...[loss, ...updates.map(([, next]) => next)].filter(isInside).map((value) => ({
      value,
      module: null,
      text: "the outputs of all modules are finite: it arises in the loss function",
    })),
  ];
}

/** In backward order: the gradients that reach a module's outputs, then those of its parameters and inputs. */
function backwardSuspects({ loss, events, inputs, trained: pairs }: StepTrace): Suspect[] {
  const trained = pairs.map(([parameter]) => parameter);
  const isInside = insideOf([loss], inputs);
  const wanted = [...events].reverse().flatMap(({ kind, call }) => {
    const says = (what: string) =>
      `going backward, the first module with a gradient that is not finite is ${nameOf(call)}: ${what}`;
    const suspect = (what: string) => (value: Value) => ({ value, module: call.path, text: says(what) });
    if (kind === "end") return call.outputs.filter(isInside).map(suspect("the gradient that reaches its output"));
    return [
      ...trained
        .filter((parameter) => Object.values(call.module).includes(parameter))
        .map((parameter) => suspect(`that of parameter ${parameter.name}`)(parameter)),
      ...call.inputs.filter(isInside).map(suspect("the gradient that it gives its input")),
    ];
  });
  const others = trained.map((parameter) => ({
    value: parameter,
    module: holderOf(parameter),
    text: `the gradient of parameter ${parameter.name} is not finite`,
  }));
  const all: Suspect[] = [...wanted, ...others];
  const sources = [...new Set(all.map(({ value }) => value))];
  const found = gradients(loss, sources);
  return all.flatMap((suspect) => {
    const value = found[sources.indexOf(suspect.value)];
    return value ? [{ ...suspect, value }] : [];
  });
}

/** What comes from outside and may be the cause of all. */
function causesOf({ inputs, loss, updates }: StepTrace): Suspect[] {
  const nodes = reachableNodes([loss, ...updates.map(([, next]) => next)]);
  const leaves = new Set([loss, ...nodes.flatMap((node) => node.operands)]);
  const parameters = [...leaves].filter((leaf): leaf is Parameter => leaf instanceof Parameter);
  return [
    ...inputs.map((value) => ({ value, module: null, text: `input ${value.name} is not finite` })),
    ...parameters.map((value) => ({
      value,
      module: holderOf(value),
      text: `parameter ${value.name} is not finite`,
    })),
  ].filter(({ value }) => value.dtype === "float32");
}

/** Whether a value is a float32 one that a step computes outside of loops, or an input. */
function insideOf(results: readonly Value[], inputs: readonly InputValue[]): (value: Value) => boolean {
  const nodes = new Set(reachableNodes(results, undefined, everyDefinition));
  const leaves = new Set<Value>(inputs);
  return (value) => value.dtype === "float32" && (value.node ? nodes.has(value.node) : leaves.has(value));
}

const nameOf = ({ module, path }: ModuleCall): string => {
  const type = module.constructor.name;
  return path === "" ? `the model itself (${type})` : `${path} (${type})`;
};

const holderOf = ({ name }: Parameter): string => name.split(".").slice(0, -1).join(".");

/** Runs the step without its updates; says of each value whether it is not finite. */
async function lookAt(
  device: Device,
  { loss, inputs }: StepTrace,
  failed: FailedStep,
  suspects: readonly Suspect[],
): Promise<(value: Value) => boolean> {
  const values = [...new Set(suspects.map(({ value }) => value))];
  const flags = new Arena(device, "flags", values.length);
  try {
    const request: AgainRequest = {
      inputs,
      outputs: { loss },
      locate: (leaf) => device.parameters.placeOf(leaf as Parameter),
      watch: values.map((value, i) => [
        value,
        (to, slot) => lowerNonFinite(to, [slot], to.external(flags, i, [], "uint32"), 1),
      ]),
      ...(failed.streams ? { streams: failed.streams } : {}),
    };
    const bytes = 4 * values.length;
    const staging = device.staging.take(bytes);
    const found = await runAgain(
      device,
      request,
      failed,
      async () => new Uint32Array(await device.staging.read(staging, bytes)),
      (encoder) => encoder.copyBufferToBuffer(flags.buffer, 0, staging, 0, bytes),
    );
    return (value) => found[values.indexOf(value)] === 1;
  } finally {
    flags.dispose();
  }
}
