// WGSL as the package has it: without what only its readers need. Names stay, since dumps show them and programs write WGSL
// around them, and so do lines, since errors name those.

/** A line that the runtime reads by its tag. */
const tag = /\/\/ @\w/;

/** Without indentation, and without spaces that divide nothing. Comments but tags must be gone. */
export const minify = (text: string): string => text.split("\n").map(minifyLine).join("\n");

function minifyLine(line: string): string {
  const at = line.search(tag);
  if (at < 0) return withoutSpaces(line);
  const code = withoutSpaces(line.slice(0, at));
  const rest = line.slice(at).trim();
  return code === "" ? rest : `${code} ${rest}`;
}

const withoutSpaces = (code: string): string =>
  code
    .trim()
    .replace(/(\S)\s+(?=(\S))/g, (_, before: string, after: string) => before + (divides(before, after) ? " " : ""));

/** Whether these would be one token, or the start of a comment, without the space: `let x`, `a - -b`. */
const divides = (before: string, after: string): boolean =>
  (word.test(before) && word.test(after)) || (operator.test(before) && operator.test(after));

const word = /[\w.]/;
const operator = /[-+*/%&|^!=<>]/;
