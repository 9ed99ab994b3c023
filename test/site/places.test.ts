/** Places of a cell's code, from source maps that another program made. */
import { transform } from "esbuild";
import { expect, test } from "vitest";
import { placeIn, placeOf, readMappings } from "../../site/playground/own-cell/places.ts";

const text = `import { a } from "x";
type Long = {
  of: number;
};

export const f = (given: Long): number => {
  const one: number = given.of;
  return a(one as number, somethingElse());
};
`;

test("every name of the made code is found in the text", async () => {
  const { code, map } = await transform(text, { loader: "ts", format: "cjs", sourcemap: true });
  const places = readMappings((JSON.parse(map) as { mappings: string }).mappings);
  const where = (source: string, word: string) => {
    const before = source.slice(0, source.lastIndexOf(word)).split("\n");
    return { line: before.length, column: (before.at(-1) as string).length + 1 };
  };
  for (const word of ["given.of", "somethingElse", "return"]) {
    const { line, column } = where(code, word);
    expect([word, placeOf(places, line, column)]).toEqual([word, where(text, word)]);
    expect(placeIn(`Error: x\n    at f (cell.ts:${line}:${column})\n    at blob:1:2`, places)).toEqual(
      where(text, word),
    );
  }
  expect(placeOf(places, 1000, 1)).toBeNull();
  expect(placeIn("Error: x\n    at f (other.ts:1:1)", places)).toBeNull();
});
