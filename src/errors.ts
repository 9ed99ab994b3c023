/**
 * Every error seqgrad raises on purpose. The message reads `operation: what, expected, got, remedy`.
 */
export class SeqgradError extends Error {
  override name = "SeqgradError";
}

/** An argument or option that does not exist, is missing, or is of the wrong kind or out of its range. */
export class ArgumentError extends SeqgradError {
  override name = "ArgumentError";
}

/** Shapes that do not fit the operation. Raised while the graph is traced, before anything reaches the GPU. */
export class ShapeError extends SeqgradError {
  override name = "ShapeError";
}

/** An element type that the operation does not take. */
export class DtypeError extends SeqgradError {
  override name = "DtypeError";
}

/** A feature, limit or combination that the adapter or seqgrad does not have. */
export class UnsupportedError extends SeqgradError {
  override name = "UnsupportedError";
}

/** A WGSL kernel that the adapter's compiler or validation refused; the message gives the kernel's file, line and variant. */
export class KernelError extends SeqgradError {
  override name = "KernelError";
}

/** The GPU went away; everything that was pending is rejected with this. */
export class DeviceLostError extends SeqgradError {
  override name = "DeviceLostError";
}

/** The GPU (or the limit of one buffer) cannot hold what the program needs. */
export class OutOfMemoryError extends SeqgradError {
  override name = "OutOfMemoryError";
}

/** Bad data: a damaged file (which one, at which byte), an index out of range, a wrong length. */
export class DataError extends SeqgradError {
  override name = "DataError";
}

/** A training step whose loss, gradients or next carry are not finite. It changed nothing. */
export class NonFiniteError extends SeqgradError {
  override name = "NonFiniteError";

  constructor(
    message: string,
    /** The step, counted from 1. */
    readonly step: number,
    /** What was not finite, the first of these. */
    readonly what: "loss" | "gradient" | "carry",
    /**
     * The first module whose output, or whose gradient going backward, is not finite, by its path in the model
     * (`layers.0.attention`; "" for the model itself); null where none is to blame or it could not be found.
     */
    readonly module: string | null,
  ) {
    super(message);
  }
}
