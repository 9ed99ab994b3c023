// Every public function of seqgrad/data, called with everything wrong, as test/hostile/hostile.test.ts does for the main entry.
import { expect, test } from "vitest";
import * as data from "../../src/data/index.ts";
import { checkRow } from "./check-row.ts";
import { declaredFunctions } from "./declarations.ts";
import { dataRecords, dataRows, dataWithoutRow } from "./rows-data-entry.ts";
import { pureRows } from "./rows-pure.ts";

const functions = declaredFunctions("src/data/index.ts");

test("every public function has a row", () => {
  const declared = [...functions.keys()].filter((name) => !pureRows[name]);
  const listed = [...Object.keys(dataRows), ...Object.keys(dataWithoutRow)];
  expect(declared.filter((name) => !listed.includes(name))).toEqual([]);
  expect(listed.filter((name) => !declared.includes(name))).toEqual([]);
  const objects = [...functions].flatMap(([name, places]) => places.map((place) => `${name} ${place}`));
  expect(Object.keys(dataRecords).filter((record) => !objects.includes(record))).toEqual([]);
});

test.for(Object.keys(dataRows))("%s", (name) => {
  const places = (functions.get(name) ?? []).filter((place) => !dataRecords[`${name} ${place}`]);
  return checkRow(name, dataRows[name] as () => readonly unknown[], places, data);
});
