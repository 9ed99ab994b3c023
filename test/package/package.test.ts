// The package as its users get it: packed once, installed into a clean folder.
import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, vi } from "vitest";
import { testContents } from "./contents.ts";
import { testHosts } from "./hosts.ts";
import { type Installed, installPackage } from "./install.ts";
import { testJsr } from "./jsr.ts";
import { testSize } from "./size.ts";
import { testTypes } from "./types.ts";
import { testWorkers } from "./worker.ts";

// compilers take seconds each, but other tests may want the same processor
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

let installed: Installed;
beforeAll(async () => {
  installed = await installPackage();
});
afterAll(() => rmSync(installed.folder, { recursive: true, force: true }));

describe("contents", () => testContents(() => installed));
describe("size", () => testSize(() => installed));
describe("types", () => testTypes(() => installed));
describe("JSR", testJsr);
describe("workers", () => testWorkers(() => installed));
describe("hosts", () => testHosts(() => installed));
