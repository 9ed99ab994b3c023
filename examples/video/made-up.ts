/** Clips of shapes that move in eleven ways. One frame alone tells the shapes, hardly which way they go. */
import { encodeNpy } from "seqgrad/data";
import { type Random, seededRandom } from "../shared/random.ts";
import { type Files, filesOf } from "../shared/task/files.ts";

const [frames, side] = [12, 12];
const middle = (side - 1) / 2;
const turn = 2 * Math.PI;

/** How much of a pixel at (x, y) a shape covers, from 0 to 1. */
type Shape = (x: number, y: number) => number;

const cover = (distance: number) => Math.max(0, Math.min(1, 0.5 - distance));
const disc =
  (atX: number, atY: number, radius: number): Shape =>
  (x, y) =>
    cover(Math.hypot(x - atX, y - atY) - radius);

/** A bar about a place. */
function bar(atX: number, atY: number, angle: number): Shape {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return (x, y) => {
    const [along, across] = [c * (x - atX) + s * (y - atY), c * (y - atY) - s * (x - atX)];
    return cover(Math.max(Math.abs(along) - 3.5, Math.abs(across) - 0.7));
  };
}

/** From one wall to the other and back: 0 to `room`, at a distance walked. */
const bounced = (walked: number, room: number) =>
  room - Math.abs((((walked % (2 * room)) + 2 * room) % (2 * room)) - room);

/** A scene: what there is to be seen at each time. All that is random is drawn before it begins. */
type Scene = (random: Random) => (time: number) => readonly Shape[];

const between = (random: Random, low: number, high: number) => low + (high - low) * random();

/** A disc between two walls. */
const bouncing =
  (isAcross: boolean): Scene =>
  (random) => {
    const [start, other, speed] = [between(random, 0, 16), between(random, 2.5, side - 3.5), between(random, 0.7, 1.2)];
    return (time) => {
      const place = 1.5 + bounced(start + speed * time, side - 4);
      return [isAcross ? disc(place, other, 1.5) : disc(other, place, 1.5)];
    };
  };

/** A disc on its way round the middle; with `two` another, smaller one is opposite. */
const circling =
  (way: 1 | -1, two: boolean): Scene =>
  (random) => {
    const [start, speed, radius] = [random(), between(random, 0.07, 0.11), between(random, 2.2, two ? 5 : 4)];
    const [left, top] = [middle + between(random, -1, 1), middle + between(random, -1, 1)];
    return (time) => {
      const angle = turn * (start + way * speed * time);
      const [x, y] = [radius * Math.cos(angle), radius * Math.sin(angle)];
      const first = disc(left + x, top + y, two ? 1.9 : 1.5);
      return two ? [first, disc(left - x, top - y, 0.9)] : [first];
    };
  };

/** A bar about its middle; one that swings turns round half way. */
const turning =
  (way: 1 | -1, swings = false): Scene =>
  (random) => {
    const [start, speed] = [random(), between(random, 0.04, 0.08)];
    const [x, y] = [between(random, 4, side - 5), between(random, 4, side - 5)];
    const end = swings ? between(random, 4, 7) : frames;
    return (time) => [bar(x, y, turn * (start + way * speed * (end - Math.abs(time - end))))];
  };

/** A large and a small disc that meet half way, and go on or turn round. */
const meeting =
  (goOn: boolean): Scene =>
  (random) => {
    const angle = turn * random();
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    const [meet, speed, aside] = [between(random, 4, 7), between(random, 0.55, 0.85), between(random, -1, 1)];
    const at = (along: number, size: number) =>
      disc(middle + c * along - s * aside, middle + s * along + c * aside, size);
    return (time) => {
      const away = speed * (time - meet);
      const apart = goOn ? away : Math.max(Math.abs(away), 1.3);
      return [at(apart, 1.9), at(-apart, 0.9)];
    };
  };

const scenes: Readonly<Record<string, Scene>> = {
  across: bouncing(true),
  "up and down": bouncing(false),
  "round right": circling(1, false),
  "round left": circling(-1, false),
  "turn right": turning(1),
  "turn left": turning(-1),
  swing: turning(1, true),
  "dance right": circling(1, true),
  "dance left": circling(-1, true),
  cross: meeting(true),
  collide: meeting(false),
};

/** `count` clips of each way to move, as a folder of .npy files would hold them. */
export function madeUpClips(count: number, seed: number): Files {
  const random = seededRandom(seed);
  const files: Record<string, Uint8Array<ArrayBuffer>> = {};
  for (const [label, scene] of Object.entries(scenes)) {
    for (let clip = 0; clip < count; clip++) {
      const at = scene(random);
      const pixels = new Uint8Array(frames * side * side);
      for (let time = 0; time < frames; time++) {
        const shapes = at(time);
        for (let i = 0; i < side * side; i++) {
          const covered = Math.max(...shapes.map((shape) => shape(i % side, Math.floor(i / side))));
          pixels[time * side * side + i] = Math.round(255 * Math.min(1, 0.85 * covered + 0.15 * random()));
        }
      }
      files[`${label}_${String(clip).padStart(4, "0")}.npy`] = encodeNpy(pixels, [frames, side, side]);
    }
  }
  return filesOf("made-up clips", files);
}
