import { readDeclarations } from "./declarations.ts";
import { type Bound, type Joined, joinKernel, type KernelText } from "./join.ts";
import type { KernelManifest } from "./manifest.ts";
import { readTags } from "./tags.ts";

/** A kernel as operations name it. Its texts are joined and read when its manifest is first asked for. */
export class Kernel {
  #manifest: KernelManifest | undefined;

  /**
   * @param name unlike those of other kernels: programs are plain data and have kernels by name
   * @param texts the kernel's own, then the libraries that it may use
   * @param bound what `{name}` stands for in their `// @use` lines
   */
  constructor(
    readonly name: string,
    private readonly texts: readonly [KernelText, ...KernelText[]],
    private readonly bound: Bound = {},
  ) {
    kernels.set(name, this);
  }

  get manifest(): KernelManifest {
    if (this.#manifest) return this.#manifest;
    const texts = new Map(this.texts.map(({ file, text }) => [file, text]));
    const [{ file }] = this.texts;
    const joined = joinKernel(file, (each) => texts.get(each), this.bound);
    this.#manifest = manifestOf(this.name, file, joined);
    return this.#manifest;
  }
}

/** What a kernel that is fetched later is made of: data alone. */
export interface KernelParts {
  /** As of `Kernel`, but for those that the program has. */
  readonly texts: readonly [KernelText, ...KernelText[]];
  readonly bound?: Bound;
}

/** Kernels by their names. `shared` are the texts that they may use beside their own. */
export const kernelsOf = <Name extends string>(
  parts: Readonly<Record<Name, KernelParts>>,
  shared: readonly KernelText[],
): Readonly<Record<Name, Kernel>> =>
  Object.fromEntries(
    Object.entries<KernelParts>(parts).map(([name, { texts, bound }]) => [
      name,
      new Kernel(name, [...texts, ...shared], bound),
    ]),
  ) as Record<Name, Kernel>;

/** Those that there are: of a bundle the ones that its operations use. */
const kernels = new Map<string, Kernel>();

/** The manifest of a kernel that a program names. */
export function kernelNamed(name: string): KernelManifest {
  const kernel = kernels.get(name);
  if (!kernel) throw new Error(`there is no kernel ${name}`);
  return kernel.manifest;
}

/** Whether a word is the name of a kernel. */
export const isKernel = (name: string): boolean => kernels.has(name);

/** What the runtime knows of a joined kernel. */
export function manifestOf(name: string, file: string, joined: Joined): KernelManifest {
  const { requires, specializations, variants } = readTags(joined);
  return {
    name,
    file,
    ...joined,
    ...readDeclarations(withoutComments(joined.source)),
    specializations,
    requires,
    variants: { default: {}, ...Object.fromEntries(variants.map(({ name, constants }) => [name, constants])) },
  };
}

/** Lines stay, since errors name them. */
const withoutComments = (source: string): string => source.replace(/[ \t]*\/\/.*$/gm, "");
