// What times kernels, loaded where a program asks for it: for a profile, and to choose among ways to compute.
export { profileReplay } from "./profile.ts";
export { tuneChoices, tuningClock } from "./tune/measure.ts";
