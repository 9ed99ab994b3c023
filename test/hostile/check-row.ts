// A row of a function that needs no device: what is wrong with its outcomes.
import { expect } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import { callable, problemOf } from "./call.ts";
import { isOptions, mistakes } from "./values.ts";

/** Calls with the row's arguments, then with each of them wrong, then with an unknown option at each of `optionPlaces`. */
export async function checkRow(
  name: string,
  row: () => readonly unknown[],
  optionPlaces: readonly number[],
  exports?: object,
): Promise<void> {
  const call = callable(name, exports);
  const first = name.includes("#") ? 1 : 0;
  // a valid call gives no error, not even one of ours
  await call(row());
  expect(await problemOf(() => call(row())), "the row itself").toBeUndefined();
  const problems: string[] = [];
  const self = row().slice(0, first);
  for (const { place, what, args } of mistakes(row().slice(first))) {
    const problem = await problemOf(() => call([...self, ...args]));
    if (problem) problems.push(`${place}, ${what}: ${problem}`);
  }
  expect(problems.slice(0, 8)).toEqual([]);
  for (const place of optionPlaces) {
    const args = row();
    const own = args[first + place];
    if (!isOptions(own)) throw new Error(`argument ${place} of the row has no options`);
    const inside = Object.entries(own).flatMap(([key, part]) =>
      isOptions(part) ? [{ ...own, [key]: { ...part, nonsense: 1 } }] : [],
    );
    for (const unknown of [{ ...own, nonsense: 1 }, ...inside]) {
      const refused = (async () => call(args.with(first + place, unknown)))();
      await expect(refused, "an unknown option").rejects.toThrow(ArgumentError);
    }
  }
}
