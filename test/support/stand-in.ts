/** An object with these fields and methods that passes for one of a class, without its constructor. */
export function standIn<T extends object, F extends object>(
  { prototype }: { readonly prototype: T },
  fields: F,
): T & F {
  return Object.defineProperties(Object.create(prototype), Object.getOwnPropertyDescriptors(fields)) as T & F;
}
