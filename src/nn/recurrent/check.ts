import { ArgumentError, DtypeError, ShapeError } from "../../errors.ts";
import { allowValues, aShape, requireValues } from "../../graph/arguments.ts";
import { formatShape, type Spec, sameShape } from "../../graph/shape.ts";
import { Value } from "../../graph/value.ts";
import { checkArgument, checkOptions, count, flag, fn, type Kind, object, required } from "../../options.ts";
import type { CellParameter, RecurrentCell } from "./cell.ts";
import type { CellOptions, SequenceOptions } from "./options.ts";

/** What a layer is given. */
interface Given extends SequenceOptions {
  readonly x: Value;
  readonly states: Readonly<Record<string, Value>> | undefined;
}

const sizesByName: Kind = {
  expected: "sizes by name, each a positive integer, that of the output first",
  required: true,
  fits: (sizes) =>
    object.fits(sizes) && Object.keys(sizes as object).length > 0 && Object.values(sizes as object).every(count.fits),
};

const furtherParameters: Kind = {
  expected: "shapes and starts by name, other names than those that all cells have",
  fits: (all) =>
    object.fits(all) &&
    Object.entries(all as Record<string, CellParameter>).every(
      ([name, parameter]) =>
        !/^(weight|bias)_(ih|hh)$/.test(name) && object.fits(parameter) && aShape.fits(parameter.shape),
    ),
};

/** Throws unless it describes a cell. */
export function checkCell<State extends string>(where: string, cell: RecurrentCell<State>): RecurrentCell<State> {
  checkArgument(where, "what cell gives", cell, required(object));
  checkOptions<RecurrentCell<State>>(`${where}: cell`, cell, {
    gates: required(count),
    states: sizesByName,
    parameters: furtherParameters,
    addsBias: flag,
    input: fn,
    step: required(fn),
  });
  return cell;
}

/** Throws where one bias is asked for together with none. */
export function requireOneBias(kind: string, { bias = true, singleBias = false }: CellOptions): void {
  if (bias || !singleBias) return;
  throw new ArgumentError(`${kind}: singleBias is true and bias false, expected one of the two`);
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
