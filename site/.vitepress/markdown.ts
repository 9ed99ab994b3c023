/** Markdown for the site: without `style` attributes, which the page's policy forbids, and with links that lead somewhere. */
import { posix } from "node:path";
import { createCssVariablesTheme } from "shiki";
import type { MarkdownOptions } from "vitepress";

type Marked = { properties: Record<string, unknown> };

/** `color:var(--shiki-token-keyword)` becomes the class `token-keyword`; the theme's style has its colours. */
function styleToClass(node: Marked): void {
  const kind = /--shiki-(token-[a-z-]+)/.exec(String(node.properties.style ?? ""))?.[1];
  delete node.properties.style;
  if (kind) node.properties.class = kind;
}

/**
 * Where a link of a page leads: what it names of the checkout that is no page itself is where the source is.
 * @param page as the site has it, without the folder docs
 */
function leadSomewhere(href: string, page: string, source: string): string {
  if (/^([a-z]+:|[/#])/i.test(href)) return href;
  const [path = "", place] = href.split("#");
  const named = posix.join("docs", posix.dirname(page), path);
  // a heading that begins with a digit has another id here than at the source
  if (named.startsWith("docs/")) return href.replace(/#(?=\d)/, "#_");
  return `${source}${named}${place === undefined ? "" : `#${place}`}`;
}

/** As the site has it; search indexes it by its place in the checkout, and where a title alone is read there is none. */
const pageOf = ({ relativePath = "" }: { relativePath?: string }) => relativePath.replace(/^docs\//, "");

/** @param source where the checkout's files can be read, with a slash at the end */
export const markdownOf = (source: string): MarkdownOptions => ({
  theme: createCssVariablesTheme({ name: "classes", variablePrefix: "--shiki-", fontStyle: false }),
  codeTransformers: [
    {
      name: "classes for styles",
      pre(node) {
        delete node.properties.style;
      },
      span: styleToClass,
    },
  ],
  config: (markdown) => {
    // The reference's links go to ids that it gives itself; "Parameters" and the like below one must not be given the same.
    markdown.core.ruler.before("anchor", "ids_of_their_own", ({ tokens, env }) => {
      if (!pageOf(env).startsWith("api/")) return;
      let [above, count] = ["page", 0];
      for (const token of tokens) {
        if (token.type !== "heading_open") continue;
        const id = token.attrGet("id");
        if (id === null) token.attrSet("id", `${above}--${++count}`);
        else [above, count] = [id, 0];
      }
    });
    markdown.core.ruler.push("for_the_site", ({ tokens, env }) => {
      for (const token of tokens) {
        // the keyboard scrolls it, as it does the blocks in colour
        if (token.type === "code_block") token.attrSet("tabindex", "0");
        let before = "";
        for (const link of token.children ?? []) {
          const href = link.type === "link_open" ? link.attrGet("href") : null;
          if (href === null) continue;
          // inherited constructors, which the reference gives no id: behind a link to their class
          before = /^#constructor-\d+$/.test(href) ? before : leadSomewhere(href, pageOf(env), source);
          link.attrSet("href", before);
        }
        // of a table's column
        const side = /text-align:(\w+)/.exec(String(token.attrGet("style") ?? ""))?.[1];
        if (side === undefined) continue;
        token.attrs = (token.attrs ?? []).filter(([name]) => name !== "style");
        token.attrJoin("class", `align-${side}`);
      }
    });
  },
});
