/** The columns of numbers of a CSV file, by its first lines. Loaded when there is such a file. */
import { readCsv } from "seqgrad/data";

/** Enough to tell numbers from names; a word that comes later is told of when training begins. */
const lines = 500;

/** None where the lines cannot be read: training says what is wrong with them. */
export async function numberColumns(name: string, text: string): Promise<readonly string[]> {
  const head = text.split("\n", lines).join("\n");
  const table = await readCsv(head, { name }).catch(() => undefined);
  return table?.names.filter((each) => table.types[each] === "number") ?? [];
}
