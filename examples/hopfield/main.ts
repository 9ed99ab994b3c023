// What a Hopfield network can store: by Hebb's rule, and by attention.
import { type Device, openDevice } from "seqgrad";
import { prepareFolder, putFiles } from "../shared/files.ts";
import { runProgram } from "../shared/program.ts";
import { seededRandom } from "../shared/random.ts";
import { table } from "../shared/terminal.ts";
import { type CapacityCurve, measureCapacity } from "./capacity.ts";
import { capacityPicture, type Gallery, recallPicture, resultsJson, returned } from "./figures.ts";
import { files, help } from "./help.mjs";
import { openClassical, openModern } from "./networks.ts";
import { type HopfieldOptions, parseOptions } from "./options.ts";
import { corrupted, letters, pixels, unlike } from "./pictures.ts";

const print = (text: string) => process.stdout.write(text);

/** Stored patterns per unit in the first chart. */
const loads = [0.01, 0.04, 0.07, 0.1, 0.12, 0.13, 0.14, 0.15, 0.16, 0.18, 0.2, 0.25, 0.3, 0.4];
/** Units of the second chart's networks. */
const small = [10, 20, 30];

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  prepareFolder(options.out, files);
  const device = await openDevice({ adapter: options.adapter });
  print(`adapter  ${device.adapter.name} (${device.adapter.kind})\n\n`);

  const galleries = [
    await recallPictures(device, "Pictures that are unlike one another", unlike, options),
    await recallPictures(device, "Letters, which are alike", letters, options),
  ];
  for (const gallery of galleries) {
    const back = (ended: readonly Float32Array[]) => `${returned(gallery, ended)} of ${gallery.stored.length}`;
    print(`  ${gallery.title}: by Hebb's rule ${back(gallery.classical)} come back, by attention `);
    print(`${back(gallery.modern)}\n`);
  }

  const measure = async (network: CapacityCurve["network"], units: number, counts: readonly number[]) => {
    const curve = await measureCapacity(device, network, units, counts, options);
    print(`\n  ${network}, n = ${units}\n\n${pointsOf(curve)}`);
    return curve;
  };
  const countsFor = (units: number) => [...new Set(loads.map((load) => Math.max(1, Math.round(load * units))))];
  const quarter = Math.round(options.units / 4);
  const powers = Array.from({ length: Math.floor(Math.log2(options.most)) }, (_, i) => 2 ** (i + 1));
  const load = [
    await measure("classical", options.units, countsFor(options.units)),
    await measure("classical", quarter, countsFor(quarter)),
    await measure("modern", quarter, countsFor(quarter)),
  ];
  const growth: CapacityCurve[] = [];
  for (const units of small) growth.push(await measure("modern", units, powers));
  growth.push(await measure("classical", small.at(-1) as number, powers.slice(0, 6)));

  putFiles(options.out, {
    "results.json": resultsJson(device.adapter, options, galleries, { load, growth }),
    "capacity.svg": capacityPicture(options, load, growth),
    "recall.svg": recallPicture(galleries, options.pictureNoise),
  });
  print(`\nwritten  ${options.out}: ${files.join(", ")}\n`);
  return 0;
}

async function recallPictures(
  device: Device,
  title: string,
  stored: readonly Float32Array[],
  { pictureNoise, updates, beta, seed }: HopfieldOptions,
): Promise<Gallery> {
  const random = seededRandom(seed);
  const begun = stored.map((picture) => corrupted(picture, Math.round(pictureNoise * pixels), random));
  const sizes = { units: pixels, room: stored.length, states: stored.length };
  const networks = [await openClassical(device, sizes, updates), await openModern(device, sizes, beta)];
  const ended: Float32Array[][] = [];
  for (const network of networks) {
    const all = await network.recall(joined(stored), stored.length, joined(begun));
    ended.push(stored.map((_, i) => all.subarray(i * pixels, (i + 1) * pixels)));
    network.dispose();
  }
  const [classical, modern] = ended as [Float32Array[], Float32Array[]];
  return { title, stored, begun, classical, modern };
}

const joined = (rows: readonly Float32Array[]) => Float32Array.from(rows.flatMap((row) => [...row]));

function pointsOf({ points, units }: CapacityCurve): string {
  const share = (value: number) => `${(100 * value).toFixed(1)}%`;
  const rows = points.map(({ stored, recalled, exact }) => [
    String(stored),
    (stored / units).toFixed(3),
    share(recalled),
    share(exact),
  ]);
  return table(["stored", "per unit", "95% right", "all right"], rows);
}

await runProgram("hopfield", help, main);
