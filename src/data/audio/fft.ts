/** The discrete Fourier transform of one size, whose factors are kept (Cooley and Tukey 1965; for sizes that are no power of two Bluestein 1970). */
class Fft {
  readonly #size: number;
  /** A power of two. */
  readonly #inner: number;
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  readonly #order: Uint32Array;
  readonly #chirp: Chirp | undefined;

  constructor(size: number) {
    this.#size = size;
    const isPower = (size & (size - 1)) === 0;
    this.#inner = isPower ? size : 2 ** Math.ceil(Math.log2(2 * size - 1));
    const inner = this.#inner;
    this.#cos = Float64Array.from({ length: inner / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / inner));
    this.#sin = Float64Array.from({ length: inner / 2 }, (_, i) => -Math.sin((2 * Math.PI * i) / inner));
    const bits = Math.log2(inner);
    this.#order = Uint32Array.from({ length: inner }, (_, i) => {
      let reversed = 0;
      for (let bit = 0; bit < bits; bit++) if (i & (1 << bit)) reversed |= 1 << (bits - 1 - bit);
      return reversed;
    });
    this.#chirp = isPower ? undefined : this.#makeChirp();
  }

  /** The transform of real and imaginary parts, in place. Both have the size. */
  transform(real: Float64Array, imaginary: Float64Array): void {
    if (this.#chirp) this.#bluestein(real, imaginary, this.#chirp);
    else this.#powerOfTwo(real, imaginary);
  }

  /** The innermost loops of all that is heard: no arrays are made here, and no fields are looked up. */
  #powerOfTwo(real: Float64Array, imaginary: Float64Array): void {
    const size = this.#inner;
    const [cosines, sines, order] = [this.#cos, this.#sin, this.#order];
    for (let i = 0; i < size; i++) {
      const j = order[i] as number;
      if (j <= i) continue;
      const x = real[i] as number;
      const y = imaginary[i] as number;
      real[i] = real[j] as number;
      imaginary[i] = imaginary[j] as number;
      real[j] = x;
      imaginary[j] = y;
    }
    for (let half = 1, stride = size >> 1; half < size; half <<= 1, stride >>= 1) {
      for (let start = 0; start < size; start += 2 * half) {
        for (let k = 0; k < half; k++) {
          const even = start + k;
          const odd = even + half;
          const cos = cosines[k * stride] as number;
          const sin = sines[k * stride] as number;
          const x = (real[odd] as number) * cos - (imaginary[odd] as number) * sin;
          const y = (real[odd] as number) * sin + (imaginary[odd] as number) * cos;
          real[odd] = (real[even] as number) - x;
          imaginary[odd] = (imaginary[even] as number) - y;
          real[even] = (real[even] as number) + x;
          imaginary[even] = (imaginary[even] as number) + y;
        }
      }
    }
  }

  #makeChirp(): Chirp {
    const [size, inner] = [this.#size, this.#inner];
    // k² modulo 2·size keeps the angle exact
    const angles = Float64Array.from({ length: size }, (_, k) => (Math.PI * ((k * k) % (2 * size))) / size);
    const [cos, sin] = [angles.map(Math.cos), angles.map(Math.sin)];
    const [real, imaginary] = [new Float64Array(inner), new Float64Array(inner)];
    for (let k = 0; k < size; k++) {
      real[k] = cos[k] as number;
      imaginary[k] = sin[k] as number;
      if (k === 0) continue;
      real[inner - k] = cos[k] as number;
      imaginary[inner - k] = sin[k] as number;
    }
    this.#powerOfTwo(real, imaginary);
    return { cos, sin, real, imaginary };
  }

  /** As a convolution with a chirp. */
  #bluestein(real: Float64Array, imaginary: Float64Array, chirp: Chirp): void {
    const inner = this.#inner;
    const [a, b] = [new Float64Array(inner), new Float64Array(inner)];
    for (let k = 0; k < this.#size; k++) {
      const [cos, sin] = [chirp.cos[k] as number, chirp.sin[k] as number];
      a[k] = (real[k] as number) * cos + (imaginary[k] as number) * sin;
      b[k] = (imaginary[k] as number) * cos - (real[k] as number) * sin;
    }
    this.#powerOfTwo(a, b);
    for (let k = 0; k < inner; k++) {
      const [x, y] = [a[k] as number, b[k] as number];
      const [u, v] = [chirp.real[k] as number, chirp.imaginary[k] as number];
      a[k] = x * u - y * v;
      // conjugated, so that the same transform goes back
      b[k] = -(x * v + y * u);
    }
    this.#powerOfTwo(a, b);
    for (let k = 0; k < this.#size; k++) {
      const [x, y] = [(a[k] as number) / inner, -(b[k] as number) / inner];
      const [cos, sin] = [chirp.cos[k] as number, chirp.sin[k] as number];
      real[k] = x * cos + y * sin;
      imaginary[k] = y * cos - x * sin;
    }
  }
}

interface Chirp {
  readonly cos: Float64Array;
  readonly sin: Float64Array;
  /** Its transform. */
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
}

const kept = new Map<number, Fft>();
const MOST_KEPT = 16;

/** The transform of a size, made once. */
export function fftOf(size: number): Fft {
  let fft = kept.get(size);
  if (!fft) {
    if (kept.size === MOST_KEPT) kept.clear();
    fft = new Fft(size);
    kept.set(size, fft);
  }
  return fft;
}
