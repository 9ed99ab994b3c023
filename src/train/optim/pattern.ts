import type { Kind } from "../../options.ts";

/**
 * Which parameters are meant, by name: the whole name, in which `*` stands for anything (`"rnn.*"`, `"*.bias"`), a regular
 * expression that some part of the name fits (`/bias_[ih]h/`), or a function.
 */
export type NamePattern = string | RegExp | ((name: string) => boolean);

export const patternKind: Kind = {
  expected: 'a name such as "rnn.*", a regular expression, or a function of the name',
  fits: (value) =>
    (typeof value === "string" && value !== "") || value instanceof RegExp || typeof value === "function",
};

/** Whether a name is meant. */
export function isMeant(pattern: NamePattern, name: string): boolean {
  if (typeof pattern === "function") return pattern(name);
  // a global expression remembers where it was
  if (typeof pattern !== "string") return name.search(pattern) >= 0;
  const [first = "", ...parts] = pattern.split("*");
  const last = parts.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last)) return false;
  let at = first.length;
  const end = name.length - last.length;
  for (const part of parts) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
