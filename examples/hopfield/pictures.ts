/** Pictures of 10 × 10 pixels as rows of −1 and 1. */
import type { Random } from "../shared/random.ts";

export const side = 10;
export const pixels = side * side;

const middle = (side - 1) / 2;
const toEdge = (row: number, column: number) => Math.min(row, column, side - 1 - row, side - 1 - column);

/** Any two of them have about as many pixels in common as not. */
export const unlike = [
  (_: number, column: number) => column % 4 < 2,
  (row: number) => row % 4 < 2,
  (row: number, column: number) => row % 4 < 2 === column % 4 < 2,
  (_: number, column: number) => column < side / 2,
  (row: number) => row < side / 2,
  (row: number, column: number) => row < side / 2 === column < side / 2,
  (row: number, column: number) => Math.abs(Math.hypot(row - middle, column - middle) - 3.5) < 1.3,
  (row: number, column: number) => toEdge(row, column) % 2 === 0,
].map((isOn) => Float32Array.from({ length: pixels }, (_, i) => (isOn(Math.floor(i / side), i % side) ? 1 : -1)));

/** Letters of 5 × 5, each of whose pixels is four: A C E H L O T X. They have most of their pixels in common. */
export const letters = [
  ".###. #...# ##### #...# #...#",
  ".#### #.... #.... #.... .####",
  "##### #.... ####. #.... #####",
  "#...# #...# ##### #...# #...#",
  "#.... #.... #.... #.... #####",
  ".###. #...# #...# #...# .###.",
  "##### ..#.. ..#.. ..#.. ..#..",
  "#...# .#.#. ..#.. .#.#. #...#",
].map((drawing) => {
  const rows = drawing.split(" ");
  return Float32Array.from({ length: pixels }, (_, i) =>
    rows[Math.floor(i / side / 2)]?.[Math.floor((i % side) / 2)] === "#" ? 1 : -1,
  );
});

/** Rows of random −1 and 1. */
export const randomPatterns = (random: Random, rows: number, units: number): Float32Array =>
  Float32Array.from({ length: rows * units }, () => (random() < 0.5 ? -1 : 1));

/** The row with `count` of its numbers, picked at random, turned to their opposites. */
export function corrupted(row: Float32Array, count: number, random: Random): Float32Array {
  const places = [...row.keys()];
  const result = row.slice();
  for (let i = 0; i < count; i++) {
    const pick = i + Math.floor(random() * (places.length - i));
    [places[i], places[pick]] = [places[pick] as number, places[i] as number];
    result[places[i] as number] = -(row[places[i] as number] as number);
  }
  return result;
}
