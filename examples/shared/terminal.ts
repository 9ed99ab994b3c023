import { columnsOf, wrap } from "../../harness/setup/help.mjs";
import { bin, smooth } from "./series.ts";

/** Where text goes; `process.stdout` is one. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** 1234567 as "1,234,567". */
export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** Bytes with a unit. */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}

/** Seconds as "1:05" or "2:03:04". */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const rest = `${String(Math.floor(whole / 60) % 60).padStart(whole >= 3600 ? 2 : 1, "0")}:${String(whole % 60).padStart(2, "0")}`;
  return whole >= 3600 ? `${Math.floor(whole / 3600)}:${rest}` : rest;
}

/** Whether a line can be drawn anew: on a terminal that knows how, unless the user wants plain text. */
const canRedraw = ({ isTTY }: Output, { TERM, NO_COLOR }: Environment): boolean =>
  Boolean(isTTY) && TERM !== "dumb" && !NO_COLOR;

/** A fact behind its name, on as many lines as the terminal needs. */
export function fact(name: string, text: string, output: Output = process.stdout): string {
  return `${wrap(text, columnsOf(output), " ".repeat(9), name.padEnd(9))}\n`;
}

/**
 * Rows under a heading, columns lined up; the last column to the right. Where the terminal is too narrow the first cell of a
 * row has a line of its own.
 */
export function table(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  total?: readonly string[],
  columns = columnsOf(process.stdout),
): string {
  const all = [heading, ...rows, ...(total ? [total] : [])];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  if (widths.reduce((sum, width) => sum + width + 2, 0) > columns) {
    return all.map(([first, ...rest]) => `  ${first}\n      ${rest.filter(Boolean).join("  ")}\n`).join("");
  }
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join("  ");
  const rule = widths.map((width) => "─".repeat(width)).join("──");
  const last = total ? [rule, line(total)] : [];
  return `${[line(heading), rule, ...rows.map(line), ...last].map((text) => `  ${text}\n`).join("")}`;
}

/** How far training is. On a terminal one line that is drawn anew; elsewhere a line for every tenth. */
export class Progress {
  readonly #started = performance.now();
  readonly #redraws: boolean;
  #tenth = 0;

  constructor(
    private readonly output: Output,
    private readonly total: number,
    environment: Environment = process.env,
    /** Steps that were done before. */
    private readonly done = 0,
  ) {
    this.#redraws = canRedraw(output, environment);
    this.#tenth = Math.floor((10 * done) / total);
  }

  update(step: number, loss: number, tokensPerSecond: number): void {
    const elapsed = (performance.now() - this.#started) / 1000;
    const left = (elapsed / (step - this.done)) * (this.total - step);
    const facts = [`loss ${loss.toFixed(3)}`, `${count(tokensPerSecond)} tokens/s`, `${clock(left)} left`];
    const steps = `${String(step).padStart(String(this.total).length)}/${this.total}`;
    const columns = columnsOf(this.output);
    const text = fitting(columns - 1, [steps, ...facts], [steps, facts[0], facts[2]], [steps, facts[0]]);
    if (this.#redraws) {
      const room = columns - text.length - 6;
      this.output.write(`\r\x1b[2K  ${bar(step / this.total, Math.min(30, room))}${text}`);
      return;
    }
    const tenth = Math.floor((10 * step) / this.total);
    if (step > this.done + 1 && tenth === this.#tenth) return;
    this.#tenth = tenth;
    this.output.write(`  ${columns < 60 ? "" : "step "}${text}\n`);
  }

  /** Leaves the line as it is and goes to the next. */
  end(): void {
    if (this.#redraws) this.output.write("\n");
  }
}

/** The first of several versions of a line that fits, or the last. */
function fitting(columns: number, ...versions: readonly (readonly (string | undefined)[])[]): string {
  const lines = versions.map((parts) => parts.join("  "));
  return lines.find((line) => line.length + 2 <= columns) ?? (lines.at(-1) as string);
}

/** With a space behind it; nothing where there is no room. */
function bar(part: number, width: number): string {
  if (width < 4) return "";
  const eighths = Math.round(part * width * 8);
  const full = "█".repeat(Math.floor(eighths / 8));
  const edge = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8] ?? "";
  return `▕${(eighths % 8 === 0 ? full : full + edge).padEnd(width)}▏ `;
}

/** A curve drawn with braille characters, each two dots wide and four high, with its scale on the left. */
export function curve(
  values: readonly number[],
  width = Math.min(60, columnsOf(process.stdout) - 11),
  height = 10,
): string {
  const points = bin(smooth(values, Math.round(values.length / 100)), width * 2).map(({ value }) => value);
  const low = Math.min(...points);
  const high = Math.max(...points);
  const rows = height * 4;
  const row = (value: number) => (high === low ? rows - 1 : Math.round(((high - value) / (high - low)) * (rows - 1)));
  const cells = Array.from({ length: height }, () => new Uint8Array(width));
  for (let column = 0; column < width * 2; column++) {
    const at = (dot: number) => row(between(points, (dot * (points.length - 1)) / (width * 2 - 1)));
    const [from, to] = [at(Math.max(0, column - 1)), at(column)];
    // From the row after the last column's dot, so that steep parts have no gaps.
    const start = from < to ? Math.min(from + 1, to) : from > to ? Math.max(from - 1, to) : to;
    for (let y = Math.min(start, to); y <= Math.max(start, to); y++) {
      const cell = cells[y >> 2];
      if (cell) cell[column >> 1] = (cell[column >> 1] ?? 0) | brailleDot(column & 1, y & 3);
    }
  }
  const label = (index: number) => (index === 0 ? high.toFixed(2) : index === height - 1 ? low.toFixed(2) : "");
  const lines = cells.map((cell, index) => {
    const text = Array.from(cell, (dots) => String.fromCharCode(0x2800 + dots)).join("");
    return `  ${label(index).padStart(6)} ${index === 0 || index === height - 1 ? "┤" : "│"}${text}\n`;
  });
  const last = `step ${values.length}`;
  return `${lines.join("")}         └${"─".repeat(width)}\n          1${last.padStart(width - 1)}\n`;
}

/** The value at a fractional index. */
function between(values: readonly number[], index: number): number {
  const before = values[Math.floor(index)] ?? 0;
  const after = values[Math.ceil(index)] ?? before;
  return before + (after - before) * (index - Math.floor(index));
}

/** The bit of a dot in a braille character (Unicode numbers the dots by columns, the lowest row last). */
function brailleDot(x: number, y: number): number {
  return y === 3 ? (x === 0 ? 0x40 : 0x80) : 1 << (y + 3 * x);
}
