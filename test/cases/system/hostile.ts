// Every function that needs a device, called with everything wrong: what comes of it is a result or one of our errors, raised
// before the device is touched, and the device works afterwards.
import type { Case, CaseContext } from "../../../harness/case.ts";
import { checkRow, works } from "../../hostile/check-device.ts";
import { deviceRows } from "../../hostile/rows-device.ts";
import { strangers } from "../../hostile/world.ts";
import { assertEqual } from "../support/assert.ts";

async function everyRow({ device }: CaseContext): Promise<void> {
  const others = await strangers(device);
  const problems: string[] = [];
  for (const [name, row] of Object.entries(deviceRows)) {
    problems.push(...(await checkRow(device, name, row, others.values)));
    await works(device);
  }
  others.dispose();
  assertEqual("problems", problems.slice(0, 12), []);
}

export const hostileCases: readonly Case[] = [{ name: "hostile arguments", run: everyRow }];
