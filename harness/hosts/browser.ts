// Starts the headless Chromium of this run.
import { join } from "node:path";
import puppeteer, { type Browser, type LaunchOptions } from "puppeteer";
import { adapterOfThisRun } from "../setup/adapter.mjs";
import { unpackOnce } from "../setup/unpack.mjs";

const commonFlags = [
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--enable-features=Vulkan,WebGPU",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];

/**
 * The browser is the one packaged in @sparticuz/chromium unless SEQGRAD_CHROMIUM names another. On a machine without a
 * GPU its WebGPU is SwiftShader, which it brings along.
 * @param flags of the test's own, beside those that all need
 */
export async function launchBrowser(flags: readonly string[] = []): Promise<Browser> {
  const { kind } = await adapterOfThisRun();
  const named = process.env.SEQGRAD_CHROMIUM;
  const browser = named ? { executablePath: named, headless: true, env: process.env } : await packagedBrowser();
  const software = [
    "--use-webgpu-adapter=swiftshader",
    // it compiles the extension's zeroing element by element, a second for 16 KiB
    "--disable-dawn-features=use_vulkan_zero_initialize_workgroup_memory_extension",
    ...(named ? [] : ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]),
  ];
  // A page that computes may not answer for long; who uses the browser has a timeout of their own.
  const protocolTimeout = 3_600_000;
  return puppeteer.launch({
    ...browser,
    protocolTimeout,
    args: [...commonFlags, ...flags, ...(kind === "software" ? software : [])],
  });
}

async function packagedBrowser(): Promise<LaunchOptions> {
  const folder = await unpackOnce("headless browser", [
    "chromium.br",
    "swiftshader.tar.br",
    "al2023.tar.br",
    "fonts.tar.br",
  ]);
  return {
    executablePath: join(folder, "chromium"),
    headless: "shell",
    env: {
      ...process.env,
      // Its libraries come with it: a bare system has none of them.
      LD_LIBRARY_PATH: [folder, join(folder, "lib")].join(":"),
      FONTCONFIG_PATH: join(folder, "fonts"),
      // Where there is none, pages are told "en-US@posix", which is no language that Intl knows.
      LANG: "en_US.UTF-8",
      LC_ALL: "en_US.UTF-8",
    },
  };
}
