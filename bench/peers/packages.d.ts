/**
 * As much of the peers' types as is used here: they are installed by the benchmark, so the type check must do without them.
 * TensorFlow.js's core and layers are development dependencies of the project, with types of their own.
 */
declare module "@tensorflow/tfjs-backend-webgpu" {
  export class WebGPUBackend {
    ensureCommandEncoderReady(): void;
    endComputePassEncoder(): void;
    submitQueue(): void;
  }
}

declare module "@jax-js/jax" {
  /** A use takes an array; `ref` is one more. */
  export interface JaxArray {
    readonly ref: JaxArray;
    readonly shape: number[];
    add(other: JaxArray | number): JaxArray;
    sub(other: JaxArray | number): JaxArray;
    mul(other: JaxArray | number): JaxArray;
    reshape(shape: number[]): JaxArray;
    transpose(axes?: number[]): JaxArray;
    slice(...index: (number | [] | [number, number])[]): JaxArray;
    data(): Promise<Float32Array>;
    /** Takes nothing. */
    blockUntilReady(): Promise<JaxArray>;
    dispose(): void;
  }
  type Tree = JaxArray | readonly Tree[] | { readonly [key: string]: Tree };
  export const numpy: {
    array(data: Float32Array): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    stack(arrays: JaxArray[], axis?: number): JaxArray;
    zeros(shape: number[]): JaxArray;
    tanh(x: JaxArray): JaxArray;
    square(x: JaxArray): JaxArray;
    mean(x: JaxArray): JaxArray;
    sum(x: JaxArray): JaxArray;
  };
  export const nn: {
    sigmoid(x: JaxArray): JaxArray;
    softmax(x: JaxArray, axis?: number): JaxArray;
    /** [batch, length, heads, dim] each. */
    dotProductAttention(q: JaxArray, k: JaxArray, v: JaxArray, options: { isCausal: boolean }): JaxArray;
  };
  export function init(device: "webgpu"): Promise<readonly string[]>;
  export function defaultDevice(device: "webgpu"): void;
  export function jit<F>(f: F): F & { dispose(): void };
  export function valueAndGrad<P, A extends unknown[]>(
    f: (parameters: P, ...rest: A) => JaxArray,
  ): (parameters: P, ...rest: A) => [JaxArray, P];
}

declare module "onnxruntime-web/webgpu" {
  export class Tensor {
    constructor(type: "float32", data: Float32Array, dims: readonly number[]);
    static fromGpuBuffer(
      buffer: GPUBuffer,
      options: { dataType: "float32"; dims: readonly number[]; dispose?: () => void },
    ): Tensor;
    readonly data: Float32Array;
    readonly dims: readonly number[];
    readonly gpuBuffer: GPUBuffer;
    readonly location: string;
    getData(): Promise<Float32Array>;
    dispose(): void;
  }
  export interface InferenceSession {
    run(feeds: Record<string, Tensor>): Promise<Record<string, Tensor>>;
    release(): Promise<void>;
  }
  export const InferenceSession: {
    create(model: Uint8Array, options: Record<string, unknown>): Promise<InferenceSession>;
  };
  export const env: {
    logLevel: string;
    wasm: { wasmPaths: { readonly mjs: string; readonly wasm: string }; numThreads: number };
    webgpu: { readonly device: GPUDevice | Promise<GPUDevice> };
  };
}
