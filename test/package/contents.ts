// What the tarball holds, and what those say whose trade it is to look at packages.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { runProcess } from "../../harness/hosts/process.ts";
import { root } from "../../harness/setup/paths.mjs";
import type { Installed } from "./install.ts";

export function testContents(get: () => Installed): void {
  test("the tarball holds the modules, the bundles for Node, their types and the papers, and is small", () => {
    const { files, size } = get();
    expect(files).toEqual(expect.arrayContaining(["package.json", "LICENSE", "README.md", "CHANGELOG.md"]));
    expect(files).toEqual(
      expect.arrayContaining(["dist/index.js", "dist/nn/index.js", "dist/node/index.js", "dist/types/index.d.ts"]),
    );
    const allowed =
      /^(package\.json|LICENSE|(README|CHANGELOG)\.md|dist\/[\w/-]+\.js|dist\/node\/[\w-]+\.js\.map|dist\/types\/.+\.d\.ts)$/;
    expect(files.filter((path) => !allowed.test(path))).toEqual([]);
    expect(size).toBeLessThan(1_152_000);
  });

  test("nothing comes along with it", () => {
    const packages = readdirSync(join(get().folder, "node_modules")).filter((name) => !name.startsWith("."));
    expect(packages.sort()).toEqual(["debug", "ms", "seqgrad", "webgpu"]);
  });

  test("lines are short: Node prints the whole line of an error that nobody catches", () => {
    const { installed, files } = get();
    for (const name of files.filter((each) => each.endsWith(".js"))) {
      const longest = Math.max(
        ...readFileSync(join(installed, name), "utf8")
          .split("\n")
          .map((line) => line.length),
      );
      expect(longest).toBeLessThan(1000);
    }
  });

  test("every link of its papers leads somewhere", () => {
    const { installed, files } = get();
    for (const name of files.filter((each) => each.endsWith(".md"))) {
      const links = [...readFileSync(join(installed, name), "utf8").matchAll(/\]\(([^)\s]+)\)/g)].map(
        ([, link]) => link,
      );
      for (const link of links as string[]) {
        const inRepository = /^https:\/\/github\.com\/seqgrad\/seqgrad\/(?:blob|tree)\/main\/([^#]+)/.exec(link)?.[1];
        if (inRepository) expect(existsSync(join(root, inRepository)), link).toBe(true);
        else if (!/^(https:\/\/|#)/.test(link))
          expect(existsSync(join(installed, dirname(name), link)), link).toBe(true);
      }
    }
  });

  const tool = (...path: string[]) => join(root, "node_modules", ...path);

  test("publint finds nothing", async () => {
    const { tarball, folder } = get();
    const args = [tool("publint", "src", "cli.js"), "run", tarball, "--strict"];
    const { code, stdout } = await runProcess(process.execPath, args, { cwd: folder, environment: { NO_COLOR: "1" } });
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("All good!") });
  });

  test("attw finds nothing: every entry has its types wherever modules are imported", async () => {
    const { tarball, folder } = get();
    const args = [tool("@arethetypeswrong", "cli", "dist", "index.js"), tarball, "--profile", "esm-only", "-f", "json"];
    const { code, stdout } = await runProcess(process.execPath, args, { cwd: folder });
    const { analysis } = JSON.parse(stdout);
    expect(Object.keys(analysis.entrypoints)).toEqual([
      ".",
      "./node",
      "./nn",
      "./losses",
      "./optim",
      "./data",
      "./package.json",
    ]);
    expect(code).toBe(0);
  });
}
