/** The benchmark's files beside the page: ours and, where they can be installed, those that it is compared with. */
import { join } from "node:path";
import { bundleForPage } from "../bench/bundle.ts";
import { commit } from "../bench/commit.ts";
import { installPeers } from "../bench/peers/install.ts";
import { say } from "../harness/setup/say.mjs";

/** Into a folder `benchmark` of the page's. A page loads none of them before it is asked to. */
export async function buildBenchmark(folder: string): Promise<void> {
  const problem = await installPeers().then(
    () => undefined,
    (error: Error) => error.message,
  );
  if (problem !== undefined) say(`the page's benchmark has no peers: ${problem}`);
  await bundleForPage(join(folder, "benchmark"), commit(), problem === undefined);
}
