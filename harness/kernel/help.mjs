// What --help says. Plain JavaScript: it is printed before any package is installed.

export const help = `Checks and times kernels: compiles them with Dawn and with naga, runs the cases that reach
them, compares them with the naive way, and times both.

  npm run kernel -- NAME… [options]

  NAME                a kernel (lstm_rows_forward), the beginning of several (lstm_rows), or a
                      file or the beginning of its path (recurrent/rows.wgsl, rows/)
  --watch             again whenever a kernel, an operation or a case is saved
  --seconds N         of cases, by what they took before; of those that run by several ways
                      the ways that reach the kernels (default: 1)
  --all               all cases that reach the kernels, likewise
  --survey            first runs every case that has not been run yet to see which kernels it
                      reaches (minutes); npm test notes it too
  --no-cases          compiles and times only
  --no-times          compiles and runs the cases only
  --version           the version of seqgrad
  --help              this page
`;
