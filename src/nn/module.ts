import { DataError, DtypeError, ShapeError } from "../errors.ts";
import { LARGEST_HALF } from "../float16.ts";
import type { Device } from "../gpu/device.ts";
import { Parameter } from "../graph/parameter.ts";
import { formatShape, type Shape, sameShape, sizeOf } from "../graph/shape.ts";

/** Tensors by parameter name, as `stateDict` gives them. */
export type StateDict = Map<string, { readonly shape: Shape; readonly data: Float32Array }>;

/** What `loadStateDict` takes: also the tensors of a file, which must be floats. */
export type LoadedTensors = ReadonlyMap<string, { readonly shape: Shape; readonly data: Float32Array | Int32Array }>;

/**
 * A part of a model: parameters and other modules are its fields, also in arrays, and have PyTorch's names
 * (`rnn.weight_ih_l0`). A subclass adds a `forward` that traces values.
 */
export abstract class Module {
  /** Whether dropout and the like are active in what is traced next. */
  training = true;

  /** Sets the mode of this module and all below it. */
  train(mode = true): this {
    this.training = mode;
    for (const [, child] of this.children()) child.train(mode);
    return this;
  }

  eval(): this {
    return this.train(false);
  }

  /** Modules directly below, by field name. */
  *children(): Generator<[name: string, module: Module]> {
    for (const [name, field] of fieldsOf(this)) if (field instanceof Module) yield [name, field];
  }

  /** Every parameter once, by dotted path. A parameter that is reached twice (tied) has its first name. */
  *namedParameters(prefix = "", seen: Set<Parameter> = new Set()): Generator<[name: string, parameter: Parameter]> {
    for (const [name, field] of fieldsOf(this)) {
      if (field instanceof Parameter && !seen.has(field)) {
        seen.add(field);
        field.name = prefix + name;
        yield [field.name, field];
      } else if (field instanceof Module) {
        yield* field.namedParameters(`${prefix}${name}.`, seen);
      }
    }
  }

  parameters(): Parameter[] {
    return [...this.namedParameters()].map(([, parameter]) => parameter);
  }

  /** Reads all parameters back from the GPU. */
  async stateDict(device: Device): Promise<StateDict> {
    const named = [...this.namedParameters()];
    const data = await device.parameters.read(named.map(([, parameter]) => parameter));
    return new Map(named.map(([name, { shape }], i) => [name, { shape, data: data[i] as Float32Array }]));
  }

  /**
   * Sets all parameters, now where they are on the GPU already, else when they are first placed there. Nothing is changed
   * unless every name and shape fits.
   */
  loadStateDict(device: Device, dict: LoadedTensors): void {
    const named = new Map(this.namedParameters());
    for (const name of dict.keys()) {
      if (!named.has(name)) {
        throw new DataError(
          `loadStateDict: the model has no parameter ${name}, expected ${[...named.keys()].join(", ")}`,
        );
      }
    }
    for (const [name, parameter] of named) {
      const entry = dict.get(name);
      if (!entry) throw new DataError(`loadStateDict: parameter ${name} is missing, expected one entry per parameter`);
      if (!sameShape(entry.shape, parameter.shape)) {
        throw new ShapeError(
          `loadStateDict: ${name} has shape ${formatShape(entry.shape)}, expected ${formatShape(parameter.shape)}; build the model with the sizes it was saved with`,
        );
      }
      if (entry.data.length !== sizeOf(parameter.shape)) {
        throw new ShapeError(
          `loadStateDict: ${name} has ${entry.data.length} numbers, expected ${sizeOf(parameter.shape)} for shape ${formatShape(parameter.shape)}`,
        );
      }
      if (!(entry.data instanceof Float32Array)) {
        throw new DtypeError(
          `loadStateDict: ${name} holds integers, expected floats; convert the tensor in the program that wrote it`,
        );
      }
      const bad = entry.data.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0) {
        throw new DataError(
          `loadStateDict: ${name} is ${entry.data[bad]} at [${positionOf(bad, parameter.shape).join(", ")}], expected finite numbers; save the model before it diverges, and lower the learning rate or clip gradients`,
        );
      }
    }
    for (const [name, parameter] of named) device.parameters.write(parameter, dict.get(name)?.data as Float32Array);
  }

  /**
   * Stores the matrices among the parameters in 16 bits (binary16): half of their memory, and half of the bytes that `linear`,
   * `matmul`, `embedding` and the recurrent layers read of them; sums are float32 as before. For models that are to be run: the
   * matrices are trained no more, and what was compiled with the model is to be compiled again. Throws, and changes nothing,
   * where a weight lies beyond ±65504. `stateDict` gives float32 numbers still.
   * @param seed of parameters that have no value yet
   */
  async half(device: Device, seed = 0): Promise<this> {
    const parameters = this.parameters();
    await device.parameters.place(parameters, seed);
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
    await device.parameters.place(parameters, seed);
    return this;
  }

  /** Frees the memory of all parameters on a device. What was compiled with them runs no more. */
  dispose(device: Device): void {
    device.parameters.free(this.parameters());
  }
}

function checkHalves({ name, shape }: Parameter, data: Float32Array): void {
  const bad = data.findIndex((value) => Math.abs(value) > LARGEST_HALF);
  if (bad >= 0) {
    throw new DataError(
      `half: ${name} is ${data[bad]} at [${positionOf(bad, shape).join(", ")}], expected at most ${LARGEST_HALF}, the largest number of 16 bits; leave the model in float32`,
    );
  }
}

/** Indices of an element by its place in row-major order. */
function positionOf(index: number, shape: Shape): number[] {
  const position: number[] = [];
  let rest = index;
  for (const extent of [...shape].reverse()) {
    position.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return position;
}

/** Own fields, arrays opened (`layers.0`). */
function* fieldsOf(module: Module): Generator<[string, unknown]> {
  for (const [name, field] of Object.entries(module)) {
    if (Array.isArray(field)) for (const [i, item] of field.entries()) yield [`${name}.${i}`, item];
    else yield [name, field];
  }
}
