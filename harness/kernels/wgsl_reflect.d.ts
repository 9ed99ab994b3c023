// The package has types for its bare name only, which does not load in Node; the module has the same exports.
declare module "wgsl_reflect/wgsl_reflect.module.js" {
  export * from "wgsl_reflect";
}
