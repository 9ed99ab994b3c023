import { ShapeError } from "../errors.ts";
import { Failures } from "../gpu/failures.ts";
import { BYTES_PER_ELEMENT, formatShape, type Shape, sameShape, sizeOf } from "../graph/shape.ts";
import { inputLabel } from "../plan/build.ts";
import type { Replay } from "../run/replay.ts";
import { type InputSpec, namedSpecs } from "../run/sizes/specs.ts";
import type { Workspace } from "../run/workspace.ts";
import type { HeldTensor, Part } from "./checkpoint/parts.ts";
import type { PlainData } from "./checkpoint/resumable.ts";

/**
 * State that goes from one step's sequences to the next. It lies in the workspace of the steps' programs, so that programs of
 * several sizes share it as long as its own sizes stay the same.
 */
export class Carry implements Part {
  readonly name = "carry";
  readonly names: ReadonlySet<string>;
  readonly #specs: ReadonlyMap<string, InputSpec>;
  /** Shapes of what is there; zeros of any shape where there is none. */
  readonly #shapes = new Map<string, Shape>();
  readonly #failures: Failures;

  constructor(
    private readonly workspace: Workspace,
    specs: unknown,
    /** A program of the steps, if there is one. */
    private readonly replay: () => Replay | undefined,
  ) {
    this.#specs = namedSpecs(specs);
    this.names = new Set(this.#specs.keys());
    this.#failures = new Failures(workspace.device.gpu, "carry", "make a new trainer, and please report this");
  }

  /** Throws ShapeError where a step would go on from a carry of another shape; `given` is what it is given by hand. */
  require(op: string, { program }: Replay, given: readonly string[]): void {
    this.#failures.check();
    for (const name of this.names) {
      const [held, shape] = [this.#shapes.get(name), program.inputs.get(name)?.shape ?? []];
      if (held === undefined || sameShape(held, shape) || given.includes(name)) continue;
      throw new ShapeError(
        `${op}: the carry ${name} is ${formatShape(held)} from the step before, expected ${formatShape(shape)} for this one; call resetCarry() before to begin with zeros, or give ${name} with the inputs`,
      );
    }
  }

  /** A step begins that leaves a carry of its own shapes. */
  began({ program }: Replay): void {
    for (const name of this.names) this.#shapes.set(name, program.inputs.get(name)?.shape ?? []);
  }

  /** Zeros, whatever the next step's shapes are. */
  reset(): void {
    if (this.names.size === 0) return;
    const { gpu } = this.workspace.device;
    this.#failures.run(() => {
      const encoder = gpu.createCommandEncoder({ label: "reset carry" });
      for (const name of this.names) {
        const buffer = this.workspace.input(inputLabel(name));
        if (buffer) encoder.clearBuffer(buffer);
      }
      gpu.queue.submit([encoder.finish()]);
    });
    this.#shapes.clear();
  }

  *tensors(): Iterable<HeldTensor> {
    for (const [name, { dtype }] of this.#specs) {
      const shape = this.#shapeOf(name);
      const buffer = shape && this.workspace.input(inputLabel(name));
      if (!buffer) continue;
      const byteOffset = this.replay()?.inputPlace(name).byteOffset ?? 0;
      yield { name, shape, dtype, buffer, byteOffset };
    }
  }

  fields(): PlainData {
    return Object.fromEntries([...this.tensors()].map(({ name, shape }) => [name, shape]));
  }

  /** Makes room for a carry of a checkpoint, of the shapes that it had, ahead of the first program. What does not fit is told of with all other tensors. */
  check(fields: PlainData): void {
    for (const [name, shape] of Object.entries(fields as Readonly<Record<string, Shape>>)) {
      const spec = this.#specs.get(name)?.shape ?? [];
      const fits = spec.every((extent, axis) => typeof extent === "string" || extent === shape[axis]);
      if (!fits || spec.length !== shape.length) continue;
      this.workspace.room(inputLabel(name), sizeOf(shape) * BYTES_PER_ELEMENT);
      this.#shapes.set(name, shape);
    }
  }

  /** Without names it has the same shape all along. */
  #shapeOf(name: string): Shape | undefined {
    const shape = this.#specs.get(name)?.shape ?? [];
    return shape.some((extent) => typeof extent === "string") ? this.#shapes.get(name) : (shape as Shape);
  }
}
