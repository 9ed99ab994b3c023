// Cases in this process, where StrykerJS sees which of them run a changed line. Only `npm run mutate` runs this file.
import { afterAll, beforeAll, test } from "vitest";
import { type RoomName, rooms } from "../../harness/mutate/rooms.ts";
import { type Device, openDevice } from "../../src/node.ts";
import { cases } from "../cases/index.ts";

const beginnings: readonly string[] = rooms[process.env.SEQGRAD_MUTATE_ROOM as RoomName].cases;

let device: Device;
beforeAll(async () => {
  device = await openDevice();
});
afterAll(() => device.dispose());

// by their whole names: StrykerJS chooses tests by them
for (const each of cases) {
  if (beginnings.some((beginning) => each.name.startsWith(beginning))) {
    test(each.name, () => each.run({ device, host: "node" }) as Promise<void>);
  }
}
