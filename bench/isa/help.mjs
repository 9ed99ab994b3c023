// What --help says. Plain JavaScript: it is printed before any package is installed.

export const help = `Measures what the compilers of real GPUs make of our kernels, without a GPU: registers,
occupancy, workgroup memory, spills, and instructions per multiply-add of the hot loop. Renews the rows of
bench/isa/table whose kernels have changed.

  npm run isa -- [NAME…] [options]

  NAME                a kernel (matmul_tiled_strided), the beginning of several (lstm_), or a file or the
                      beginning of its path (recurrent/lanes.wgsl, matmul/); its rows are printed,
                      as they were and as they are; all without it
  --gpu LIST          of navi31, navi21, vega10; all without it
  --compiler LIST     of tint, naga; both without it
  --again             also what has not changed since it was measured
  --model             renews and prints bench/isa/model.md alone: milliseconds of training steps
                      on an H100 and an RTX 3060, by a model
  --version           the version of seqgrad
  --help              this page
`;
