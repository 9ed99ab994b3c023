import { DataError, DtypeError, ShapeError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import type { Parameter } from "../graph/parameter.ts";
import { formatShape, positionOf, type Shape, sameShape, sizeOf } from "../graph/shape.ts";
import { listNames } from "../options.ts";

/** Tensors by parameter name, as `stateDict` gives them. */
export type StateDict = Map<string, { readonly shape: Shape; readonly data: Float32Array }>;

/** What `loadStateDict` takes: also the tensors of a file, which must be floats. */
export type LoadedTensors = ReadonlyMap<string, { readonly shape: Shape; readonly data: Float32Array | Int32Array }>;

/** Reads parameters back from the GPU. */
export async function readStateDict(device: Device, named: ReadonlyMap<string, Parameter>): Promise<StateDict> {
  const parameters = [...named];
  const data = await device.parameters.read(parameters.map(([, parameter]) => parameter));
  return new Map(parameters.map(([name, { shape }], i) => [name, { shape, data: data[i] as Float32Array }]));
}

/** Sets parameters, unless a name or shape does not fit: then nothing is changed. */
export function loadParameters(device: Device, named: ReadonlyMap<string, Parameter>, dict: LoadedTensors): void {
  for (const name of dict.keys()) {
    if (!named.has(name)) {
      throw new DataError(
        `loadStateDict: the model has no parameter ${listNames([name])}, expected ${listNames(named.keys())}`,
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
