import { fileURLToPath } from "node:url";
import { type DefaultTheme, defineConfig } from "vitepress";
import { markdownOf } from "./markdown.ts";
import { chineseNavigation, chineseSections, navigation, sections } from "./pages.ts";
import { withPolicy } from "./policy.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const source = "https://github.com/seqgrad/seqgrad";

/** What the library loads where it is asked for, and no page asks. */
const external = ["@huggingface/tokenizers"];

const bars = (pages: typeof navigation, listed: typeof sections): DefaultTheme.Config => ({
  nav: [...pages],
  sidebar: listed.map(({ text, pages: items }) => ({ text, items: [...items] })),
});

export default defineConfig({
  title: "seqgrad",
  description: "Train and run sequence models on WebGPU: LSTM, GRU, attention and cells of your own, in the browser.",
  srcDir: root,
  // The generator looks for pages in the whole checkout; these two folders have them.
  srcExclude: ["*.md", "{.cache,.ci,bench,examples,harness,kernels,runs,src,test}/**", "site/*.md"],
  rewrites: (page) => page.replace(/^(docs|site\/pages)\//, ""),
  cacheDir: `${root}/.cache/site/vitepress`,
  appearance: true,
  metaChunk: true,
  head: [["link", { rel: "icon", href: "data:," }]],
  locales: {
    root: { label: "English", lang: "en" },
    ...(chineseSections.length > 0 && {
      zh: { label: "中文", lang: "zh-CN", link: "/zh/start", themeConfig: bars(chineseNavigation, chineseSections) },
    }),
  },
  themeConfig: {
    ...bars(navigation, sections),
    outline: [2, 3],
    // few pages are there in both languages
    i18nRouting: false,
    search: { provider: "local" },
    socialLinks: [{ icon: "github", link: source }],
  },
  markdown: markdownOf(`${source}/blob/main/`),
  transformHtml: (html, file) => withPolicy(html, file),
  vite: {
    publicDir: `${root}/site/public`,
    resolve: {
      alias: [
        { find: /^seqgrad$/, replacement: `${root}/src/index.ts` },
        { find: /^seqgrad\/data$/, replacement: `${root}/src/data/index.ts` },
      ],
    },
    build: { target: "es2022", chunkSizeWarningLimit: 2000, rollupOptions: { external } },
    esbuild: { target: "es2022" },
    worker: { format: "es", rollupOptions: { external } },
  },
});
