/** Files that were put into a page by hand. */
import { UserError } from "../errors.ts";
import type { Files } from "./files.ts";

/** What a file input or a drop gives. Throws a UserError where there is none, or where two have the same name. */
export function filesFromPage(what: string, list: Iterable<File>): Files {
  const files = new Map<string, File>();
  for (const file of list) {
    if (files.has(file.name)) throw new UserError(`${what}: there are two files ${file.name}; give one of them`);
    files.set(file.name, file);
  }
  const [first] = files.keys();
  if (first === undefined) throw new UserError(`${what}: no file was given; choose some`);
  return {
    name: files.size === 1 ? first : what,
    names: [...files.keys()].sort(),
    async bytes(name) {
      const file = files.get(name);
      if (!file) throw new UserError(`${what}: has no file ${name}`);
      return new Uint8Array(await file.arrayBuffer());
    },
  };
}
