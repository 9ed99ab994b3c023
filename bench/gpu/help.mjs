// What --help says. Plain JavaScript: it is printed before any package is installed.

export const help = `What a machine with a GPU is asked: whether all cases are right there, then what things cost.

  npm run gpu -- [options]
  npm run gpu -- --pack FOLDER     writes what a machine without network or packages needs; there: bash FOLDER/run [options]

Beside what was measured stands what the model says (npm run isa -- --model) where it knows the card: H100, H200, RTX 3060.

  --only LIST         of cases, dispatches, layers, attention, kernels, torch; all without it, in this order
  --case LIST         of the cases, layers and so on those whose names contain one of these texts
  --json FILE         where results go (default: bench/results/gpu-<adapter>.json, in a pack results/gpu-<adapter>.json)
  --as KIND           has kernels chosen as on an adapter of this kind in the cases: software, hardware
  --budget SECONDS    of timing for one layer, attention or product (default: 5)
  --adapter KIND      auto, hardware, software (default: auto, a GPU where there is one)
  --version           the version of seqgrad
  --help              this page
`;
