// What the package exports, from its TypeScript declarations: functions, constructors and methods, each by one name.
// TypeScript 5.9 has the interface for that; 7 has none yet.
import ts from "typescript-5.9";
import { compilerOptions } from "../support/typescript.ts";

const isPublic = (declaration: ts.Declaration): boolean => {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  const named = (declaration as ts.NamedDeclaration).name;
  return (
    !(ts.getCombinedModifierFlags(declaration) & hidden) &&
    !(named && ts.isPrivateIdentifier(named)) &&
    !ts.getJSDocTags(declaration).some(({ tagName }) => tagName.text === "internal")
  );
};

const fromLibrary = (symbol: ts.Symbol): boolean =>
  symbol.declarations?.some((declaration) => /[\\/]node_modules[\\/]/.test(declaration.getSourceFile().fileName)) ??
  false;

/** Whether a type, or a part of its union, is an object of named fields: no class, list, function or typed array. */
function isFields(checker: ts.TypeChecker, type: ts.Type): boolean {
  if (type.isUnion()) return type.types.some((part) => isFields(checker, part));
  if (type.isIntersection()) return type.types.every((part) => isFields(checker, part));
  if (!(type.flags & ts.TypeFlags.Object) || type.isClass() || checker.isArrayLikeType(type)) return false;
  // what Pick and Omit make is the library's by its symbol alone
  const isMapped = (type as ts.ObjectType).objectFlags & ts.ObjectFlags.Mapped;
  if (!isMapped && type.symbol && fromLibrary(type.symbol)) return false;
  return type.getCallSignatures().length === 0 && type.getProperties().length > 0;
}

/**
 * `matmul`, `new nn.LSTM`, `Trainer.create`, `Trainer#step`; a method bears the name of the class that declares
 * it. To each the places of its parameters that are objects of named fields.
 */
export function declaredFunctions(entry: string): Map<string, readonly number[]> {
  const program = ts.createProgram([entry], compilerOptions);
  const checker = program.getTypeChecker();
  const found = new Map<string, readonly number[]>();
  const add = (name: string, signatures: readonly ts.Signature[]): void => {
    const places = signatures.flatMap(({ parameters }) =>
      parameters.flatMap((parameter, i) => (isFields(checker, checker.getTypeOfSymbol(parameter)) ? [i] : [])),
    );
    found.set(name, [...new Set(places)].sort());
  };
  const isError = (type: ts.Type): boolean =>
    type.symbol?.name === "Error" || (type.getBaseTypes() ?? []).some((base) => isError(base));

  const addClass = (name: string, symbol: ts.Symbol): void => {
    const instance = checker.getDeclaredTypeOfSymbol(symbol);
    if (isError(instance)) return;
    const declaration = symbol.valueDeclaration as ts.ClassDeclaration;
    const abstract = ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Abstract;
    const constructors = checker.getTypeOfSymbol(symbol).getConstructSignatures();
    const open = constructors.some(
      ({ declaration: own, parameters }) => (!own || isPublic(own)) && parameters.length > 0,
    );
    if (open && !abstract) add(`new ${name}`, constructors);
    for (const method of checker.getPropertiesOfType(checker.getTypeOfSymbol(symbol))) {
      const own = method.valueDeclaration;
      if (own && ts.isMethodDeclaration(own) && isPublic(own)) {
        add(`${name}.${method.name}`, checker.getTypeOfSymbol(method).getCallSignatures());
      }
    }
    for (const method of checker.getPropertiesOfType(instance)) {
      const own = method.valueDeclaration;
      if (!own || !ts.isMethodDeclaration(own) || !isPublic(own) || ts.isComputedPropertyName(own.name)) continue;
      const owner = (own.parent as ts.ClassDeclaration).name?.text ?? name;
      add(`${owner}#${method.name}`, checker.getTypeOfSymbol(method).getCallSignatures());
    }
  };

  const visit = (prefix: string, module: ts.Symbol): void => {
    for (const exported of checker.getExportsOfModule(module)) {
      const isAlias = exported.flags & ts.SymbolFlags.Alias;
      const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
      const name = prefix + exported.name;
      if (symbol.flags & ts.SymbolFlags.ValueModule) visit(`${name}.`, symbol);
      else if (symbol.flags & ts.SymbolFlags.Class) addClass(name, symbol);
      else if (symbol.flags & ts.SymbolFlags.Value) {
        const calls = checker.getTypeOfSymbol(symbol).getCallSignatures();
        if (calls.some(({ parameters }) => parameters.length > 0)) add(name, calls);
      }
    }
  };
  const source = program.getSourceFile(entry);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`declarations: there is no module ${entry}`);
  visit("", module);
  return found;
}
