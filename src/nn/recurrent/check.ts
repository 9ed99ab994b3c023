import { DtypeError, ShapeError } from "../../errors.ts";
import { allowValues, requireValues } from "../../graph/arguments.ts";
import { formatShape, type Spec, sameShape } from "../../graph/shape.ts";
import { Value } from "../../graph/value.ts";
import type { SequenceOptions } from "./options.ts";

/** What a layer is given. */
interface Given extends SequenceOptions {
  readonly x: Value;
  readonly states: Readonly<Record<string, Value>> | undefined;
}

/** Checks a layer's input, states and options, which can all be checked while tracing; gives the batch size. */
export function checkInput(
  kind: string,
  inputSize: number,
  specsOf: (batch: number) => Readonly<Record<string, Spec>>,
  { x, states, lengths, reset }: Given,
): number {
  requireValues(kind, { input: x });
  allowValues(kind, { lengths, reset });
  if (x.dtype !== "float32")
    throw new DtypeError(`${kind}: input is ${x.dtype}, expected float32; embed indices first`);
  if (x.rank !== 3 || x.shape[2] !== inputSize) {
    throw new ShapeError(
      `${kind}: input has shape ${formatShape(x.shape)}, expected [batch, time, inputSize] = [batch, time, ${inputSize}]`,
    );
  }
  const batch = x.shape[0] as number;
  const specs = specsOf(batch);
  for (const name of Object.keys(states ?? {})) {
    if (!specs[name]) {
      throw new ShapeError(
        `${kind}: state has ${name}, expected ${Object.keys(specs).join(" and ")}; pass the state of a layer of the same kind`,
      );
    }
  }
  for (const [name, wanted] of Object.entries(states ? specs : {})) {
    const given = states?.[name];
    if (!(given instanceof Value)) {
      throw new ShapeError(
        `${kind}: state has no ${name}, expected ${Object.keys(specs).join(" and ")}; pass the state of a layer of the same kind`,
      );
    }
    if (!sameShape(given.shape, wanted.shape)) {
      throw new ShapeError(
        `${kind}: state ${name} has shape ${formatShape(given.shape)}, expected [numLayers·directions, batch, size] = ${formatShape(wanted.shape)}`,
      );
    }
  }
  if (lengths && lengths.dtype !== "int32") {
    throw new DtypeError(`${kind}: lengths are ${lengths.dtype}, expected int32; declare the input as int32([batch])`);
  }
  if (lengths && !sameShape(lengths.shape, [batch])) {
    throw new ShapeError(
      `${kind}: lengths have shape ${formatShape(lengths.shape)}, expected [batch] = [${batch}]; give one length per sequence`,
    );
  }
  if (reset && (reset.dtype !== "float32" || !sameShape(reset.shape, [batch]))) {
    throw new ShapeError(
      `${kind}: reset is ${reset.dtype} ${formatShape(reset.shape)}, expected float32 [batch] = [${batch}], 1 where a new sequence begins`,
    );
  }
  return batch;
}
