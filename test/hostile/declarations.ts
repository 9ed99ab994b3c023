// What the package exports, from its TypeScript declarations: functions, constructors and methods, each by one name.
// TypeScript 5.9 has the interface for that; 7 has none yet.
import ts from "typescript-5.9";

const isPublic = (declaration: ts.Declaration): boolean => {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  const named = (declaration as ts.NamedDeclaration).name;
  return (
    !(ts.getCombinedModifierFlags(declaration) & hidden) &&
    !(named && ts.isPrivateIdentifier(named)) &&
    !ts.getJSDocTags(declaration).some(({ tagName }) => tagName.text === "internal")
  );
};

/** `matmul`, `new nn.LSTM`, `Trainer.create`, `Trainer#step`; a method bears the name of the class that declares it. */
export function declaredFunctions(entry: string): string[] {
  const program = ts.createProgram([entry], {
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    types: ["@webgpu/types"],
  });
  const checker = program.getTypeChecker();
  const found = new Set<string>();
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
    if (open && !abstract) found.add(`new ${name}`);
    for (const method of checker.getPropertiesOfType(checker.getTypeOfSymbol(symbol))) {
      const own = method.valueDeclaration;
      if (own && ts.isMethodDeclaration(own) && isPublic(own)) found.add(`${name}.${method.name}`);
    }
    for (const method of checker.getPropertiesOfType(instance)) {
      const own = method.valueDeclaration;
      if (!own || !ts.isMethodDeclaration(own) || !isPublic(own) || ts.isComputedPropertyName(own.name)) continue;
      const owner = (own.parent as ts.ClassDeclaration).name?.text ?? name;
      found.add(`${owner}#${method.name}`);
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
        if (calls.some(({ parameters }) => parameters.length > 0)) found.add(name);
      }
    }
  };
  const source = program.getSourceFile(entry);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`declarations: there is no module ${entry}`);
  visit("", module);
  return [...found].sort();
}
