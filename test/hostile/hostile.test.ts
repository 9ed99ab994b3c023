// Every public function, called with everything wrong: what comes of it is a result or one of our errors, at once. Those that
// need a device are called by test/cases/hostile.ts, and by test/system/profile.test.ts.
import { expect, test } from "vitest";
import { callable, problemOf } from "./call.ts";
import { declaredFunctions } from "./declarations.ts";
import { deviceRows, profileRows } from "./rows-device.ts";
import { pureRows } from "./rows-pure.ts";
import { mistakes } from "./values.ts";
import { withoutRow } from "./without-row.ts";

test("every public function has a row, or a reason why it has none", () => {
  const declared = declaredFunctions("src/index.ts");
  const listed = [pureRows, deviceRows, profileRows, withoutRow].flatMap((rows) => Object.keys(rows));
  expect(declared.filter((name) => !listed.includes(name))).toEqual([]);
  expect(
    listed.filter((name) => !declared.includes(name)),
    "rows of what is not exported",
  ).toEqual([]);
});

test.for(Object.keys(pureRows))("%s", (name) => {
  const row = pureRows[name] as () => readonly unknown[];
  const call = callable(name);
  const first = name.includes("#") ? 1 : 0;
  // a valid call gives no error, not even one of ours
  call(row());
  expect(
    problemOf(() => call(row())),
    "the row itself",
  ).toBeUndefined();
  const problems: string[] = [];
  const self = row().slice(0, first);
  for (const { place, what, args } of mistakes(row().slice(first))) {
    const problem = problemOf(() => call([...self, ...args]));
    if (problem) problems.push(`${place}, ${what}: ${problem}`);
  }
  expect(problems.slice(0, 8)).toEqual([]);
});
