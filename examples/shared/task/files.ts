/** The files of a data set: from a disk in Node, put in by hand in a page. Nothing here knows which. */
import { UserError } from "../errors.ts";

export interface Files {
  /** What messages call the whole: a path, or what was made up. */
  readonly name: string;
  /** Paths inside it, in alphabetical order, or one name where it is a single file. */
  readonly names: readonly string[];
  bytes(name: string): Promise<Uint8Array<ArrayBuffer>>;
}

/** Files that are there already: made by a program, or chosen in a page. */
export function filesOf(name: string, contents: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>): Files {
  return {
    name,
    names: Object.keys(contents).sort(),
    async bytes(each) {
      const content = contents[each];
      if (content === undefined) throw new UserError(`${name}: has no file ${each}`);
      return typeof content === "string" ? new TextEncoder().encode(content) : content;
    },
  };
}

/** What errors call a file. */
export const pathOf = (files: Files, name: string): string =>
  files.names.length === 1 && files.name.endsWith(name) ? files.name : `${files.name}/${name}`;

/** A text file, decompressed where its name ends in .gz. Throws a UserError where it is not UTF-8. */
export async function readText(files: Files, name: string): Promise<string> {
  const path = pathOf(files, name);
  let bytes = await files.bytes(name);
  if (name.endsWith(".gz")) {
    try {
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
      bytes = new Uint8Array(await new Response(stream).arrayBuffer());
    } catch {
      throw new UserError(`${path}: is not a whole gzip file; give another, or one that is not compressed`);
    }
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`${path}: is not UTF-8; save it as UTF-8`);
  }
}

/** Lines without their ends; what follows the last end of a line is one where it is not empty. */
export function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
