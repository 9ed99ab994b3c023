import { afterAll, beforeAll } from "vitest";
import { type Device, openDevice } from "../../src/node.ts";

/** The device of a test file that imports it: opened before its tests, disposed of behind them. */
export let device: Device;

beforeAll(async () => {
  device = await openDevice();
});
afterAll(() => device.dispose());
