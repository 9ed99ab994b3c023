/** The process that runs changed kernels: one that hangs or breaks is ended and begun anew. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { messageMark } from "../../hosts/protocol.ts";
import { restful } from "../../setup/restful.mjs";
import type { Answer, Order } from "./child.ts";

export class Worker {
  #child: ChildProcess | undefined;
  #answer: ((answer: Answer | undefined) => void) | undefined;

  constructor(
    private readonly script: string,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  /** Gives the answer; nothing where none came in time, or the process ended. */
  async run(order: Order, timeoutMs: number): Promise<Answer | undefined> {
    const child = this.#child ?? this.#start();
    const answer = await new Promise<Answer | undefined>((resolve) => {
      const timer = setTimeout(() => resolve(undefined), timeoutMs);
      this.#answer = (answer) => {
        clearTimeout(timer);
        resolve(answer);
      };
      child.stdin?.write(`${JSON.stringify(order)}\n`);
    });
    if (answer === undefined || answer.lost) this.end();
    return answer;
  }

  end(): void {
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
  }

  #start(): ChildProcess {
    const child = spawn(process.execPath, [...restful, this.script], {
      env: { ...process.env, ...this.environment },
      stdio: ["pipe", "pipe", "ignore"],
    });
    child.stdin?.on("error", () => {});
    child.on("exit", () => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#answer?.(undefined);
    });
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      if (line.startsWith(messageMark)) this.#answer?.(JSON.parse(line.slice(messageMark.length)));
    });
    this.#child = child;
    return child;
  }
}
