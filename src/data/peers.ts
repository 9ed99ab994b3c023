import { UnsupportedError } from "../errors.ts";

/**
 * Loads a package that the user may or may not have installed. Throws UnsupportedError where it is not there, with what to
 * do about it.
 */
export async function loadPeer<T>(where: string, name: string, option: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const [why = ""] = String((error as Error | undefined)?.message ?? error).split("\n");
    throw new UnsupportedError(
      `${where}: the package ${name} does not load (${why.slice(0, 200)}); install it beside seqgrad (npm install ${name}), or pass it as ${option}`,
    );
  }
}
