/** Made by the bundler of an earlier commit's files (bench/against.ts); its types are taken to be today's. */
declare module "seqgrad-before" {
  export { openDevice } from "../../src/index.ts";
  export { seqgrad } from "./seqgrad/index.ts";
}
