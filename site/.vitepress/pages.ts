import { existsSync } from "node:fs";

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

/** What `npm run docs` makes of the docstrings, where it was run. */
const reference: readonly Section[] = existsSync(new URL("../../docs/api/index.md", import.meta.url))
  ? [
      {
        text: "Reference",
        pages: [
          { text: "seqgrad", link: "/api/index/" },
          { text: "seqgrad/nn", link: "/api/index/namespaces/nn/" },
          ...["losses", "optim", "schedules", "callbacks", "metrics", "debug"].map((name) => ({
            text: name,
            link: `/api/index/namespaces/${name}`,
          })),
          { text: "seqgrad/data", link: "/api/data" },
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
];

export const chineseNavigation: readonly Page[] = [
  { text: "试验台", link: "/playground" },
  { text: "文档", link: "/zh/start" },
];
