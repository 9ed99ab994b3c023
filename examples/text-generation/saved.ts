import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CharTokenizer, DataError, decodeSafetensors, encodeSafetensors, type HostTensor, type nn } from "seqgrad";
import { type Cell, cells } from "../shared/cells.ts";
import { UserError } from "../shared/errors.ts";
import { alternatives } from "../shared/flags.ts";
import { CharModel, type ModelSizes } from "./model.ts";
import { whyUnreadable } from "./text.ts";

export const modelFile = "model.safetensors";

export interface SavedModel {
  readonly tokenizer: CharTokenizer;
  readonly sizes: ModelSizes;
  readonly seed: number;
  readonly weights: nn.StateDict;
}

/** A safetensors file that needs nothing else to be sampled from: the vocabulary and the sizes are in its metadata. */
export function encodeModel({ tokenizer, sizes, seed, weights }: SavedModel): Uint8Array {
  return encodeSafetensors(weights, {
    format: "pt",
    program: "seqgrad text-generation",
    cell: sizes.cell,
    embed: String(sizes.embed),
    hidden: String(sizes.hidden),
    layers: String(sizes.layers),
    seed: String(seed),
    tokenizer: JSON.stringify(tokenizer),
  });
}

/** Reads what `encodeModel` wrote and makes the model for it; the weights fit the model when this returns. */
export function readModel(folder: string): { saved: SavedModel; model: CharModel } {
  const path = join(folder, modelFile);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UserError(`--load: ${whyUnreadable(path, error)}; give the --out folder of an earlier run`);
  }
  const { tensors, metadata } = decodeSafetensors(bytes, path);
  const foreign = (what: string) =>
    new UserError(`--load: ${path} ${what}; give the --out folder of an earlier run of this program`);
  const { cell, seed, tokenizer: characters } = metadata;
  if (characters === undefined) throw foreign("is not a model of this program (it has no vocabulary)");
  if (!cells.includes(cell as Cell)) throw foreign(`has cell "${cell}", expected ${alternatives(cells)}`);
  const tokenizer = readTokenizer(characters, path);
  const size = (name: "embed" | "hidden" | "layers") => {
    const value = Number(metadata[name]);
    if (!Number.isSafeInteger(value) || value < 1) throw foreign(`has no valid "${name}" (${metadata[name]})`);
    return value;
  };
  const sizes: ModelSizes = {
    cell: cell as Cell,
    vocabulary: tokenizer.size,
    embed: size("embed"),
    hidden: size("hidden"),
    layers: size("layers"),
  };
  // Every layer has tensors of its own: a count that is out of all proportion is refused before the model is made.
  if (sizes.layers > tensors.size) throw foreign(`has ${tensors.size} tensors, too few for ${sizes.layers} layers`);
  const model = new CharModel(sizes);
  return { saved: { tokenizer, sizes, seed: Number(seed), weights: fittingWeights(model, tensors, foreign) }, model };
}

function readTokenizer(json: string, path: string): CharTokenizer {
  try {
    return CharTokenizer.fromJSON(JSON.parse(json));
  } catch (error) {
    throw new DataError(`${path}: its vocabulary is damaged: ${(error as Error).message}`);
  }
}

/** The tensors as the model's weights: each of them, of its shape, and no others. */
function fittingWeights(
  model: CharModel,
  tensors: ReadonlyMap<string, HostTensor>,
  foreign: (what: string) => UserError,
): nn.StateDict {
  const weights: nn.StateDict = new Map();
  for (const [name, { shape }] of model.namedParameters()) {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw foreign(`has no tensor "${name}"`);
    const { data } = tensor;
    if (tensor.shape.join() !== shape.join() || !(data instanceof Float32Array)) {
      throw foreign(
        `has "${name}" of shape [${tensor.shape.join(", ")}], expected floats of shape [${shape.join(", ")}]`,
      );
    }
    weights.set(name, { shape, data });
  }
  const extra = [...tensors.keys()].find((name) => !weights.has(name));
  if (extra !== undefined) throw foreign(`has a tensor "${extra}" that its model does not use`);
  return weights;
}
