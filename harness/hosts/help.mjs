// What --help says. Plain JavaScript: it is printed before any package is installed.

export const help = `Runs the cases of test/cases in hosts and prints what comes of them.

  npm run hosts -- [HOST] [PART…] [options]

  HOST                node, chromium or deno; all of these without it. Or firefox, if it is on this machine
                      (SEQGRAD_FIREFOX: its program)
  PART                of a case's name; all cases without it
  --as KIND           has kernels chosen as on an adapter of this kind: software, hardware
  --driver llvmpipe   a second driver, which is Mesa's, in node, deno and firefox; fetched once (Linux on x64)
  --version           the version of seqgrad
  --help              this page
`;
