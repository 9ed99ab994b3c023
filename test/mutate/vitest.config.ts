import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { type RoomName, rooms } from "../../harness/mutate/rooms.ts";

const { tests, cases } = rooms[process.env.SEQGRAD_MUTATE_ROOM as RoomName];

export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  resolve: { alias: { seqgrad: fileURLToPath(new URL("../../src/node.ts", import.meta.url)) } },
  test: {
    include: [
      ...tests.map((each) => (each.endsWith("**") ? `${each}/*.test.ts` : each)),
      ...(cases.length > 0 ? ["test/mutate/in-process.ts"] : []),
    ],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
