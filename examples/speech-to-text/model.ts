/** A bidirectional LSTM that says at every step which digit it hears, if one. */
import { compile, ctcBeamSearch, type Device, dropout, float32, int32, nn, type Value } from "seqgrad";
import { Batches } from "seqgrad/data";
import { mels, type Scale, type Spectrum, scaled, spectrumOf } from "../shared/audio/spectra.ts";

export interface Settings {
  readonly scale: Scale;
  readonly hidden: number;
  readonly layers: number;
  readonly batch: number;
}

/** So many frames of 12.5 ms are one step of the net: a sequence of a third the length (Sak et al. 2015). */
const framesPerStep = 3;
/** Steps that sounds are padded to. */
export const buckets = [48, 64, 80, 96, 128, 192, 256];
/** The class of no digit; digit d is class d + 1. */
export const blank = 0;
export const classes = 11;

export const inputs = { spectra: float32(["batch", "time", framesPerStep * mels]), lengths: int32(["batch"]) };
export const sizes = { time: { buckets, lengths: "lengths" } };
export const lengths = { spectra: "lengths" } as const;

export class Transcriber extends nn.Module {
  readonly lstm: nn.LSTM;
  readonly head: nn.Linear;

  constructor(readonly settings: Settings) {
    super();
    const { hidden, layers } = settings;
    const options = { bidirectional: true, numLayers: layers, ...(layers > 1 && { dropout: 0.2 }) };
    this.lstm = new nn.LSTM(framesPerStep * mels, hidden, options);
    this.head = new nn.Linear(2 * hidden, classes);
  }

  /** float32 [batch, time, framesPerStep · mels] and the lengths → logits [batch, time, classes]. */
  forward({ spectra, lengths }: Record<"spectra" | "lengths", Value>): Value {
    const [outputs] = this.lstm.forward(spectra, undefined, { lengths });
    return this.head.forward(dropout(outputs, 0.2));
  }

  spectraOf(sounds: readonly Float32Array<ArrayBuffer>[]): Float32Array[][] {
    return sounds.map((samples) => stepsOf(scaled(spectrumOf(samples), this.settings.scale)));
  }
}

/** Frames side by side; what is left at the end goes. */
function stepsOf(spectrum: Spectrum): Float32Array[] {
  return Array.from({ length: Math.floor(spectrum.length / framesPerStep) }, (_, step) => {
    const row = new Float32Array(framesPerStep * mels);
    for (let i = 0; i < framesPerStep; i++) row.set(spectrum[step * framesPerStep + i] as Float32Array, i * mels);
    return row;
  });
}

export interface Heard {
  readonly digits: string;
  /** Natural logarithm of how likely they are. */
  readonly logProbability: number;
  /** [steps · classes] */
  readonly logits: Float32Array;
}

/** What the net hears in each sound. */
export async function transcribe(
  device: Device,
  model: Transcriber,
  sounds: readonly Float32Array<ArrayBuffer>[],
  beams: number,
): Promise<Heard[]> {
  if (sounds.length === 0) return [];
  const program = await compile(device, model, { inputs, sizes, fn: (given) => model.forward(given) });
  const batches = new Batches({ spectra: model.spectraOf(sounds) }, { batchSize: model.settings.batch, lengths });
  const heard: Heard[] = [];
  for (const batch of batches) {
    const logits = (await (await program.run(batch)).read()) as Float32Array;
    const steps = Array.from(batch.lengths, Number);
    const time = logits.length / (steps.length * classes);
    const found = ctcBeamSearch(logits, { shape: [steps.length, time, classes], lengths: steps, beams, blank });
    for (const [row, [best]] of found.entries()) {
      const from = row * time * classes;
      heard.push({
        digits: Array.from(best?.tokens ?? [], (token) => token - 1).join(""),
        logProbability: best?.logProbability ?? Number.NEGATIVE_INFINITY,
        logits: logits.slice(from, from + (steps[row] as number) * classes),
      });
    }
  }
  program.dispose();
  return heard;
}
