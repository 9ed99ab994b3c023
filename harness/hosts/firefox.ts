// Starts a headless Firefox, which no npm package brings along: that of this machine.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import puppeteer, { type Browser } from "puppeteer";
import { adapterOfThisRun } from "../setup/adapter.mjs";
import { SetupError } from "../setup/say.mjs";

const places = [
  ...(process.env.PATH ?? "")
    .split(delimiter)
    .flatMap((folder) => ["firefox", "firefox-esr"].map((name) => join(folder, name))),
  "/Applications/Firefox.app/Contents/MacOS/firefox",
  "C:\\Program Files\\Mozilla Firefox\\firefox.exe",
];

/**
 * With WebGPU also where it is not switched on yet (Linux), and on the adapter of this run. SEQGRAD_FIREFOX names its program;
 * without it, it is looked for where it usually is.
 */
export async function launchFirefox(): Promise<Browser> {
  const { environment } = await adapterOfThisRun();
  return puppeteer.launch({
    browser: "firefox",
    executablePath: programOf(),
    headless: true,
    protocolTimeout: 3_600_000,
    env: { ...process.env, ...environment },
    extraPrefsFirefox: { "dom.webgpu.enabled": true, "gfx.webgpu.ignore-blocklist": true },
  });
}

function programOf(): string {
  const named = process.env.SEQGRAD_FIREFOX;
  const found = (named ? [named] : places).find((program) => existsSync(program));
  if (!found) {
    const where = named ? `SEQGRAD_FIREFOX names ${named}, which is not there` : "no Firefox is on this machine";
    throw new SetupError(
      `${where}; install it (Debian: apt install firefox-esr), or name its program in SEQGRAD_FIREFOX`,
    );
  }
  return found;
}
