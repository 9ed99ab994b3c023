import { DataError } from "../errors.ts";
import { checkDevice, type Device } from "../gpu/device.ts";
import { checkHalves } from "../gpu/parameter-data.ts";
import { Parameter } from "../graph/parameter.ts";
import { checkArgument, checkOptions, integer, oneOf, show } from "../options.ts";
import {
  type LoadedTensors,
  type LoadOptions,
  type LoadReport,
  loadParameters,
  readStateDict,
  type StateDict,
  type StateDictOptions,
} from "./state-dict.ts";
import { type Named, walk } from "./walk.ts";

/**
 * A part of a model: parameters and other modules are its fields, also in arrays, records, Maps and Sets, and have PyTorch's
 * names (`rnn.weight_ih_l0`, `layers.0.weight`, `blocks.encoder.weight`; of a Map by key, of a Set by place). Private fields
 * (`#name`) are not seen. A subclass adds a `forward` that traces values.
 *
 * @example
 * ```ts
 * import { nn, relu, type Value } from "seqgrad";
 *
 * class Mlp extends nn.Module {
 *   first = new nn.Linear(4, 16);
 *   second = new nn.Linear(16, 1);
 *
 *   forward(x: Value): Value {
 *     return this.second.forward(relu(this.first.forward(x)));
 *   }
 * }
 * console.log([...new Mlp().namedParameters()].map(([name]) => name)); // first.weight, first.bias, …
 * ```
 */
export abstract class Module {
  /** This module (with an empty name) and every one below it, once, by dotted path. */
  *namedModules(): Generator<[name: string, module: Module], void, void> {
    yield* namedModules(this);
  }

  /** Every parameter once, by dotted path. A parameter that is reached twice (tied) has its first name. */
  *namedParameters(): Generator<[name: string, parameter: Parameter], void, void> {
    yield* namedParameters(this);
  }

  /** Every parameter once, in the order of their names. */
  parameters(): Parameter[] {
    return [...namedParameters(this).values()];
  }

  /** Reads all parameters back from the GPU. */
  stateDict(device: Device, options?: StateDictOptions): Promise<StateDict> {
    return stateDict(device, this, options);
  }

  /**
   * Sets all parameters, now where they are on the GPU already, else when they are first placed there. Nothing is changed
   * unless every name and shape fits; with `strict: false` names may be missing or unknown, and are told. A tied parameter
   * may have any of its names, or all of them with equal numbers.
   */
  loadStateDict(device: Device, dict: LoadedTensors, options?: LoadOptions): LoadReport {
    return loadStateDict(device, this, dict, options);
  }

  /**
   * Stores the matrices among the parameters in 16 bits (binary16): half of their memory, and half of the bytes that `linear`,
   * `matmul`, `embedding` and the recurrent layers read of them; sums are float32 as before. For models that are to be run: the
   * matrices are trained no more, and what was compiled with the model is to be compiled again. On other devices that have the
   * model the same becomes of their own values when something is compiled there. Throws, and changes nothing,
   * where a weight lies beyond ±65504. `stateDict` gives float32 numbers still.
   * @param seed of parameters that have no value yet
   */
  async half(device: Device, seed = 0): Promise<this> {
    checkDevice("half", device);
    checkArgument("half", "seed", seed, integer);
    const parameters = this.parameters();
    (await device.parameters.place(parameters, seed)).keep();
    const values = await device.parameters.read(parameters);
    const matrices = parameters.filter(({ rank, dtype }) => rank === 2 && dtype === "float32");
    parameters.forEach((parameter, i) => {
      if (matrices.includes(parameter)) checkHalves(parameter, values[i] as Float32Array);
    });
    // all of them move, since those that share a buffer with a matrix would keep it as large as it was
    device.parameters.free(parameters);
    for (const matrix of matrices) matrix.half();
    parameters.forEach((parameter, i) => {
      device.parameters.write(parameter, values[i] as Float32Array);
    });
    (await device.parameters.place(parameters, seed)).keep();
    return this;
  }

