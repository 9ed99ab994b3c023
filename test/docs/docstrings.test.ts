// Every export says what it is, and so does every member that is not in the list of those that do not yet: it only shrinks.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../harness/setup/paths.mjs";
import { withoutDocstring } from "./docstrings.ts";

const entries = ["src/index.ts", "src/node.ts", "src/data/index.ts"].map((entry) => join(root, entry));
const missing = withoutDocstring(entries);
const listed: readonly string[] = JSON.parse(readFileSync(join(root, "test/docs/undocumented.json"), "utf8"));

test("exports and their members have docstrings", () => {
  expect(missing.filter((name) => !listed.includes(name))).toEqual([]);
});

test("the list has no exports, and nothing that has a docstring by now", () => {
  expect(listed.filter((name) => /^(nn\.|optim\.|losses\.)?\w+$/.test(name))).toEqual([]);
  expect(listed.filter((name) => !missing.includes(name))).toEqual([]);
});
