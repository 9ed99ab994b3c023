// Stand-ins for compiled programs: each is traced as it would be, but runs on the host on lists of tokens.
import { Device } from "../../src/gpu/device.ts";
import type { Value } from "../../src/graph/value.ts";
import { makeInputs, namedValues } from "../../src/run/inputs.ts";
import { standIn } from "../support/stand-in.ts";

type Data = Readonly<Record<string, unknown>>;

export interface FakeProgram {
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  /** What each run was given. */
  readonly runs: Data[];
  disposed: boolean;
}

export interface FakeDevice {
  readonly programs: FakeProgram[];
  /** What a program with these inputs gives. */
  readonly run: (inputs: readonly string[], data: Data, state: unknown) => unknown;
  /** Compilations that fail before one succeeds. */
  failures?: number;
  /** Runs until one fails, that one included. */
  failsAt?: number;
  /** Programs after which all compilations fail. */
  most?: number;
}

/** Passes for a device, too. */
export const fakeDevice = (fields: FakeDevice): FakeDevice => standIn(Device, { check() {}, ...fields });

interface Options {
  readonly inputs: object;
  readonly fn: (values: never, state: never) => unknown;
  readonly state?: { readonly values: unknown };
}

const shapesOf = (tree: unknown) =>
  Object.fromEntries(Object.entries(namedValues(tree)).map(([name, { shape }]: [string, Value]) => [name, shape]));

/** In place of `compile`. */
export async function fakeCompile(device: FakeDevice, _: unknown, { inputs, fn, state }: Options) {
  if (device.failures || device.programs.length === device.most) {
    if (device.failures) device.failures--;
    throw new Error("compiling fails");
  }
  const { values } = makeInputs(inputs);
  const outputs = fn(values as never, state?.values as never);
  const program: FakeProgram = { inputs: shapesOf(values), outputs: shapesOf(outputs), runs: [], disposed: false };
  device.programs.push(program);
  return {
    async run(data: Data) {
      if (device.failsAt !== undefined && --device.failsAt === 0) throw new Error("running fails");
      program.runs.push(data);
      return device.run(Object.keys(inputs), data, state);
    },
    dispose() {
      program.disposed = true;
    },
  };
}

/** A tensor on the host. */
export const held = (numbers: readonly number[]) => ({ read: async () => Float32Array.from(numbers) });

/** Rows of [count, n] numbers. */
export const rowsOf = (numbers: Int32Array, count: number): number[][] =>
  Array.from({ length: count }, (_, row) => [
    ...numbers.subarray((row * numbers.length) / count, ((row + 1) * numbers.length) / count),
  ]);
