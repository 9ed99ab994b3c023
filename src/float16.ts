/** IEEE 754 binary16 (1 sign, 5 exponent, 10 fraction bits) and float32 on the host. */

export const LARGEST_HALF = 65504;
/** Below it the distance between neighbours stays what it is: 2^-24. */
const SMALLEST_NORMAL = 2 ** -14;

/** To the nearest half each, ties to even; beyond the largest to infinity. Whole words of two: a last one may be left at 0. */
export function floatsToHalves(data: Float32Array): Uint16Array {
  const halves = new Uint16Array(2 * Math.ceil(data.length / 2));
  data.forEach((value, i) => {
    halves[i] = halfBits(value);
  });
  return halves;
}

function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(size)) return 0x7e00;
  if (size >= LARGEST_HALF + 16) return sign | 0x7c00;
  const exponent = size < SMALLEST_NORMAL ? -14 : Math.floor(Math.log2(size));
  const unit = 2 ** (exponent - 10);
  const steps = roundToEven(size / unit);
  // a fraction that was rounded up to 2 carries into the exponent, as the bits lie
  return sign + (size < SMALLEST_NORMAL ? steps : ((exponent + 14) << 10) + steps);
}

function roundToEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

export const halvesToFloats = (bits: Uint16Array): Float32Array => Float32Array.from(bits, halfToNumber);

export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
