// The package on JSR: its sources themselves, from which Deno and JSR make declarations.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { deno } from "../../harness/hosts/deno-process.ts";
import { root } from "../../harness/setup/paths.mjs";

const manifest = (name: string) => JSON.parse(readFileSync(join(root, name), "utf8"));

export function testJsr(): void {
  test("has the version and the entries of the npm package", () => {
    const { version, license, exports, peerDependencies } = manifest("package.json");
    const jsr = manifest("jsr.json");
    expect(jsr).toMatchObject({
      version,
      license,
      imports: Object.fromEntries(
        Object.entries<string>(peerDependencies).map(([name, range]) => [name, `npm:${name}@^${range.slice(2)}`]),
      ),
    });
    expect(Object.keys(exports)).toEqual([...Object.keys(jsr.exports), "./package.json"]);
  });

  test("could be published: every public type is written out, and all files are there", async () => {
    const { code, stdout, stderr } = await deno(["publish", "--dry-run", "--allow-dirty"], { cwd: root });
    const said = stdout + stderr;
    expect(code, said).toBe(0);
    expect(said).toContain("Success Dry run complete");
    const files = [...said.matchAll(/^ +file:\/\/\S*?\/(src\/\S+|[\w.]+) \(/gm)].map(([, path]) => path as string);
    expect(files).toEqual(
      expect.arrayContaining(["LICENSE", "README.md", "jsr.json", "src/kernels/generated/matmul.ts"]),
    );
    expect(files.filter((path) => !/^(src\/.*\.ts|jsr\.json|LICENSE|(README|CHANGELOG)\.md)$/.test(path))).toEqual([]);
  });
}
