// npm run pages -- NAME…: runs the programs of these pages (all without a name) and prints what each block prints, for
// writing the `text` blocks behind them.
import { pages, programsOf } from "./blocks.ts";
import { runPrograms } from "./run-programs.ts";

const names = process.argv.slice(2).filter((arg) => arg !== "--");
const chosen = pages.filter((page) => names.length === 0 || names.some((name) => page.includes(name)));
const outcomes = await runPrograms(chosen.flatMap((page) => programsOf(page)));
for (const [{ page, blocks }, { printed, error, ms }] of outcomes) {
  console.log(`\n=== ${page}:${blocks[0]?.line} (${ms} ms)`);
  for (const [i, text] of printed.entries()) console.log(`--- line ${blocks[i]?.line}\n${text}`);
  if (error) console.log(error);
}
