// WAV against soundfile, features against librosa, resampling against SciPy (test/fixtures/files.py).
import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { decodeWav, encodeWav, logMel, melFilters, mfcc, resample } from "../../src/data/index.ts";

const fixture = JSON.parse(readFileSync(new URL("../fixtures/files.json", import.meta.url), "utf8"));
const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));
const signal = new Float32Array(bytes(fixture.signal).buffer);

function expectClose(got: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  expect(got).toHaveLength(expected.length);
  const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - (got[i] as number))), 0);
  expect(worst).toBeLessThan(tolerance);
}

describe("WAV", () => {
  it("is read as soundfile reads it, of every width and with several channels", () => {
    for (const { subtype, file, rate, samples } of fixture.wav) {
      const { sampleRate, channels, isFloat } = decodeWav(bytes(file));
      expect([subtype, sampleRate, channels.length, isFloat]).toEqual([subtype, rate, 2, /FLOAT|DOUBLE/.test(subtype)]);
      expectClose(
        channels.flatMap((channel) => [...channel]),
        samples,
        1e-7,
      );
    }
  });

  it("is written so that it is read again", () => {
    const channels = [Float32Array.of(0, 0.5, -0.25, 1.5, -1), Float32Array.of(-2, 0.125, 0, 0, 0)];
    for (const [options, loudest] of [
      [{}, 1 - 2 ** -15],
      [{ bits: 24 }, 1 - 2 ** -23],
      [{ bits: 32 }, 1],
      [{ isFloat: true }, 1.5],
    ] as const) {
      const read = decodeWav(encodeWav({ sampleRate: 44_100, channels }, options));
      expect(read.sampleRate).toBe(44_100);
      expect([...(read.channels[0] ?? [])]).toEqual([0, 0.5, -0.25, Math.fround(loudest), -1]);
      expect(read.channels[1]?.[0]).toBe(options === undefined || "isFloat" in options ? -2 : -1);
    }
    expect(decodeWav(encodeWav({ sampleRate: 1, channels: [new Float32Array(0)] })).channels[0]).toHaveLength(0);
  });

  const whole = encodeWav({ sampleRate: 8000, channels: [Float32Array.of(0.1, 0.2)] });
  const changed = (at: number, ...values: number[]) => {
    const file = whole.slice();
    file.set(values, at);
    return file;
  };
  test("what was written to a pipe goes on to the end of the file", () => {
    expect(decodeWav(changed(40, 0xff, 0xff, 0xff, 0xff)).channels).toEqual(decodeWav(whole).channels);
  });
  test.for<[string, () => unknown, RegExp]>([
    [
      "A-law",
      () => decodeWav(bytes(fixture.wavRefused.ALAW), "a.wav"),
      /decodeWav: a\.wav is A-law, expected PCM of 8, 16, 24 or 32 bits/,
    ],
    ["μ-law", () => decodeWav(bytes(fixture.wavRefused.ULAW)), /is μ-law/],
    ["ADPCM", () => decodeWav(bytes(fixture.wavRefused.IMA_ADPCM)), /is IMA ADPCM/],
    ["a width that there is not", () => decodeWav(changed(34, 12)), /is 12-bit PCM/],
    ["frames that do not fit", () => decodeWav(changed(32, 3)), /frames of 3 bytes/],
    ["another file", () => decodeWav(new TextEncoder().encode("OggS and so on")), /no WAV file \(14 bytes\)/],
    [
      "a file that is cut off",
      () => decodeWav(whole.slice(0, -1)),
      /the part "data" ends at byte 48, expected at most 47/,
    ],
    ["a file without samples", () => decodeWav(whole.slice(0, 36)), /has no part "data"/],
    ["a file of no bytes", () => decodeWav(new ArrayBuffer(0)), /no WAV file \(0 bytes\)/],
    [
      "NaN as integers",
      () => encodeWav({ sampleRate: 1, channels: [Float32Array.of(0, Number.NaN)] }),
      /channel 0, sample 1 is NaN/,
    ],
    [
      "channels of unequal length",
      () => encodeWav({ sampleRate: 1, channels: [new Float32Array(2), new Float32Array(1)] }),
      /channel 1 has 1 samples, expected 2/,
    ],
  ])("refuses %s", ([, make, message]) => expect(make).toThrow(message));
});

