import type { LineRange } from "./join.ts";

/** Element types that a kernel's storage binding may have. */
export type ElementType =
  | "f32"
  | "i32"
  | "u32"
  | "vec2<f32>"
  | "vec4<f32>"
  | "vec4<i32>"
  | "vec4<u32>"
  | "f16"
  | "vec4<f16>"
  | "atomic<u32>";

/** One `@group(0) @binding(i)` of a kernel; `i` is its place in the manifest's list. */
export interface KernelBinding {
  readonly name: string;
  readonly access: "read" | "read_write" | "uniform";
  readonly type: ElementType | "Params";
}

/** A field of a kernel's `Params` struct; `offset` in bytes. */
export interface KernelParam {
  readonly name: string;
  readonly type: "u32" | "i32" | "f32";
  readonly offset: number;
}

/** What a variant sets: `override` values, and the text of lines tagged `// @specialize`. */
export type VariantConstants = Readonly<Record<string, number | string>>;

/** What the runtime knows of a kernel. */
export interface KernelManifest {
  /** File name without `.wgsl`, or what a template's `// @name` gives. */
  readonly name: string;
  readonly file: string;
  /** The libraries that the kernel uses, then the kernel. */
  readonly source: string;
  /** Which lines of `source` come from which file, for error messages. */
  readonly lines: readonly LineRange[];
  readonly entryPoint: string;
  /** Index is the binding number in group 0; the uniform `params` comes last. */
  readonly bindings: readonly KernelBinding[];
  readonly params: readonly KernelParam[];
  /** Size of `Params` in bytes. */
  readonly paramsSize: number;
  readonly overrides: readonly string[];
  /** Names of top-level `const`, `alias` and one-line `fn` lines tagged `// @specialize`. */
  readonly specializations: readonly string[];
  /** A string names an override or a specialised constant. */
  readonly workgroupSize: readonly (number | string)[];
  /** WebGPU features that the kernel needs. */
  readonly requires: readonly string[];
  /** Declared variants by name; `default` always exists. */
  readonly variants: Readonly<Record<string, VariantConstants>>;
}
