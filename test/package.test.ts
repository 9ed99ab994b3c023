// The package as its users get it: packed once, installed into a clean folder.
import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe } from "vitest";
import { testContents } from "./package/contents.ts";
import { testHosts } from "./package/hosts.ts";
import { type Installed, installPackage } from "./package/install.ts";
import { testTypes } from "./package/types.ts";

let installed: Installed;
beforeAll(async () => {
  installed = await installPackage();
});
afterAll(() => rmSync(installed.folder, { recursive: true, force: true }));

describe("contents", () => testContents(() => installed));
describe("types", () => testTypes(() => installed));
describe("hosts", () => testHosts(() => installed));
