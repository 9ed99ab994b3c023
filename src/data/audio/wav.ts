import { ArgumentError, DataError, UnsupportedError } from "../../errors.ts";
import { checkArgument, checkOptions, count, type Kind, object, oneOf, required, text } from "../../options.ts";
import { bytesKind, bytesOf } from "../files/bytes.ts";

/** Sound: samples from −1 to 1. */
export interface Sound {
  /** Samples a second. */
  readonly sampleRate: number;
  /** Each channel's samples, all equally many. */
  readonly channels: readonly Float32Array<ArrayBuffer>[];
}

/** What `decodeWav` read. */
export interface Wav extends Sound {
  /** Of a sample in the file. */
  readonly bits: number;
  /** Whether samples are floats in the file. */
  readonly isFloat: boolean;
}

const FORMATS: Readonly<Record<number, string>> = {
  2: "ADPCM",
  6: "A-law",
  7: "μ-law",
  17: "IMA ADPCM",
  80: "MPEG",
  85: "MP3",
  255: "AAC",
};
const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;
const UNKNOWN = 0xffffffff;

/** Samples of integers go from −2^(bits − 1) on; those of 8 bits have no sign. */
const READERS: Readonly<Record<string, (view: DataView, at: number) => number>> = {
  "8": (view, at) => (view.getUint8(at) - 128) / 128,
  "16": (view, at) => view.getInt16(at, true) / 2 ** 15,
  "24": (view, at) => (view.getUint8(at) | (view.getInt16(at + 1, true) << 8)) / 2 ** 23,
  "32": (view, at) => view.getInt32(at, true) / 2 ** 31,
  "32 float": (view, at) => view.getFloat32(at, true),
  "64 float": (view, at) => view.getFloat64(at, true),
};

/**
 * Reads a WAV file: 8, 16, 24 or 32 bits, or floats of 32 or 64, any number of channels. Throws DataError for a damaged or
 * cut-off file and UnsupportedError for another encoding. `name` is for messages.
 */
export function decodeWav(file: Uint8Array | ArrayBuffer, name = "the file"): Wav {
  checkArgument("decodeWav", "file", file, bytesKind);
  checkArgument("decodeWav", "name", name, text);
  const where = `decodeWav: ${name}`;
  const bytes = bytesOf(file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const tag = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 12 || tag(0) !== "RIFF" || tag(8) !== "WAVE") {
    throw new DataError(`${where} is no WAV file (${bytes.length} bytes), expected one that begins with RIFF and WAVE`);
  }
  let format: Format | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const [id, declared] = [tag(at), view.getUint32(at + 4, true)];
    // what is written to a pipe does not know its end
    const size = id === "data" && declared === UNKNOWN ? bytes.length - at - 8 : declared;
    const end = at + 8 + size;
    if (end > bytes.length) {
      throw new DataError(
        `${where}: the part ${JSON.stringify(id)} ends at byte ${end}, expected at most ${bytes.length}, the size of the file; it is cut off`,
      );
    }
    if (id === "fmt ") format = formatOf(where, view, at + 8, size);
    if (id === "data") {
      if (!format)
        throw new DataError(`${where}: the part "data" at byte ${at} comes before "fmt ", expected it behind`);
      return readSamples(where, view, at + 8, size, format);
    }
    // parts begin at even bytes
    at = end + (size % 2);
  }
  throw new DataError(`${where} has no part "data", expected one with samples; the file is cut off`);
}

interface Format {
  readonly channels: number;
  readonly sampleRate: number;
  readonly bits: number;
  readonly isFloat: boolean;
}

function formatOf(where: string, view: DataView, at: number, size: number): Format {
  if (size < 16) throw new DataError(`${where}: the part "fmt " has ${size} bytes, expected at least 16`);
  const declared = view.getUint16(at, true);
  // there the first two bytes of a GUID say what it is
  const code = declared === EXTENSIBLE && size >= 40 ? view.getUint16(at + 24, true) : declared;
  const [channels, sampleRate] = [view.getUint16(at + 2, true), view.getUint32(at + 4, true)];
  const bits = view.getUint16(at + 14, true);
  const isFloat = code === FLOAT;
  if ((code !== PCM && !isFloat) || !READERS[isFloat ? `${bits} float` : bits]) {
    const encoding =
      code === PCM || isFloat ? `${bits}-bit ${isFloat ? "float" : "PCM"}` : (FORMATS[code] ?? `format ${code}`);
    throw new UnsupportedError(
      `${where} is ${encoding}, expected PCM of 8, 16, 24 or 32 bits or floats of 32 or 64; convert it`,
    );
  }
  if (channels === 0 || sampleRate === 0 || view.getUint16(at + 12, true) !== (channels * bits) / 8) {
    throw new DataError(
      `${where}: ${channels} channels at ${sampleRate} Hz in frames of ${view.getUint16(at + 12, true)} bytes, expected frames of channels · bits / 8`,
    );
  }
  return { channels, sampleRate, bits, isFloat };
}

