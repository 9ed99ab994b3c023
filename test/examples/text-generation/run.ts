// examples/text-generation as a process of its own.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect } from "vitest";
import { bundleForNode } from "../../../harness/setup/bundle.mjs";
import { root } from "../../../harness/setup/paths.mjs";

/** Sizes of a recurrent model that trains in no time. */
export const small = "--hidden 8 --embed 4 --seq-len 6 --batch 2".split(" ");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What is written after "sample …" and a blank line, up to another blank line and "written". */
export const sampleIn = (stdout: string) => /\nsample .*\n\n([\s\S]*?)\n(\nwritten .*\n)?$/.exec(stdout)?.[1];

export class TextGeneration {
  private constructor(
    private readonly folder: string,
    private readonly program: string,
  ) {}

  /** To be run in this folder. */
  static async open(folder: string): Promise<TextGeneration> {
    return new TextGeneration(folder, await bundleForNode(join(root, "examples", "text-generation", "main.ts")));
  }

  /** @param onOutput may end the program with a signal once it has printed something */
  run(
    args: readonly string[],
    onOutput?: (stdout: string, kill: (signal: NodeJS.Signals) => void) => void,
    script: readonly string[] = [this.program],
  ): Promise<Ended> {
    const cwd = this.folder;
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [...script, ...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
      let stdout = "";
      let stderr = "";
      child.stdout.setEncoding("utf8").on("data", (chunk) => {
        stdout += chunk;
        onOutput?.(stdout, (signal) => child.kill(signal));
      });
      child.stderr.setEncoding("utf8").on("data", (chunk) => (stderr += chunk));
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, stdout, stderr }));
    });
  }

  async succeed(args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return stdout;
  }

  /** One line that begins with the program's name, no stack, failure. */
  async refuse(args: readonly string[]): Promise<string> {
    const { code, stderr } = await this.run(args);
    expect(stderr).toMatch(/^text-generation: [^\n]+\n$/);
    expect(stderr).not.toMatch(/unexpected|\bat .*:\d+:\d+/);
    expect(code).toBe(1);
    return stderr;
  }
}
