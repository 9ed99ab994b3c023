import { existsSync, readdirSync } from "node:fs";

/**
 * What the bars of the page list. A page is `docs/<link>.md`, of the Chinese ones `docs/zh/<link>.md`; the playground
 * and the start page lie in `site/pages`.
 */
interface Page {
  readonly text: string;
  readonly link: string;
}

interface Section {
  readonly text: string;
  readonly pages: readonly Page[];
}

/** What `npm run docs` makes of the docstrings, where it was run: a page for each entry point and namespace. */
const api = new URL("../../docs/api/seqgrad/", import.meta.url);
const namespaces = (folder: URL, link: string): Page[] =>
  (existsSync(folder) ? readdirSync(folder) : [])
    .map((name) => name.replace(/\.md$/, ""))
    .map((name) => ({ text: name, link: `${link}${name}${existsSync(new URL(`${name}/`, folder)) ? "/" : ""}` }));

const reference: readonly Section[] = existsSync(api)
  ? [
      {
        text: "Reference",
        pages: [
          { text: "seqgrad", link: "/api/seqgrad/" },
          ...namespaces(new URL("namespaces/", api), "/api/seqgrad/namespaces/"),
          { text: "seqgrad/data", link: "/api/seqgrad/data" },
        ],
      },
    ]
  : [];

export const sections: readonly Section[] = [
  {
    text: "Guide",
    pages: [
      { text: "Start here", link: "/start" },
      { text: "Concepts", link: "/concepts" },
      { text: "Training", link: "/training" },
      { text: "Data", link: "/data" },
    ],
  },
  {
    text: "Models",
    pages: [
      { text: "Recurrent layers", link: "/recurrent" },
      { text: "Attention", link: "/attention" },
      { text: "Cells of your own", link: "/cells" },
    ],
  },
  {
    text: "Use",
    pages: [
      { text: "Saving and loading", link: "/saving" },
      { text: "Coming from PyTorch or Keras", link: "/migration" },
      { text: "Performance", link: "/performance" },
      { text: "Hosts", link: "/hosts" },
      { text: "Troubleshooting", link: "/troubleshooting" },
      { text: "Questions", link: "/faq" },
    ],
  },
  {
    text: "Inside",
    pages: [
      { text: "How it works", link: "/how-it-works" },
      { text: "A kernel, from the formula to fast", link: "/kernels" },
      { text: "Decisions", link: "/decisions" },
      { text: "Features", link: "/features" },
    ],
  },
  ...reference,
];

export const chineseSections: readonly Section[] = [
  {
    text: "指南",
    pages: [
      { text: "从这里开始", link: "/zh/start" },
      { text: "概念", link: "/zh/concepts" },
    ],
  },
];

export const navigation: readonly Page[] = [
  { text: "Playground", link: "/playground" },
  { text: "Documentation", link: "/start" },
  ...reference.map(({ text }) => ({ text, link: "/api/seqgrad/" })),
];

export const chineseNavigation: readonly Page[] = [
  { text: "试验台", link: "/playground" },
  { text: "文档", link: "/zh/start" },
  ...reference.map(() => ({ text: "参考", link: "/api/seqgrad/" })),
];
