import { checkShape, type Spec } from "./shape.ts";
import { Value } from "./value.ts";

/** Data that comes from outside at every run. */
export class InputValue extends Value {
  /** What all elements are where it is left out; undefined where it must be given. */
  readonly default: number | undefined;

  constructor(
    readonly name: string,
    spec: Spec & { readonly default?: number | undefined },
  ) {
    checkShape(`input ${name}`, spec.shape);
    super(spec);
    this.default = spec.default;
  }

  /** @internal */
  override get origin(): string {
    return `input ${this.name}`.trimEnd();
  }
}

/** Data fixed when the graph is traced; uploaded once. */
export class ConstantValue extends Value {
  constructor(
    readonly data: Float32Array | Int32Array | Uint32Array,
    spec: Spec,
  ) {
    super(spec);
  }

  /** @internal */
  override get origin(): string {
    return "a constant";
  }
}
