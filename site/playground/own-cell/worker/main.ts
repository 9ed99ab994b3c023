/**
 * The worker in which visitors' cells run. It begins in a frame whose policy lets nothing out, and speaks with the page through
 * a port alone, which no cell sees.
 */
import "./lock.ts";
import { type Device, openDevice } from "seqgrad";
import { placeIn } from "../places.ts";
import type { CellCommand, CellReport } from "../protocol.ts";
import { evaluate } from "./evaluate.ts";
import { race } from "./race.ts";
import { trace } from "./trace.ts";

type Work = CellCommand & { kind: "trace" | "race" };

// a cell's own line may lie deep below ours
(Error as { stackTraceLimit?: number }).stackTraceLimit = 50;

function serve(port: MessagePort): void {
  const tell = (report: CellReport) => port.postMessage(report);
  let device: Promise<Device> | undefined;
  let queue: Promise<void> = Promise.resolve();
  /** What was asked for last; what came before it is no longer wanted. */
  let wanted = 0;

  async function work({ kind, id, made, setting }: Work): Promise<void> {
    if (id !== wanted) return;
    try {
      const cell = evaluate(made.code);
      device ??= openDevice();
      const opened = await device;
      if (kind === "trace") {
        tell({ kind: "traced", id, traced: await trace(opened, cell, made.places, setting) });
      } else {
        await race(opened, cell, setting, { id, tell, isWanted: () => id === wanted });
        tell({ kind: "raced", id });
      }
    } catch (error) {
      const { name = "Error", message = String(error), stack = "" } = (error ?? {}) as Partial<Error>;
      if (name === "DeviceLostError") device = undefined;
      tell({ kind: "failed", id, name, message, place: placeIn(stack, made.places) });
    }
  }

  port.onmessage = ({ data: command }: MessageEvent<CellCommand>) => {
    if (command.kind === "ping") return tell({ kind: "pong" });
    wanted = command.kind === "stop" ? 0 : command.id;
    if (command.kind !== "stop") queue = queue.then(() => work(command));
  };
}

addEventListener("message", ({ ports: [port] }) => port && serve(port), { once: true });
