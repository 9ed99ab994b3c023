// What --help says. Plain JavaScript: it is printed before any package is installed.

export const help = `Measures seqgrad beside TensorFlow.js, jax-js and ONNX Runtime Web, interleaved.

  npm run bench -- [options]

  --suite LIST        of workloads, layers, kernels, attention, scaling; all without it
  --case LIST         cases whose names contain one of these texts
  --peers LIST        of tfjs, jax, onnx, or none; all without it
  --host HOST         chromium, node, deno; peers run in chromium only (default: chromium)
  --adapter KIND      auto, hardware, software (default: auto, a GPU where there is one)
  --against COMMIT    beside this project as it was then, in turns; fails where it has become slower
  --json FILE         write the results there as well
  --quick             a few cases (or those of --case), a short time for each
  --budget SECONDS    of timing for a case (40; 8 with --quick)
  --first-calls N     N rounds of first calls in place of steps, each engine and
                      each configuration of it in a page of its own
  --dispatch-cost     what a dispatch costs in the host, in place of all cases:
                      encoding, submitting and waiting
  --version           the version of seqgrad
  --help              this page
`;

export const reportHelp = `Draws results as one page.

  npm run bench:report -- [options] [JSON files; those of bench/results without any]

  --out FILE          the page (default: bench/results/report.html)
  --version           the version of seqgrad
  --help              this page
`;
