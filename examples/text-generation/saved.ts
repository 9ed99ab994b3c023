import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CharTokenizer, DataError, decodeSafetensors, encodeSafetensors, type HostTensor, type nn } from "seqgrad";
import { UserError } from "../shared/errors.ts";
import { alternatives } from "../shared/flags.ts";
import { models, positions } from "../shared/names.mjs";
import { type ModelForm, type ModelSizes, makeModel, type TextModel } from "./model.ts";
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
    ...formMetadata(sizes),
    context: String(sizes.context),
    seed: String(seed),
    tokenizer: JSON.stringify(tokenizer),
  });
}

function formMetadata(form: ModelForm): Record<string, string> {
  const common = { model: form.model, hidden: String(form.hidden), layers: String(form.layers) };
  return form.model === "transformer"
    ? { ...common, heads: String(form.heads), positions: form.positions }
    : { ...common, embed: String(form.embed) };
}

/** Reads what `encodeModel` wrote and makes the model for it; the weights fit the model when this returns. */
export function readModel(folder: string): { saved: SavedModel; model: TextModel } {
  const path = join(folder, modelFile);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UserError(`--load: ${whyUnreadable(path, error)}; give the --out folder of an earlier run`);
  }
  const { tensors, metadata } = decodeSafetensors(bytes, path);
  const foreign: Foreign = (what) =>
    new UserError(
      `--load: ${path} ${what.length > 400 ? `${what.slice(0, 400)}…` : what}; give the --out folder of an earlier run of this program`,
    );
  const { seed, tokenizer: characters } = metadata;
  if (characters === undefined) throw foreign("is not a model of this program (it has no vocabulary)");
  const tokenizer = readTokenizer(characters, path);
  const sizes = readSizes(metadata, tokenizer, foreign);
  // Every layer has tensors of its own: a count that is out of all proportion is refused before the model is made.
  if (sizes.layers > tensors.size) throw foreign(`has ${tensors.size} tensors, too few for ${sizes.layers} layers`);
  const model = makeModel(sizes);
  return { saved: { tokenizer, sizes, seed: Number(seed), weights: fittingWeights(model, tensors, foreign) }, model };
}

/** An error that says what about the file is not as this program writes it. */
type Foreign = (what: string) => UserError;

function readSizes(metadata: Readonly<Record<string, string>>, { size }: CharTokenizer, foreign: Foreign): ModelSizes {
  const integer = (name: string): number => {
    const value = Number(metadata[name]);
    if (!Number.isSafeInteger(value) || value < 1) throw foreign(`has no valid "${name}" (${metadata[name]})`);
    return value;
  };
  const choice = <T extends string>(name: string, choices: readonly T[]): T => {
    const found = choices.find((item) => item === metadata[name]);
    if (found === undefined) throw foreign(`has ${name} "${metadata[name]}", expected ${alternatives(choices)}`);
    return found;
  };
  const model = choice("model", models);
  const common = {
    vocabulary: size,
    context: integer("context"),
    hidden: integer("hidden"),
    layers: integer("layers"),
  };
  return model === "transformer"
    ? { ...common, model, heads: integer("heads"), positions: choice("positions", positions) }
    : { ...common, model, embed: integer("embed") };
}

function readTokenizer(json: string, path: string): CharTokenizer {
  try {
    return CharTokenizer.fromJSON(JSON.parse(json));
  } catch (error) {
    throw new DataError(`${path}: its vocabulary is damaged: ${(error as Error).message}`);
  }
}

/** The tensors as the model's weights: each of them, of its shape, and no others. */
function fittingWeights(model: TextModel, tensors: ReadonlyMap<string, HostTensor>, foreign: Foreign): nn.StateDict {
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
