export const help = `Builds the page, with the playground and the documentation, and serves it on loopback. The benchmark's peers and the API
reference come a little later.

  npm run site [-- options]

Options
  --port N          where it is served, on 127.0.0.1 (default: any that is free)
  --build DIR       writes its files into DIR instead, for any static host
  --base PATH       where it will lie on that host, such as /seqgrad/ (default: /)
  --version         the version of seqgrad
  --help            this page

Ctrl-C ends it.
`;
