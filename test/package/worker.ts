// The README's recipe for a worker, built by Vite and run in a page; and the store of tuned choices that workers share.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "puppeteer";
import { expect, test } from "vitest";
import { launchBrowser } from "../../harness/hosts/browser.ts";
import { runProcess } from "../../harness/hosts/process.ts";
import { serve } from "../../harness/hosts/serve.ts";
import { root } from "../../harness/setup/paths.mjs";
import type * as seqgrad from "../../src/index.ts";
import type { Installed } from "./install.ts";

/** The README's blocks that begin with their file's name. */
const readme = readFileSync(join(root, "README.md"), "utf8");
const recipe = new Map(
  [...readme.matchAll(/^```js\n\/\/ (\S+)\n([\s\S]*?)^```/gm)].map(([, name = "", code = ""]) => [name, code]),
);

export function testWorkers(get: () => Installed): void {
  /** Makes a site of the recipe's files, and others, as Vite makes it. */
  async function build(name: string, others: Readonly<Record<string, string>> = {}): Promise<string> {
    const site = join(get().folder, name);
    mkdirSync(join(site, "node_modules"), { recursive: true });
    symlinkSync(get().installed, join(site, "node_modules", "seqgrad"), "junction");
    const html = '<!doctype html><link rel="icon" href="data:," /><script type="module" src="/main.js"></script>';
    const files = { "index.html": html, ...Object.fromEntries(recipe), ...others };
    for (const [path, text] of Object.entries(files)) writeFileSync(join(site, path), text);
    const vite = join(root, "node_modules", "vite", "bin", "vite.js");
    const { code, stdout, stderr } = await runProcess(process.execPath, [vite, "build"], { cwd: site });
    expect({ code, said: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, said: "" });
    return join(site, "dist");
  }

  /** What a page prints until a line matches. */
  function printed(page: Page, last: RegExp): Promise<string[]> {
    return new Promise((resolve, reject) => {
      const lines: string[] = [];
      page.on("console", (message) => {
        lines.push(message.text());
        if (message.type() === "error") reject(new Error(lines.join("\n")));
        if (last.test(message.text())) resolve(lines);
      });
      page.on("pageerror", reject);
    });
  }

  test("the README's recipe trains in a worker, as Vite builds it, and keeps what it measured", async () => {
    expect([...recipe.keys()]).toEqual(["main.js", "worker.js"]);
    const server = await serve(await build("site"), {});
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      const [lines] = await Promise.all([printed(page, /^step 20: /), page.goto(`${server.origin}/index.html`)]);
      const losses = lines.map((line) => Number(/^step \d+: loss (\d\.\d+)$/.exec(line)?.[1]));
      expect(losses).toHaveLength(20);
      expect(losses[19]).toBeLessThan(losses[0] as number);
      const names = await page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name));
      expect(names).toEqual(["seqgrad tuning"]);
    } finally {
      await browser.close();
      server.close();
    }
  });

  test("a worker that awaits outside of functions is built with the option that the README names", async () => {
    const [option] = /worker: \{ format: "es" \}/.exec(readme) ?? [];
    await build("awaiting", {
      "vite.config.js": `export default { ${option} };`,
      "worker.js":
        'import { openDevice } from "seqgrad";\nconst device = await openDevice();\npostMessage({ step: 1, loss: 0 });\n',
    });
  });

  test("indexedDbTuning keeps the choices of each adapter and adds to them", async () => {
    const loading = '<!doctype html><script type="module">window.seqgrad = await import("/dist/index.js")</script>';
    const server = await serve(get().installed, { "/": loading });
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(server.origin);
      await page.waitForFunction("window.seqgrad");
      const found = await page.evaluate(async () => {
        const { indexedDbTuning } = (globalThis as unknown as { seqgrad: typeof seqgrad }).seqgrad;
        const [store, other, same] = [indexedDbTuning(), indexedDbTuning("another"), indexedDbTuning()];
        // undefined would not come out of the page
        const load = async (from: seqgrad.TuningStore, adapter: string) => (await from.load(adapter)) ?? "nothing";
        const before = await load(store, "one");
        // at the same time, as several workers may
        await Promise.all([
          store.save("one", { "matmul 1": "tiled", "matmul 2": "naive" }),
          store.save("two", { "matmul 1": "naive" }),
          same.save("one", { "matmul 2": "tiled", "matmul 3": "naive" }),
        ]);
        const warnings: string[] = [];
        console.warn = (text: string) => warnings.push(text);
        const broken = await new Promise<IDBDatabase>((resolve) => {
          const opening = indexedDB.open("seqgrad tuning", 1);
          opening.onsuccess = () => resolve(opening.result);
        });
        const transaction = broken.transaction("choices", "readwrite");
        transaction.objectStore("choices").put({ matmul: 1 }, "broken");
        await new Promise((resolve) => {
          transaction.oncomplete = resolve;
        });
        broken.close();
        const dropped = await load(store, "broken");
        await store.save("broken", { a: "b" });
        return {
          before,
          after: [await load(same, "one"), await load(store, "two"), await load(other, "one"), dropped],
          anew: await load(store, "broken"),
          warnings,
        };
      });
      expect(found).toEqual({
        before: "nothing",
        after: [
          { "matmul 1": "tiled", "matmul 2": "tiled", "matmul 3": "naive" },
          { "matmul 1": "naive" },
          "nothing",
          "nothing",
        ],
        anew: { a: "b" },
        warnings: Array(2).fill(expect.stringContaining("holds no choices for broken; it is ignored")),
      });
    } finally {
      await browser.close();
      server.close();
    }
  });
}
