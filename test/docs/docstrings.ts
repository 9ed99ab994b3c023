// Public declarations without a docstring. TypeScript 5.9 has the interface for that; 7 has none yet.
import ts from "typescript-5.9";
import { compilerOptions } from "../support/typescript.ts";

const documented = (declaration: ts.Declaration): boolean => {
  const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  return ts.getJSDocCommentsAndTags(node).some((doc) => ts.isJSDoc(doc) && ts.getTextOfJSDocComment(doc.comment));
};

const isHidden = (declaration: ts.Declaration): boolean =>
  (ts.getCombinedModifierFlags(declaration) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) !== 0 ||
  ts.getJSDocTags(declaration).some(({ tagName }) => tagName.text === "internal");

const isOwn = (declaration: ts.Declaration): boolean =>
  !/[\\/]node_modules[\\/]/.test(declaration.getSourceFile().fileName);

/** Every export of the entries, and every member of an exported class or interface, that nothing is said about. */
export function withoutDocstring(entries: readonly string[]): string[] {
  const program = ts.createProgram([...entries], compilerOptions);
  const checker = program.getTypeChecker();
  const missing = new Set<string>();

  const members = (name: string, symbol: ts.Symbol): void => {
    for (const declaration of symbol.declarations ?? []) {
      if (!ts.isClassDeclaration(declaration) && !ts.isInterfaceDeclaration(declaration)) continue;
      for (const member of declaration.members) {
        const own = member.name;
        if (!own || ts.isPrivateIdentifier(own) || ts.isComputedPropertyName(own) || isHidden(member)) continue;
        // what overrides a method is said by what it overrides
        const overrides = ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Override;
        // several signatures are one member
        const same = checker.getSymbolAtLocation(own)?.declarations ?? [member];
        if (!overrides && !same.some(documented)) missing.add(`${name}.${own.getText()}`);
      }
    }
  };

  const visit = (prefix: string, module: ts.Symbol): void => {
    for (const exported of checker.getExportsOfModule(module)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const name = prefix + exported.name;
      if (symbol.flags & ts.SymbolFlags.ValueModule) {
        visit(`${name}.`, symbol);
        continue;
      }
      const declarations = (symbol.declarations ?? []).filter(isOwn);
      if (declarations.length === 0 || declarations.every(isHidden)) continue;
      if (!declarations.some(documented)) missing.add(name);
      members(name, symbol);
    }
  };
  for (const entry of entries) {
    const source = program.getSourceFile(entry);
    const module = source && checker.getSymbolAtLocation(source);
    if (!module) throw new Error(`docstrings: there is no module ${entry}`);
    visit("", module);
  }
  return [...missing].sort();
}
