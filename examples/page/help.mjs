export const help = `Serves a page in which tasks run on files that you put in: classification, sentiment, spoken-digits, forecasting. Open it in a
browser that has WebGPU. All is computed in the page: no file leaves it.

  npm run example -- page [options]

Options
  --port N          where it is served, on 127.0.0.1 (default: any that is free)
  --version         the version of seqgrad
  --help            this page

Ctrl-C ends it.
`;
