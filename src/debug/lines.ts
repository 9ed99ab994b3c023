/** Lines of somebody's code from stacks of all hosts. */
import type { Source } from "../graph/source.ts";

interface Frame {
  /** Without the line, as the host writes it. */
  readonly url: string;
  /** `url:line:column`. */
  readonly place: string;
  readonly caller: string;
}

/** Chrome, Node and Deno: `at name (url:1:2)`; Firefox and Safari: `name@url:1:2`. */
function framesOf(stack: string): Frame[] {
  return stack.split("\n").flatMap((line) => {
    const found = /^\s*at (?:(.*?) \()?(.+?):(\d+):(\d+)\)?$/.exec(line) ?? /^(.*?)@(.+?):(\d+):(\d+)$/.exec(line);
    if (!found) return [];
    const [, caller = "", url = "", row, column] = found;
    const path = url.replace(/^async /, "").replace(/^file:\/\//, "");
    return [{ url: path, place: `${path}:${row}:${column}`, caller: caller.replace(/^(async|new) /, "") }];
  });
}

/** Tells this package's files from others: its folder, or where a bundler made one file of it, that file. */
function isOurs(): (url: string) => boolean {
  const own = framesOf(new Error().stack ?? "")[0]?.url ?? "";
  const folder = /^(.*\/)debug\/lines\.[jt]s/.exec(own)?.[1];
  return folder === undefined ? (url) => url === own : (url) => url.startsWith(folder);
}

/** Of the host's own. */
const isHost = (url: string): boolean => /^(node:|ext:|native|<anonymous>)/.test(url);

/**
 * @internal Where user code made a node: the innermost line outside of this package, `/home/me/model.ts:12:30 (Net.forward)`. Where
 * a bundler made one file of the package and the user's code, whose lines are whose shows at the outer end alone: the line of the
 * function that was traced. Undefined where no such line is known.
 */
export function userLine({ at, entry }: Source): string | undefined {
  const ours = isOurs();
  const all = framesOf(at.stack ?? "");
  // of the function that is traced and what it calls; the first frame of the other stack is its own
  const frames = entry ? all.slice(0, Math.max(0, all.length - framesOf(entry.stack ?? "").length + 1)) : all;
  // traced by a function of ours that calls it, which is the last
  const frame = frames.find(({ url }) => !ours(url) && !isHost(url)) ?? (entry ? frames.at(-2) : undefined);
  if (!frame) return undefined;
  const caller = frame.caller.replace(/^Object\./, "");
  return caller && caller !== "<anonymous>" ? `${frame.place} (${caller})` : frame.place;
}
