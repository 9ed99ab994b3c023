/** Colours of heat maps: from a dark page's or a light page's ground to one or two strong ones. */
type Colour = readonly [red: number, green: number, blue: number];

interface Ramp {
  readonly ground: Colour;
  readonly high: Colour;
  readonly low: Colour;
  /** Where there is nothing below 0. */
  readonly only: Colour;
}

const light: Ramp = { ground: [247, 248, 250], high: [178, 52, 20], low: [13, 84, 160], only: [16, 92, 88] };
const dark: Ramp = { ground: [33, 36, 41], high: [255, 158, 92], low: [98, 176, 245], only: [94, 214, 190] };

const mix = (a: Colour, b: Colour, share: number): Colour =>
  a.map((value, i) => value + ((b[i] as number) - value) * share) as unknown as Colour;

/** 256 colours: of −1 to 1, or of 0 to 1. */
export function ramp(isDark: boolean, isSigned: boolean): Uint32Array {
  const { ground, high, low, only } = isDark ? dark : light;
  return Uint32Array.from({ length: 256 }, (_, i) => {
    const value = isSigned ? (i - 127.5) / 127.5 : i / 255;
    // lightness falls evenly for the eye, not for the number
    const [red, green, blue] = mix(ground, value < 0 ? low : isSigned ? high : only, Math.abs(value) ** 0.8).map(
      Math.round,
    ) as [number, number, number];
    return (255 << 24) | (blue << 16) | (green << 8) | red;
  });
}

/** Whether any value is negative, and what the strongest colour stands for. */
export function scaleOf(values: Float32Array): { readonly isSigned: boolean; readonly most: number } {
  let [least, most] = [0, 0];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return { isSigned: least < 0, most: Math.max(-least, most) || 1 };
}

/** A matrix as pixels, a row for each of `order`. */
export function pixels(
  values: Float32Array,
  columns: number,
  order: readonly number[],
  colours: Uint32Array,
  { isSigned, most }: ReturnType<typeof scaleOf>,
): Uint32Array<ArrayBuffer> {
  const made = new Uint32Array(order.length * columns);
  for (const [row, unit] of order.entries()) {
    for (let column = 0; column < columns; column++) {
      const share = (values[unit * columns + column] as number) / most;
      const at = isSigned ? 127.5 + 127.5 * share : 255 * share;
      made[row * columns + column] = colours[Math.max(0, Math.min(255, Math.round(at)))] as number;
    }
  }
  return made;
}
