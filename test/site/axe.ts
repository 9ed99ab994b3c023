/** What axe-core finds in a page. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "puppeteer";
import { root } from "../../harness/setup/paths.mjs";

interface Found {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string }[];
}

/** Serious and critical ones, each with where it is. */
export async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(join(root, "site", "node_modules", "axe-core", "axe.min.js"), "utf8"));
  const found = (await page.evaluate("axe.run().then(({ violations }) => violations)")) as Found[];
  return found
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}
