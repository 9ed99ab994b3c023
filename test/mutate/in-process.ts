// Cases in this process, where StrykerJS sees which of them run a changed line. Only `npm run mutate` runs this file.
import { afterAll, beforeAll, test } from "vitest";
import { type RoomName, rooms } from "../../harness/mutate/rooms.ts";
import { type Device, openDevice } from "../../src/node.ts";
import { cases } from "../cases/index.ts";

const beginnings: readonly string[] = rooms[process.env.SEQGRAD_MUTATE_ROOM as RoomName].cases;
const chosen = cases.filter(({ name }) => beginnings.some((beginning) => name.startsWith(beginning)));

let device: Device;
beforeAll(async () => {
  device = await openDevice();
});
afterAll(() => device.dispose());

test.for(chosen)("$name", (each) => each.run({ device, host: "node" }) as Promise<void>);