describe("features", () => {
  it("are librosa's, also where the transform's size is no power of two", () => {
    const sampleRate = fixture.rate;
    for (const { options, log, mfcc: expected } of fixture.features) {
      const mels = logMel(signal, { sampleRate, ...options });
      expect(mels.shape).toEqual([log.length / options.mels, options.mels]);
      expectClose(mels, log, 2e-5);
      const coefficients = mfcc(signal, { sampleRate, ...options, coefficients: 8 });
      expect(coefficients.shape).toEqual([log.length / options.mels, 8]);
      expectClose(coefficients, expected, 2e-4);
    }
  });

  it("have frames of 25 ms every 10 ms by default, and keep NaN", () => {
    const { shape } = logMel(new Float32Array(16_000), { sampleRate: 16_000 });
    expect(shape).toEqual([101, 80]);
    const broken = Float32Array.from({ length: 4000 }, (_, i) => (i === 2000 ? Number.NaN : 0.1));
    const frames = logMel(broken, { sampleRate: 8000, mels: 20 });
    const lost = Array.from({ length: frames.shape[0] as number }, (_, frame) => Number.isNaN(frames[frame * 20]));
    // a window of 200 samples every 80
    expect(lost.filter(Boolean).length).toBe(3);
    expect(lost[25]).toBe(true);
    const decibels = logMel(
      Float32Array.from({ length: 800 }, (_, i) => (i < 400 ? 0 : Math.sin(i))),
      { sampleRate: 8000, mels: 20, log: "decibel", topDecibels: 30 },
    );
    expect(Math.max(...decibels) - Math.min(...decibels)).toBeCloseTo(30, 4);
  });

  test.for<[string, () => unknown, RegExp]>([
    [
      "more filters than frequencies",
      () => melFilters({ sampleRate: 8000, fftSize: 64, mels: 80 }),
      /mel filter 0 .* catches none.*fewer mels or a larger fftSize/,
    ],
    [
      "frequencies beyond half of the rate",
      () => melFilters({ sampleRate: 8000, fftSize: 512, maxFrequency: 4001 }),
      /from 0 to 4001 Hz/,
    ],
    [
      "a signal shorter than a frame",
      () => logMel(new Float32Array(100), { sampleRate: 8000, center: false, mels: 4 }),
      /has 100 samples, expected at least 256/,
    ],
    [
      "a transform smaller than the window",
      () => mfcc(signal, { sampleRate: 8000, windowSize: 200, fftSize: 128 }),
      /fftSize is 128, expected at least windowSize, 200/,
    ],
    [
      "more coefficients than mels",
      () => mfcc(signal, { sampleRate: 8000, mels: 8, coefficients: 9 }),
      /coefficients is 9, expected at most 8/,
    ],
    [
      "a signal of two channels",
      () => logMel([signal, signal] as never, { sampleRate: 8000 }),
      /expected the samples of one channel/,
    ],
  ])("refuse %s", ([, make, message]) => expect(make).toThrow(message));
});

test("resample is SciPy's resample_poly", () => {
  for (const { from, to, samples } of fixture.resampled) {
    expectClose(resample(signal.subarray(0, 160), { from, to }), samples, 2e-7);
  }
  expect(resample(signal, { from: 3, to: 3 })).toEqual(signal);
  const tone = Float32Array.from({ length: 4000 }, (_, i) => Math.sin((2 * Math.PI * 440 * i) / 44_100));
  const slower = resample(tone, { from: 44_100, to: 16_000 });
  // away from the ends it is the same tone
  for (let i = 100; i < slower.length - 100; i++) {
    expect(Math.abs((slower[i] as number) - Math.sin((2 * Math.PI * 440 * i) / 16_000))).toBeLessThan(2e-3);
  }
  expect(() => resample(tone, { from: 2 ** 21 + 1, to: 2 ** 21 })).toThrow(/expected a ratio of integers up to 2\^20/);
});
