// Puts the messages of a host together into a report.
import type { CaseResult, HostName, HostReport } from "../case.ts";
import type { Message } from "./protocol.ts";

export class Collector {
  private adapter: string | undefined;
  private running: string | undefined;
  private done = false;
  private readonly results: CaseResult[] = [];
  private readonly errors: string[] = [];
  private readonly printed: string[] = [];

  constructor(
    private readonly host: HostName,
    private readonly onResult: (result: CaseResult) => void = () => {},
  ) {}

  readonly take = (message: Message): void => {
    if (message.type === "adapter") this.adapter = message.adapter;
    if (message.type === "start") this.running = message.name;
    if (message.type === "error") this.errors.push(message.error);
    if (message.type === "done") this.done = true;
    if (message.type === "result") {
      this.running = undefined;
      this.results.push(message.result);
      this.onResult(message.result);
    }
  };

  readonly print = (line: string): void => {
    this.printed.push(line);
  };

  readonly pageError = (error: string): void => {
    this.errors.push(error);
  };

  /** @param ended how the host ended, for the error where it did so before its work was done */
  report(ended: string): HostReport {
    const { host, adapter, results, errors, printed } = this;
    if (!this.done || adapter === undefined) {
      const where = this.running === undefined ? "" : ` while the case "${this.running}" was running`;
      const log = [...errors, ...printed].map((line) => `  ${line}`).join("\n");
      throw new Error(`${host} did not finish${where}: ${ended}\n${log || "  (it printed nothing)"}`);
    }
    return { host, adapter, results, console: printed, pageErrors: errors };
  }
}
