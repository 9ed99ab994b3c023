/** Code and tables without `style` attributes, which the page's policy forbids. */
import { createCssVariablesTheme } from "shiki";
import type { MarkdownOptions } from "vitepress";

type Marked = { properties: Record<string, unknown> };

/** `color:var(--shiki-token-keyword)` becomes the class `token-keyword`; the theme's style has its colours. */
function styleToClass(node: Marked): void {
  const kind = /--shiki-(token-[a-z-]+)/.exec(String(node.properties.style ?? ""))?.[1];
  delete node.properties.style;
  if (kind) node.properties.class = kind;
}

export const withoutStyles: MarkdownOptions = {
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
    // Columns that a table aligns
    markdown.core.ruler.push("align_by_class", ({ tokens }) => {
      for (const token of tokens) {
        const side = /text-align:(\w+)/.exec(String(token.attrGet("style") ?? ""))?.[1];
        if (side === undefined) continue;
        token.attrs = (token.attrs ?? []).filter(([name]) => name !== "style");
        token.attrJoin("class", `align-${side}`);
      }
    });
  },
};
