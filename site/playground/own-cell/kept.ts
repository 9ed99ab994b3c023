/** Cells of the visitor's own: kept in this browser, or in a link. */
const key = "seqgrad playground cells";
const mostKept = 8;
/** Characters of an address that all browsers and messengers take. */
const mostShared = 2000;

/** What begins a text names it. */
export const titleOf = (text: string): string =>
  /^\s*\/\/\s*(.+)$/m.exec(text.split("\n", 1)[0] ?? "")?.[1]?.slice(0, 60) ?? "A cell without a name";

/** The newest first; nothing where the browser keeps nothing. */
export function keptCells(): string[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(found) ? found.filter((each): each is string => typeof each === "string") : [];
  } catch {
    return [];
  }
}

export function keepCells(texts: readonly string[]): void {
  try {
    localStorage.setItem(key, JSON.stringify(texts.slice(0, mostKept)));
  } catch {
    // a browser that keeps nothing for this page still shows what is open
  }
}

const through = async (bytes: BlobPart, stream: CompressionStream | DecompressionStream): Promise<Uint8Array> =>
  new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());

/** A text as an address has it; null where that would be too long. */
export async function packed(text: string): Promise<string | null> {
  const bytes = await through(text, new CompressionStream("deflate-raw"));
  const said = btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
  return said.length > mostShared ? null : said;
}

/** Throws where it is none. */
export async function unpacked(said: string): Promise<string> {
  const bytes = Uint8Array.from(atob(said.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
  return new TextDecoder("utf-8", { fatal: true }).decode(await through(bytes, new DecompressionStream("deflate-raw")));
}

/** Of an address; null where there is none in it. */
export const sharedCell = (hash: string): string | null => new URLSearchParams(hash.replace(/^#/, "")).get("own");
