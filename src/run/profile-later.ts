import type { Profile, ProfileOptions } from "./profile.ts";
import type { Replay } from "./replay.ts";

/** `profileReplay`, fetched when it is called: most programs do without. */
export async function profileLater(replay: Replay, options: ProfileOptions, prepare: () => void): Promise<Profile> {
  const { profileReplay } = await import("./timing.ts");
  return profileReplay(replay, options, prepare);
}