  /** Frees the memory of all parameters on a device. What was compiled with them runs no more. */
  dispose(device: Device): void {
    checkDevice("dispose", device, "open or not");
    device.parameters.free(this.parameters());
  }
}

/**
 * What a model can be: a module, or several modules and parameters in records, arrays, Maps and Sets. Names are paths:
 * `{ encoder, decoder }` gives `encoder.weight_ih_l0`, an array `0.weight_ih_l0`.
 */
export type Model =
  | Module
  | Parameter
  | readonly (Model | null | undefined)[]
  | ReadonlyMap<string | number, Model>
  | ReadonlySet<Model>
  | { readonly [name: string]: Model | null | undefined };

/** Modules and parameters of a model. */
export const partsOf = (model: unknown): Generator<Named<Module>, void, void> => walk(model, isModule);

const isModule = (part: object): part is Module => part instanceof Module;

/** Throws DataError unless `model` is one, or null. */
export function checkModel(op: string, model: unknown): void {
  if (model === null || model instanceof Module) return;
  if (partsOf(model).next().done === false) return;
  const got = typeof model === "object" ? "an object in which there is no module" : show(model);
  throw new DataError(
    `${op}: model is ${got}, expected a module, a record or array of modules, or null where there are no parameters; a module's class extends nn.Module`,
  );
}

/** Every module of a model once, by dotted path; a model that is a module has an empty name. */
export function* namedModules(model: Model | null): Generator<[name: string, module: Module], void, void> {
  for (const { name, part } of partsOf(model)) if (isModule(part)) yield [name, part];
}

/**
 * Every parameter of a model once, by dotted path. A parameter that is reached twice (tied) has its first name. Throws
 * DataError where two parameters would have one name.
 */
export function namedParameters(model: Model | null): Map<string, Parameter> {
  const named = new Map<string, Parameter>();
  for (const { name, part } of partsOf(model)) {
    if (!(part instanceof Parameter)) continue;
    if (named.has(name)) {
      throw new DataError(`model: two parameters are named ${name}, expected a name for each; rename a field or a key`);
    }
    named.set(name, part);
    part.name = name || "parameter";
  }
  return named;
}

/** Further names of parameters that a model reaches by several paths, with their first names. */
function tiedNames(model: Model): Map<string, string> {
  const paths: (readonly [name: string, first: string])[] = [];
  const named = [...walk(model, isModule, (name, first) => paths.push([name, first]))].filter(
    ({ part }) => part instanceof Parameter,
  );
  const tied = new Map<string, string>();
  for (const [path, first] of paths) {
    for (const { name } of named) {
      if (name === first || name.startsWith(`${first}.`)) tied.set(path + name.slice(first.length), name);
    }
  }
  return tied;
}

/** Reads all parameters of a model back from the GPU. */
export async function stateDict(device: Device, model: Model, options?: StateDictOptions): Promise<StateDict> {
  checkDevice("stateDict", device);
  requireModel("stateDict", model);
  checkOptions<StateDictOptions>("stateDict", options, { tied: oneOf("first", "all") });
  const dict = await readStateDict(device, namedParameters(model));
  if (options?.tied === "all") {
    for (const [name, first] of tiedNames(model)) {
      const entry = dict.get(first);
      if (entry) dict.set(name, { shape: entry.shape, data: entry.data.slice() });
    }
  }
  return dict;
}

/** Sets all parameters of a model, as `Module.loadStateDict` does. */
export function loadStateDict(device: Device, model: Model, dict: LoadedTensors, options?: LoadOptions): LoadReport {
  checkDevice("loadStateDict", device);
  requireModel("loadStateDict", model);
  return loadParameters(device, namedParameters(model), tiedNames(model), dict, options);
}

/** Throws DataError unless `model` is one. */
function requireModel(op: string, model: unknown): void {
  if (model === null) throw new DataError(`${op}: model is null, expected a module, or a record or array of modules`);
  checkModel(op, model);
}
