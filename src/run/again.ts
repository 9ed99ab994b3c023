import type { Device } from "../gpu/device.ts";
import type { TensorData } from "../gpu/tensor.ts";
import { Tensor } from "../gpu/tensor.ts";
import type { AdapterProfile } from "../graph/lowering.ts";
import { sizeOf } from "../graph/shape.ts";
import { withKernels } from "../kernels/later.ts";
import { buildProgram, type ProgramRequest } from "../plan/build.ts";
import type { RunNumbers } from "./executable.ts";
import { Hyper } from "./hyper.ts";
import type { InputPlace } from "./input-write.ts";
import { Replay } from "./replay.ts";

/** A run that is over. */
export interface PastRun extends RunNumbers {
  readonly seed: number;
  /** What an input was: data, the buffer where it still lies, null for its default, or undefined where it is gone. */
  readonly inputOf: (name: string) => TensorData | InputPlace | null | undefined;
}

/** What is to be computed again. */
export type AgainRequest = Pick<ProgramRequest, "inputs" | "outputs" | "locate" | "watch" | "streams"> & {
  /** Where the ways to compute are to be those of another program. */
  readonly adapter?: AdapterProfile;
};

/**
 * Computes values of a program once more, for those who ask how a run came about: a program of its own, with memory of its own,
 * on the inputs and random numbers of that run and the parameters as they are now. It updates nothing. `result` reads what is
 * wanted before the memory is freed; `after` may add copies to the end of the run.
 */
export async function runAgain<T>(
  device: Device,
  request: AgainRequest,
  { step, scalars, seed, inputOf }: PastRun,
  result: (replay: Replay) => Promise<T>,
  after?: (encoder: GPUCommandEncoder) => void,
): Promise<T> {
  const hyper = new Hyper(device);
  let replay: Replay | undefined;
  try {
    const program = await withKernels(() => buildProgram({ adapter: device.profile, ...request, hyper: hyper.arena }));
    const created = await Replay.create(device, program);
    replay = created;
    const writes = request.inputs.map(({ name, shape }) => {
      const data = inputOf(name);
      if (data === undefined) throw new Error(`${name} is gone by now`);
      if (!isPlace(data)) return created.prepare(name, data ?? undefined);
      const { buffer, byteOffset } = created.inputPlace(name);
      return (encoder: GPUCommandEncoder) =>
        encoder.copyBufferToBuffer(data.buffer, data.byteOffset, buffer, byteOffset, 4 * sizeOf(shape));
    });
    hyper.write(step, seed, scalars);
    created.run((encoder) => {
      for (const write of writes) write(encoder);
    }, after);
    return await result(created);
  } finally {
    replay?.dispose();
    hyper.dispose();
  }
}

/** Typed arrays have a buffer, too. */
const isPlace = (data: TensorData | InputPlace | null): data is InputPlace =>
  typeof data === "object" &&
  data !== null &&
  "byteOffset" in data &&
  !(ArrayBuffer.isView(data) || data instanceof Tensor);
