import { ownedBytes, type Program } from "./program.ts";

/** What a program does at each run, in numbers. */
export interface ProgramStats {
  /** Dispatches of a run. */
  readonly dispatches: number;
  /** Submits of a run. */
  readonly submits: number;
  /** Pipelines that are used, each once. */
  readonly pipelines: number;
  /** Bind groups that are used, each once. */
  readonly bindGroups: number;
  /** Buffers of the program's own, parameters and optimizer state aside. */
  readonly buffers: number;
  /** Bytes of these buffers. */
  readonly bytes: number;
  /** Bytes of parameters, gradients and optimizer state that it uses. */
  readonly externalBytes: number;
  /** Operations on floats, estimated by the shapes. */
  readonly flops: number;
}

/** @internal */
export function programStats(program: Program): ProgramStats {
  const own = program.buffers.filter(({ kind }) => kind !== "external");
  const external = program.buffers.filter(({ kind }) => kind === "external");
  return {
    dispatches: program.dispatches.length,
    submits: program.cuts.length + 1,
    pipelines: program.pipelines.length,
    bindGroups: program.bindGroups.length,
    // the uniforms are one more
    buffers: own.length + 1,
    bytes: ownedBytes(program),
    externalBytes: external.reduce((sum, { bytes }) => sum + bytes, 0),
    flops: program.dispatches.reduce((sum, { flops }) => sum + flops, 0),
  };
}

/** @internal A table of what will run: kernels with their dispatches, then memory by kind. */
export function describeProgram(program: Program): string {
  const stats = programStats(program);
  const kernels = new Map<string, { count: number; flops: number }>();
  for (const { pipeline, flops } of program.dispatches) {
    const { kernel, variant } = program.pipelines[pipeline] as Program["pipelines"][number];
    const name = variant === "default" ? kernel : `${kernel} (${variant})`;
    const entry = kernels.get(name) ?? { count: 0, flops: 0 };
    kernels.set(name, { count: entry.count + 1, flops: entry.flops + flops });
  }
  const rows = [...kernels].map(([name, { count, flops }]) => [name, String(count), (flops / 1e6).toFixed(2)]);
  const memory = new Map<string, { count: number; bytes: number }>();
  for (const { kind, bytes } of program.buffers) {
    const entry = memory.get(kind) ?? { count: 0, bytes: 0 };
    memory.set(kind, { count: entry.count + 1, bytes: entry.bytes + bytes });
  }
  memory.set("uniform", { count: 1, bytes: program.uniforms.byteLength });
  const memoryRows = [...memory].map(([kind, { count, bytes }]) => [kind, String(count), formatBytes(bytes)]);
  const choiceRows = describeChoices(program);
  return [
    `${stats.dispatches} dispatches in ${stats.submits} submit${stats.submits === 1 ? "" : "s"}, ${stats.bindGroups} bind groups, ${stats.pipelines} pipelines`,
    formatTable(["kernel", "dispatches", "MFLOP"], rows),
    `${stats.buffers} buffers, ${formatBytes(stats.bytes)}; shared with the model ${formatBytes(stats.externalBytes)}`,
    formatTable(["memory", "buffers", "bytes"], memoryRows),
    ...(choiceRows.length > 0 ? [formatTable(["choice", "way", "by", "times"], choiceRows)] : []),
    ...program.notes,
  ].join("\n");
}

/** The way that each choice took, and whether it was measured or went by the rule; equal ones in one row. */
function describeChoices({ choices }: Program): string[][] {
  const rows = new Map<string, { readonly cells: string[]; times: number }>();
  for (const { key, ways, way, measured } of choices) {
    if (ways.length < 2) continue;
    const cells = [key, way, measured ? "measured" : "rule"];
    const row = rows.get(cells.join("\n")) ?? { cells, times: 0 };
    rows.set(cells.join("\n"), row);
    row.times++;
  }
  return [...rows.values()].map(({ cells, times }) => [...cells, String(times)]);
}

/** @internal */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 2 ** 20) return `${(bytes / 1024).toFixed(1)} KiB`;
  return bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${(bytes / 2 ** 30).toFixed(2)} GiB`;
}

/** @internal Columns aligned by spaces: the first to the left, numbers to the right. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? "").length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number)))
      .join("  ")
      .trimEnd();
  return [head, ...rows].map((row) => `  ${line(row)}`).join("\n");
}
