/** The page's side of the worker that cells run in. */
import { withBase } from "vitepress";
import workerUrl from "../../../.cache/site/own-cell/cell-worker.js?url";
import type { CellCommand, CellReport } from "./protocol.ts";

/** So long may a cell not answer, in seconds. */
export const patience = 6;

/**
 * A worker whose policy lets nothing out: a policy of its own comes with a server's headers, which static hosts do not set, or
 * is taken over from the document that makes the worker from a blob. So a frame makes it, and its document has the policy.
 */
export class Sandbox {
  #frame: HTMLIFrameElement | undefined;
  #port: MessagePort | undefined;
  #watch: ReturnType<typeof setInterval> | undefined;
  /** Counts the workers, so that one that was ended while it loaded is not begun. */
  #generation = 0;

  constructor(
    private readonly receive: (report: Exclude<CellReport, { kind: "pong" }>) => void,
    private readonly onStuck: () => void,
  ) {}

  async send(command: CellCommand): Promise<void> {
    const generation = this.#generation;
    this.#opening ??= this.#open();
    await this.#opening;
    if (generation === this.#generation) this.#port?.postMessage(command);
  }
  #opening: Promise<void> | undefined;

  /** Ends the worker, whatever it is at. The next command begins another. */
  end(): void {
    this.#generation++;
    clearInterval(this.#watch);
    this.#port?.close();
    this.#frame?.remove();
    this.#frame = this.#port = this.#opening = undefined;
  }

  async #open(): Promise<void> {
    const generation = this.#generation;
    const response = await fetch(workerUrl);
    if (!response.ok) throw new Error(`The cell's worker could not be loaded: ${response.status}`);
    const text = await response.text();
    if (generation !== this.#generation) return;
    const frame = document.createElement("iframe");
    frame.style.display = "none";
    frame.title = "Where cells run";
    frame.src = withBase("/cell-frame.html");
    const loaded = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
    document.body.append(frame);
    this.#frame = frame;
    await loaded;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    let unanswered = 0;
    port1.onmessage = ({ data: report }: MessageEvent<CellReport>) => {
      if (report.kind === "pong") unanswered = 0;
      else this.receive(report);
    };
    frame.contentWindow?.postMessage(text, location.origin, [port2]);
    this.#watch = setInterval(() => {
      if (++unanswered <= patience) return port1.postMessage({ kind: "ping" } satisfies CellCommand);
      this.end();
      this.onStuck();
    }, 1000);
  }
}
