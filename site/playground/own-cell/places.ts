/** Where in a text a place of the code that was made of it is from. */
import type { Place, Places } from "./protocol.ts";

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Numbers as source maps have them: five bits a character, the sixth says that more follow, the lowest is the sign. */
function numbersOf(text: string): number[] {
  const found: number[] = [];
  let [value, shift] = [0, 0];
  for (const character of text) {
    const digit = digits.indexOf(character);
    value += (digit & 31) << shift;
    shift += 5;
    if (digit & 32) continue;
    found.push(value & 1 ? -(value >> 1) : value >> 1);
    [value, shift] = [0, 0];
  }
  return found;
}

/** Reads the `mappings` of a source map (ECMA-426) of one source. */
export function readMappings(mappings: string): Places {
  let [line, column] = [0, 0];
  return mappings.split(";").map((row) => {
    let made = 0;
    return row
      .split(",")
      .filter((segment) => segment !== "")
      .map((segment) => {
        const [over, , lines = 0, columns = 0] = numbersOf(segment);
        made += over ?? 0;
        line += lines;
        column += columns;
        return [made, line, column] as const;
      });
  });
}

/** The name under which a cell's code runs, as stacks have it. */
export const codeName = "cell.ts";

/** Of a place in the code, both from 1; null where nothing is known. */
export function placeOf(places: Places, line: number, column: number): Place | null {
  const found = places[line - 1]?.findLast(([made]) => made <= column - 1) ?? places[line - 1]?.[0];
  return found ? { line: found[1] + 1, column: found[2] + 1 } : null;
}

/** The innermost place of the cell's code in a stack, or in a line of one; null where it is not in it. */
export function placeIn(stack: string, places: Places): Place | null {
  const found = /\bcell\.ts:(\d+):(\d+)/.exec(stack);
  return found ? placeOf(places, Number(found[1]), Number(found[2])) : null;
}