function readSamples(where: string, view: DataView, begin: number, size: number, format: Format): Wav {
  const { channels: count, bits, isFloat, sampleRate } = format;
  const read = READERS[isFloat ? `${bits} float` : bits] as (view: DataView, at: number) => number;
  const frame = (count * bits) / 8;
  if (size % frame !== 0) {
    throw new DataError(
      `${where}: the part "data" has ${size} bytes, expected a multiple of ${frame}, the bytes of a frame; the file is cut off`,
    );
  }
  const channels = Array.from({ length: count }, (_, channel) =>
    Float32Array.from({ length: size / frame }, (_, i) => read(view, begin + i * frame + (channel * bits) / 8)),
  );
  return { sampleRate, channels, bits, isFloat };
}

const soundChannels: Kind = {
  expected: "Float32Arrays, one for each channel",
  fits: (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.length < 65_536 &&
    value.every((each) => each instanceof Float32Array),
};

/**
 * Writes a WAV file. Integers are rounded, and what is beyond −1 to 1 is cut off there. Throws DataError for channels of
 * unequal length and, as integers, for a sample that is NaN.
 */
export function encodeWav(
  sound: Sound,
  options: { readonly bits?: 16 | 24 | 32 | undefined; readonly isFloat?: boolean | undefined } = {},
): Uint8Array<ArrayBuffer> {
  checkArgument("encodeWav", "sound", sound, required(object));
  checkArgument("encodeWav", "sound.sampleRate", sound.sampleRate, required(count));
  checkArgument("encodeWav", "sound.channels", sound.channels, required(soundChannels));
  checkOptions("encodeWav", options, { bits: oneOf(16, 24, 32), isFloat: oneOf(true, false) });
  const { channels, sampleRate } = sound;
  const { isFloat = false, bits = isFloat ? 32 : 16 } = options;
  if (isFloat && bits !== 32) throw new ArgumentError(`encodeWav: floats of ${bits} bits, expected 32`);
  const length = (channels[0] as Float32Array).length;
  const uneven = channels.findIndex((channel) => channel.length !== length);
  if (uneven >= 0)
    throw new DataError(
      `encodeWav: channel ${uneven} has ${channels[uneven]?.length} samples, expected ${length}, as the first`,
    );
  const frame = (channels.length * bits) / 8;
  const size = frame * length;
  const file = new Uint8Array(44 + size + (size % 2));
  const view = new DataView(file.buffer);
  const put = (at: number, word: string) => file.set(new TextEncoder().encode(word), at);
  put(0, "RIFF");
  view.setUint32(4, file.length - 8, true);
  put(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, isFloat ? FLOAT : PCM, true);
  view.setUint16(22, channels.length, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * frame, true);
  view.setUint16(32, frame, true);
  view.setUint16(34, bits, true);
  put(36, "data");
  view.setUint32(40, size, true);
  const steps = 2 ** (bits - 1);
  for (const [channel, samples] of channels.entries()) {
    for (const [i, sample] of samples.entries()) {
      const at = 44 + i * frame + (channel * bits) / 8;
      if (isFloat) view.setFloat32(at, sample, true);
      else {
        if (Number.isNaN(sample))
          throw new DataError(
            `encodeWav: channel ${channel}, sample ${i} is NaN, expected a number; mend it, or write floats`,
          );
        const step = Math.max(-steps, Math.min(steps - 1, Math.round(sample * steps)));
        for (let byte = 0; byte < bits / 8; byte++) view.setUint8(at + byte, (step >> (8 * byte)) & 255);
      }
    }
  }
  return file;
}
