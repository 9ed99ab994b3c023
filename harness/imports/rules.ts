// Which folder of src/ may import which.

/** The main line, lowest first: a room may import what comes before it. */
const mainLine = [
  "errors",
  "options",
  "float16",
  "kernels",
  "graph",
  "ops",
  "plan",
  "gpu",
  "run",
  "nn",
  "metrics",
  "train",
  "generate",
  "debug",
  "index",
  "node",
];

/** Rooms beside it, which know the common ground alone. Only from training upwards are they imported: the rest knows no files. */
const sideRooms = ["data", "io"];
const common = ["errors", "options", "float16"];
const sideRoomsFrom = "train";

/** What may import Node's own modules: this file, which alone may import the `webgpu` package, and what it is made of. */
const nodeFile = "src/node.ts";
const nodeFolder = "src/node/";

/** A file's room: its folder right below src/, or for a file there its own name. */
export function roomOf(file: string): string {
  return (file.split("/")[1] ?? "").replace(/\.ts$/, "");
}

/** Why a file of the room `from` may not import one of the room `to`; undefined if it may. */
export function whyNotRoom(from: string, to: string): string | undefined {
  if (from === to) return undefined;
  const unknown = [from, to].find((room) => !mainLine.includes(room) && !sideRooms.includes(room));
  if (unknown !== undefined)
    return `src/${unknown} is no known room; rooms are ${[...mainLine, ...sideRooms].join(", ")}`;
  if (sideRooms.includes(from)) return common.includes(to) ? undefined : `${from} may import only ${common.join(", ")}`;
  const lowest = mainLine.indexOf(sideRooms.includes(to) ? sideRoomsFrom : to);
  const allowed = sideRooms.includes(to) ? mainLine.indexOf(from) >= lowest : mainLine.indexOf(from) > lowest;
  return allowed ? undefined : `${from} may not import ${to}: imports run ${mainLine.join(" <- ")}`;
}

/** Packages that the user may have, and the folder that loads them when it needs them. */
const peers = ["papaparse", "@huggingface/tokenizers"];
const peersFolder = "src/data/";

/** Why a file of src/ may not import a package or a built-in module. */
export function whyNotPackage(file: string, specifier: string, isDynamic = false): string | undefined {
  const isForNode = file === nodeFile || file.startsWith(nodeFolder);
  if (isForNode && specifier.startsWith("node:")) return undefined;
  if (file === nodeFile && specifier === "webgpu") return undefined;
  if (file.startsWith(peersFolder) && isDynamic && peers.includes(specifier)) return undefined;
  return `src/ imports no package and no built-in module (${nodeFile} alone: node:… and webgpu; ${nodeFolder}: node:…; ${peersFolder} by import(…): ${peers.join(", ")})`;
}
