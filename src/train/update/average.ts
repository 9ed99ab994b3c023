import type { Arena } from "../../gpu/arena.ts";
import { Failures } from "../../gpu/failures.ts";
import type { Parameter } from "../../graph/parameter.ts";
import { BYTES_PER_ELEMENT, sizeOf } from "../../graph/shape.ts";
import * as kernels from "../../kernels/generated/update.ts";
import { LANES } from "../../ops/dispatch/vectors.ts";
import { linearWorkgroups } from "../../ops/dispatch/workgroups.ts";
import type { LoweringContext } from "../../plan/lowering.ts";
import type { HeldTensor, Part } from "../checkpoint/parts.ts";
import type { PlainData } from "../checkpoint/resumable.ts";
import type { TrainingMemory } from "../gradients.ts";
import { Mirror, placeOf } from "./mirror.ts";
import type { UpdateStage, UpdateStep } from "./stage.ts";

/** A moving average of the weights, made after each update. Before the first it is the weights themselves. */
export class WeightAverage implements Part, UpdateStage {
  readonly name = "average";
  readonly #average: Mirror;
  /** The weights that are trained, while the model has the average. */
  #trained: Mirror | undefined;

  constructor(private readonly memory: TrainingMemory) {
    const { device, parameters } = memory;
    this.#average = new Mirror(device, parameters, "average weights");
    copyNumbers(
      memory,
      (parameter) => placeOf(device, parameter),
      (parameter) => this.#average.placeOf(parameter),
    );
  }

  /** Of all parameters, also where a program of some size trains only some of them. */
  updated(to: LoweringContext, { guard }: UpdateStep): void {
    for (const segment of this.memory.segments(to, this.memory.parameters)) {
      const { parameter, size } = segment;
      to.dispatch({
        kernel: kernels.weight_average,
        bind: { parameter, average: this.#average.slot(to, segment), guard },
        params: { size },
        workgroups: linearWorkgroups(size / LANES),
        flops: 3 * size,
      });
    }
  }

  /** Puts the average in the weights' place; gives what puts them back. */
  swap(): () => void {
    const { device, parameters } = this.memory;
    const trained = new Mirror(device, parameters, "weights in training");
    const weights: Where = (parameter) => placeOf(device, parameter);
    copyNumbers(this.memory, weights, (parameter) => trained.placeOf(parameter));
    copyNumbers(this.memory, (parameter) => this.#average.placeOf(parameter), weights);
    this.#trained = trained;
    return () => {
      this.#trained = undefined;
      copyNumbers(this.memory, (parameter) => trained.placeOf(parameter), weights);
      trained.dispose();
    };
  }

  /** Calls what submits its reads of the model at once, with the weights that are trained in their place. */
  withTrained<T>(read: () => T): T {
    const trained = this.#trained;
    if (!trained) return read();
    const weights: Where = (parameter) => placeOf(this.memory.device, parameter);
    copyNumbers(this.memory, (parameter) => trained.placeOf(parameter), weights);
    try {
      return read();
    } finally {
      copyNumbers(this.memory, (parameter) => this.#average.placeOf(parameter), weights);
    }
  }

  /** That there is one: its factors may be others in a run that goes on. */
  fields(): PlainData {
    return null;
  }

  tensors(): Iterable<HeldTensor> {
    return this.#average.tensors(this.memory.names);
  }

  dispose(): void {
    this.#average.dispose();
  }
}

type Where = (parameter: Parameter) => { readonly external: Arena; readonly offset: number };

/** Copies a number for each of the parameters' from one place to another, after the steps that were started. */
function copyNumbers({ device, parameters }: TrainingMemory, from: Where, to: Where): void {
  const failures = new Failures(device.gpu, "average of weights", "please report this");
  failures.run(() => {
    const encoder = device.gpu.createCommandEncoder({ label: "average of weights" });
    for (const parameter of parameters) {
      const [source, target] = [from(parameter), to(parameter)];
      const bytes = sizeOf(parameter.shape) * BYTES_PER_ELEMENT;
      const [at, toAt] = [source.offset * BYTES_PER_ELEMENT, target.offset * BYTES_PER_ELEMENT];
      encoder.copyBufferToBuffer(source.external.buffer, at, target.external.buffer, toAt, bytes);
    }
    device.gpu.queue.submit([encoder.finish()]);
  });
}
