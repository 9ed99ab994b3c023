/** The documentation's pages with the API reference among them: where links lead, and what search finds. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as data from "../../src/data/index.ts";
import * as seqgrad from "../../src/index.ts";
import { seriousFaults } from "./axe.ts";
import { builtSite, OpenedSite } from "./opened.ts";

describe("the API reference", () => {
  let site: OpenedSite;
  let folder: string;
  beforeAll(async () => {
    folder = await builtSite();
    site = await OpenedSite.open();
  });
  afterAll(() => site?.close());

  test("each link of each page leads to a page, and to a place in it", () => {
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".html"));
    const pages = new Map(files.map((file) => [`/${file}`, new Set(idsIn(read(file)))]));
    const broken: string[] = [];
    let links = 0;
    for (const file of files) {
      for (const [, href = ""] of read(file).matchAll(/<a\s[^>]*href="([^"]*)"/g)) {
        const url = new URL(href.replaceAll("&amp;", "&"), `http://site/${file}`);
        if (url.host !== "site") continue;
        links++;
        const path = url.pathname.endsWith("/") ? `${url.pathname}index.html` : url.pathname;
        const ids = pages.get(decodeURI(path));
        const isThere = ids
          ? url.hash === "" || url.pathname === "/playground.html" || ids.has(decodeURIComponent(url.hash.slice(1)))
          : isFile(path);
        if (!isThere) broken.push(`${file}: ${href}`);
      }
    }
    expect(links).toBeGreaterThan(1000);
    expect([...new Set(broken)]).toEqual([]);
  });

  test("each page has a policy without unsafe-inline and unsafe-eval", () => {
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".html"));
    // the frame of the cells' worker has one of its own
    for (const file of files.filter((each) => each !== "cell-frame.html")) {
      const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(read(file))?.[1];
      expect(policy, file).toContain("default-src 'self'");
      expect(policy, file).not.toContain("unsafe-");
    }
  });

  test("it has everything that the package exports", () => {
    const headings = (file: string) =>
      [...read(file).matchAll(/<h3 id="[^"]*"[^>]*>([^<]*)/g)].map(([, text = ""]) => text);
    const isNamespace = (name: string) =>
      existsSync(join(folder, "api", "seqgrad", "namespaces", name)) || isFile(`/api/seqgrad/namespaces/${name}.html`);
    for (const [file, exported] of [
      ["api/seqgrad/index.html", seqgrad],
      ["api/seqgrad/data.html", data],
    ] as const) {
      const said = headings(file).map((text) => text.replace(/^abstract\s+/, "").replace(/\W.*$/, ""));
      expect(Object.keys(exported).filter((name) => !said.includes(name) && !isNamespace(name))).toEqual([]);
    }
  });

  test("the bar leads to it, search finds what it says, and it is usable on a phone", async () => {
    const { page, faults } = await site.page("/start.html", (opening) =>
      opening.setViewport({ width: 1280, height: 900 }),
    );
    const bar = await page.$$eval(".VPNavBarMenu a", (all) =>
      all.map((a) => [a.textContent?.trim(), a.getAttribute("href")]),
    );
    expect(bar).toContainEqual(["Reference", "/api/seqgrad/"]);
    await page.click(".VPNavBarSearch button");
    await page.waitForSelector("#localsearch-input");
    await page.type("#localsearch-input", "meanSquaredError");
    await page.waitForSelector(".results a");
    await expect
      .poll(() => page.$$eval(".results a", (all) => all.map((a) => a.getAttribute("href"))))
      .toContain("/api/seqgrad/namespaces/losses.html#meansquarederror");
    await page.setViewport({ width: 360, height: 740 });
    for (const path of ["/api/seqgrad/namespaces/nn/", "/api/seqgrad/data.html", "/recurrent.html", "/zh/start.html"]) {
      await page.goto(site.server.origin + path, { waitUntil: "networkidle0" });
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
      expect(await seriousFaults(page)).toEqual([]);
    }
    expect(faults).toEqual([]);
    await page.close();
  });

  const read = (file: string) => readFileSync(join(folder, file), "utf8");
  const isFile = (path: string) => existsSync(join(folder, path)) && statSync(join(folder, path)).isFile();
});

const idsIn = (html: string) => [...html.matchAll(/\sid="([^"]*)"/g)].map(([, id = ""]) => id);
