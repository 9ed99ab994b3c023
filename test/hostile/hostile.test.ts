// Every public function, called with everything wrong: what comes of it is a result or one of our errors, at once. Those that
// need a device are called by test/cases/system/hostile.ts, and by test/run/profile.test.ts.
import { expect, test } from "vitest";
import { checkRow } from "./check-row.ts";
import { declaredFunctions } from "./declarations.ts";
import { deviceOptions, records } from "./options.ts";
import { deviceRows, profileRows } from "./rows-device.ts";
import { pureRows } from "./rows-pure.ts";
import { withoutRow } from "./without-row.ts";

const functions = declaredFunctions("src/index.ts");
const optionPlaces = (name: string): number[] =>
  (functions.get(name) ?? []).filter((place) => !records[`${name} ${place}`]);

test("every public function has a row, or a reason why it has none", () => {
  const declared = [...functions.keys()];
  const listed = [pureRows, deviceRows, profileRows, withoutRow].flatMap((rows) => Object.keys(rows));
  expect(declared.filter((name) => !listed.includes(name))).toEqual([]);
  expect(
    listed.filter((name) => !declared.includes(name)),
    "rows of what is not exported",
  ).toEqual([]);
});

test("options of what needs a device, and objects that are no options, are as declared", () => {
  const names = Object.keys({ ...deviceRows, ...profileRows });
  const declared = names.map((name) => [name, optionPlaces(name)]).filter(([, places]) => places?.length);
  expect(deviceOptions).toEqual(Object.fromEntries(declared));
  const objects = [...functions].flatMap(([name, places]) => places.map((place) => `${name} ${place}`));
  expect(Object.keys(records).filter((record) => !objects.includes(record))).toEqual([]);
});

test.for(Object.keys(pureRows))("%s", (name) =>
  checkRow(name, pureRows[name] as () => readonly unknown[], optionPlaces(name)),
);
